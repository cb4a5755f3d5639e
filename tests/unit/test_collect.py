"""What is read for which requests, in two dependent steps at most."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from auditor.collect import collect, first_step, items, second_step
from auditor.model.cloud import Cloud
from auditor.model.profile import Asker
from auditor.model.snapshot import Reading, Snapshot
from auditor.model.well_known import BUILT_IN_POLICIES, EXCHANGE_ONLINE, SHAREPOINT_ONLINE
from auditor.sources import application
from auditor.sources.source import Item
from tests.unit.consent_case import (
    APP,
    EXCHANGE,
    FORBIDDEN,
    GRAPH,
    HERE,
    IDS,
    LOW,
    NOW,
    OTHER_API,
    PERSON,
    PRINCIPAL,
    Json,
    Tenant,
    asking,
)

NEXT = "https://graph.microsoft.com/v1.0/next"


class Recorder:
    """Answers from a small tenant and keeps what was asked in each step."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.steps: list[list[Item]] = []

    async def read(self, items: Sequence[Item]) -> list[Reading]:
        self.steps.append(list(items))
        return [self._reading(one) for one in items]

    def _reading(self, item: Item) -> Reading:
        key = (item.source.name, item.subject.casefold())
        status, body = self.tenant.answers.get(key, (404, b""))
        return Reading(item.source.name, item.subject, 0, item.request, status, body, NOW)


def run(
    tenant: Tenant, *requests: object, cloud: Cloud = Cloud.GLOBAL
) -> tuple[Recorder, Snapshot]:
    recorder, told = Recorder(tenant), list[str]()
    wanted = list(requests) or [asking("Mail.Read")]
    snapshot = asyncio.run(
        collect(
            recorder,
            wanted,  # type: ignore[arg-type]
            tenant="contoso.example",
            cloud=cloud,
            clock=lambda: datetime(2026, 9, 1, 14, 0, 0, 5, timezone(timedelta(hours=2))),
            progress=told.append,
        )
    )
    assert len(told) == len(recorder.steps)
    return recorder, snapshot


def names(items_: Sequence[Item]) -> list[tuple[str, str]]:
    return [(one.source.name, one.subject) for one in items_]


def test_one_step_where_nothing_more_is_named() -> None:
    recorder, snapshot = run(Tenant().policies(LOW))
    assert len(recorder.steps) == 1
    assert snapshot.collected_at == datetime(2026, 9, 1, 12, tzinfo=UTC)
    assert (snapshot.tenant, snapshot.cloud) == ("contoso.example", Cloud.GLOBAL)
    keys = [(one.source, one.subject, one.page) for one in snapshot.readings]
    assert keys == sorted(keys)
    assert set(names(recorder.steps[0])) == {
        ("admin-consent-request-policy", ""),
        ("application", APP),
        ("authorization-policy", ""),
        ("client-assignments", APP),
        ("client-grants", APP),
        ("client-service-principal", APP),
        ("group-settings", ""),
        ("organization", ""),
        *(("permission-grant-policy", one) for one in BUILT_IN_POLICIES),
        *(
            ("permission-classifications", one)
            for one in (GRAPH, EXCHANGE_ONLINE, SHAREPOINT_ONLINE)
        ),
        *(
            ("resource-service-principal", one)
            for one in (GRAPH, EXCHANGE_ONLINE, SHAREPOINT_ONLINE)
        ),
        ("service-principals", ""),
    }


def test_custom_policies_are_read_in_the_second_step() -> None:
    recorder, _ = run(Tenant().policies("Custom", LOW.upper()).policy("Custom", []))
    assert names(recorder.steps[1]) == [("permission-grant-policy", "Custom")]


def test_tenant_wide_grants_are_read_apart_where_there_are_very_many() -> None:
    page: Json = {"value": [], "@odata.nextLink": NEXT}
    tenant = Tenant().says("client-grants", page, APP)
    recorder, _ = run(tenant)
    assert names(recorder.steps[1]) == [("tenant-wide-grants", PRINCIPAL)]
    recorder, _ = run(tenant.refuses("client-service-principal", APP))
    assert len(recorder.steps) == 1


def test_default_scope_reads_the_resources_that_the_registration_lists() -> None:
    access: Json = [{"id": IDS[OTHER_API, "Orders.Read"], "type": "Scope"}]
    listed: Json = [
        {"resourceAppId": home, "resourceAccess": access} for home in (OTHER_API, GRAPH)
    ]
    tenant = Tenant().client(owner=HERE).registered(requiredResourceAccess=listed)
    request = asking("Mail.Read")
    assert len(run(tenant, request)[0].steps) == 1
    recorder, snapshot = run(tenant, replace(request, default_scope=True))
    assert names(recorder.steps[1]) == [
        ("permission-classifications", OTHER_API),
        ("resource-service-principal", OTHER_API),
    ]
    assert OTHER_API in {one.subject for one in snapshot.readings}


@pytest.mark.parametrize("scope", ["IMAP.AccessAsUser.All", "EXO:IMAP.AccessAsUser.All"])
def test_both_resources_of_a_mail_protocol_are_read(scope: str) -> None:
    subjects = {one.subject for one in first_step([asking(scope)])}
    assert {GRAPH, EXCHANGE} <= subjects


def test_a_named_person_is_read_once_for_all_requests() -> None:
    asker = Asker(user_id=PERSON)
    found = names(first_step([asking("Mail.Read", asker=asker), asking("Mail.Send", asker=asker)]))
    assert [name for name, subject in found if subject == PERSON] == [
        "user",
        "user-assignments",
        "user-grants",
        "user-roles",
    ]
    assert len(found) == len(set(found))


def test_an_app_that_is_not_named_is_not_read() -> None:
    assert not {one for one in first_step([asking("Mail.Read", app_id=None)]) if one.subject == APP}


def test_what_a_cloud_lacks_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    source = replace(application.SOURCE, absent_in=frozenset({Cloud.CHINA}))
    monkeypatch.setattr(application, "SOURCE", source)
    recorder, _ = run(Tenant(Cloud.CHINA), cloud=Cloud.CHINA)
    assert "application" not in {one.source.name for one in recorder.steps[0]}


def test_what_a_report_lists_leaves_out_policies_that_are_not_assigned() -> None:
    requests = [asking("Mail.Read")]

    def policies(tenant: Tenant) -> list[str]:
        found = names(items(tenant.facts(), requests))
        return [subject for name, subject in found if name == "permission-grant-policy"]

    assert policies(Tenant().policies(LOW)) == [LOW]
    assert policies(Tenant().policies("custom")) == ["custom"]
    assert policies(Tenant()) == []
    assert policies(Tenant().says("authorization-policy", FORBIDDEN, status=403)) == list(
        BUILT_IN_POLICIES
    )


def test_the_second_step_without_settings_is_empty() -> None:
    tenant = Tenant().refuses("authorization-policy").refuses("client-grants", APP)
    assert second_step(tenant.facts(), [asking("Mail.Read")]) == []
