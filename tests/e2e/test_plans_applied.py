"""Every plan for every sample tenant: applied over HTTP, audited live, and taken back.

What people do by hand is done here as they would do it: a reviewer's approval is the consent that
it stands for, and a vendor's verification is a mark on the service principal.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from auditor.dialects import write_scripts
from auditor.dialects.script import Target
from auditor.model.cloud import Cloud
from auditor.model.plan import Plan, Step
from auditor.model.profile import ConsentRequest, Publisher
from auditor.model.report import Report
from auditor.pipeline import make_report
from auditor.remedies.action import PERSON
from auditor.samples import Sample, load_sample, sample_ids
from tests.fakes.cloud import FakeCloud, StartCloud
from tests.fakes.http_file import run
from tests.fakes.live import read, requests_of, served
from tests.fakes.wire import Json
from tests.unit.sample_case import client_path

_PILOT = "f582d9da-5959-4696-a563-408ecc911d0d"
"""A member of every sample tenant who has consented to nothing."""

_KNOWN: Counter[str] = Counter()
CASES = [(one, profile) for one in sample_ids() for profile in sorted(load_sample(one).variables)]


def scripts(plan: Plan, report: Report) -> tuple[str, str]:
    """Write the plan's requests, and those that take them back."""
    target = Target(
        cloud=report.cloud,
        tenant_id=report.tenant_id,
        tenant_name=report.tenant_name or "",
        app="the app",
        collected_at=report.collected_at,
    )
    apply, *rollback = write_scripts("http", plan, target)
    return apply.content, rollback[0].content if rollback else ""


def audited(cloud: FakeCloud, request: ConsentRequest, national: Cloud) -> Report:
    return make_report(read(cloud, [request], national=national), [request])


def only(plan: Plan, *steps: Step) -> Plan:
    return replace(plan, steps=steps)


def values_of(plan: Plan) -> dict[str, str]:
    inputs = {one.name for step in plan.steps if step.change for one in step.change.inputs}
    return dict.fromkeys(inputs, _PILOT)


def by_hand(cloud: FakeCloud, step: Step, report: Report, client: str) -> Iterator[str]:
    """Do what a step says that no request of the plan does; yield what takes it back."""
    if step.id == "approve-request":
        (consent,) = (one for one in report.assessments[0].plans if one.id == "tenant-wide-consent")
        wanted = [one for one in consent.steps if one.id in _APPROVED]
        apply, rollback = scripts(only(consent, *wanted), report)
        run(apply, cloud=cloud)
        yield rollback
    elif step.id == "verify-publisher" and client in cloud.tenant.paths:
        found = cloud.tenant.body(client)
        assert isinstance(found, dict)
        mark: Json = {"displayName": "Verified", "verifiedPublisherId": "6100009"}
        cloud.tenant.set(client, found | {"verifiedPublisher": mark})
        yield ""


_APPROVED = {"create-service-principal", "grant-tenant-wide"}


def asked_again(plan: Plan, request: ConsentRequest) -> ConsentRequest:
    """Ask for the person that the plan is for, and for a vendor that is verified by now."""
    if PERSON in values_of(plan):
        request = replace(request, asker=replace(request.asker, user_id=_PILOT))
    if any(step.id == "verify-publisher" for step in plan.steps):
        request = replace(request, publisher=Publisher.VERIFIED)
    return request


def served_with_vendors(sample: Sample) -> dict[str, Json]:
    return served(sample)


@pytest.mark.parametrize(("sample_id", "profile_id"), CASES)
def test_plans_lead_to_ready_and_back(
    start_cloud: StartCloud, sample_id: str, profile_id: str
) -> None:
    sample = load_sample(sample_id)
    (request,) = requests_of(sample_id, profile_id)
    client = client_path(request.app_id or "")
    cloud = start_cloud(served(sample))
    cloud.tenant.add_foreign_app({"appId": request.app_id, "displayName": request.name})
    report = audited(cloud, request, sample.cloud)
    before = cloud.tenant.state()
    for plan in report.assessments[0].plans:
        apply, rollback = scripts(plan, report)
        run(apply, cloud=cloud, values=values_of(plan))
        undone = [back for step in plan.steps for back in by_hand(cloud, step, report, client)]
        after = audited(cloud, asked_again(plan, request), sample.cloud)
        assert after.assessments[0].decision.outcome is plan.outcome, plan.id
        kept = cloud.tenant.body(client) if client in cloud.tenant.paths else None
        for back in reversed([one for one in undone if one]):
            run(back, cloud=cloud)
        if "" in undone and isinstance(kept, dict):
            vendor: Json = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}
            cloud.tenant.set(client, kept | {"verifiedPublisher": vendor})
        if rollback:
            run(rollback, cloud=cloud, values=values_of(plan))
        assert cloud.tenant.state() == before, plan.id
