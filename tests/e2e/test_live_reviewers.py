"""Reviewers of the admin consent workflow, read live: who can decide, and what that never moves."""

import json

import pytest

from auditor.model.decision import Outcome
from auditor.model.report import Finding, Judgement, Report, Severity
from auditor.pipeline import make_report
from auditor.sources import reviewer_group, reviewer_group_members, reviewer_user, role_holders
from tests.fakes import faults
from tests.fakes.cloud import FakeCloud, StartCloud
from tests.fakes.live import SOFIE, options_of, read, requests_of, run_here, served
from tests.fakes.wire import Json

_WORKFLOW = "/policies/adminConsentRequestPolicy"
_ISAIAH = "9e028f7c-42ac-41ae-9d71-2a9a6d242e20"
_MEGAN = "f582d9da-5959-4696-a563-408ecc911d0d"
_GONE = "0e1d5bd7-5a1c-4c4c-8f0a-6c1f8f3b0001"
_GROUP = "e249a7d2-49a2-4013-a1e6-a48e60dba23f"
_HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
_MEMBERS = f"/groups/{_GROUP}/transitiveMembers/microsoft.graph.user"
_ROLES = "/roleManagement/directory/roleAssignments"


def _role(role_id: str) -> str:
    return f"/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{role_id}'"


def _named(cloud: FakeCloud, *queries: str) -> None:
    listed: list[Json] = [{"query": one, "queryType": "MicrosoftGraph"} for one in queries]
    body = cloud.tenant.body(_WORKFLOW)
    assert isinstance(body, dict)
    cloud.tenant.set(_WORKFLOW, body | {"reviewers": listed})


def _changed(cloud: FakeCloud, path: str, members: dict[str, Json]) -> None:
    body = cloud.tenant.body(path)
    assert isinstance(body, dict)
    cloud.tenant.set(path, body | members)


def _finding(report: Report) -> Finding:
    wanted = "admin-consent-reviewers-can-decide"
    (found,) = (one for one in report.findings if one.check == wanted)
    return found


def _audit(cloud: FakeCloud) -> Report:
    """Audit Sofie, whose verdict no reviewer may ever move."""
    requests = requests_of("ready", SOFIE)
    report = make_report(read(cloud, requests), requests)
    assert report.assessments[0].decision.outcome is Outcome.USER_CAN_CONSENT
    return report


def test_a_user_and_a_group_who_can_decide(start_cloud: StartCloud) -> None:
    found = _finding(_audit(start_cloud(served("ready"))))
    assert found.outcome is Judgement.MET
    assert found.evidence == (
        (f"user {_ISAIAH}", "may consent as Global Administrator"),
        (f"group {_GROUP}", "has a member who may consent"),
    )


@pytest.mark.parametrize(
    ("queries", "outcome", "severity", "text"),
    [
        ([f"/users/{_GONE}"], Judgement.NOT_MET, Severity.HIGH, "does not exist any more"),
        ([f"/v1.0/users/{_MEGAN}"], Judgement.MANUAL, Severity.HIGH, "PIM"),
        ([f"/users/{_ISAIAH}", f"/users/{_GONE}"], Judgement.NOT_MET, Severity.LOW, "1 of 2"),
        ([f"/users/{_MEGAN}", f"/users/{_GONE}"], Judgement.NOT_MET, Severity.MEDIUM, "not known"),
        ([f"/groups/{_GONE}"], Judgement.NOT_MET, Severity.HIGH, "does not exist any more"),
        ([_role(_HELPDESK)], Judgement.MANUAL, Severity.HIGH, "PIM"),
        ([_role("62e90394-69f5-4237-9190-012177145e10")], Judgement.MET, Severity.HIGH, "1 of 1"),
        (["/users/../../users", "./manager"], Judgement.MANUAL, Severity.HIGH, "PIM"),
    ],
)
def test_who_is_named(
    start_cloud: StartCloud, queries: list[str], outcome: Judgement, severity: Severity, text: str
) -> None:
    cloud = start_cloud(served("ready"))
    _named(cloud, *queries)
    found = _finding(_audit(cloud))
    assert (found.outcome, found.severity) == (outcome, severity)
    assert text in found.message


def test_a_role_without_holders(start_cloud: StartCloud) -> None:
    cloud = start_cloud(served("ready"))
    _named(cloud, _role("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"))
    found = _finding(_audit(cloud))
    assert found.outcome is Judgement.MANUAL
    assert found.evidence == (("role Application Administrator", "is held by nobody now"),)


def test_a_disabled_user_and_an_empty_group(start_cloud: StartCloud) -> None:
    cloud = start_cloud(served("ready"))
    _changed(cloud, f"/users/{_ISAIAH}", {"accountEnabled": False})
    _changed(cloud, _MEMBERS, {"value": []})
    found = _finding(_audit(cloud))
    assert (found.outcome, found.severity) == (Judgement.NOT_MET, Severity.HIGH)
    assert "is blocked from signing in and group" in found.message


def test_a_group_of_which_a_page_is_read(start_cloud: StartCloud) -> None:
    tenant = served("ready")
    cloud = start_cloud(tenant)
    cloud.tenant.page_size = 1
    found = _finding(_audit(cloud))
    assert found.outcome is Judgement.MET
    asked = [one for one in cloud.reads if one.path == _MEMBERS]
    assert len(asked) == 1
    assert asked[0].headers["consistencylevel"] == "eventual"


@pytest.mark.parametrize(
    "path",
    [
        f"/users/{_ISAIAH}",
        f"/users/{_ISAIAH}/transitiveMemberOf/microsoft.graph.directoryRole",
        f"/groups/{_GROUP}",
        _MEMBERS,
    ],
)
@pytest.mark.parametrize("fault", [faults.status(403), faults.rewrite(lambda _: b'{"x":[1]}')])
def test_what_is_refused_is_unknown_here_and_nowhere_else(
    start_cloud: StartCloud, path: str, fault: faults.Fault
) -> None:
    cloud = start_cloud(served("ready"))
    cloud.faults.add(path, fault, times=None)
    report = _audit(cloud)
    assert _finding(report).outcome is Judgement.UNKNOWN
    (row,) = (one for one in report.completeness if one.request.partition("?")[0] == path)
    assert row.status in {"refused", "malformed"}
    assert row.needs == ("Directory.Read.All",)


def test_roles_that_are_refused(start_cloud: StartCloud) -> None:
    cloud = start_cloud(served("ready"))
    cloud.faults.add(_ROLES, faults.status(403), times=None)
    report = _audit(cloud)
    found = _finding(report)
    assert found.outcome is Judgement.UNKNOWN
    assert "Directory.Read.All lets it be read" in found.message
    assert dict(found.evidence)[f"group {_GROUP}"] == "could not be read"


def test_every_source_is_listed(start_cloud: StartCloud) -> None:
    listed = {one.source for one in _audit(start_cloud(served("ready"))).completeness}
    sources = (reviewer_user, reviewer_group, reviewer_group_members, role_holders)
    assert {one.SOURCE.name for one in sources} <= listed


def test_no_permission_beyond_those_that_the_auditor_asks_for(start_cloud: StartCloud) -> None:
    roles = frozenset(
        {
            "Application.Read.All",
            "Directory.Read.All",
            "GroupSettings.Read.All",
            "Organization.Read.All",
            "Policy.Read.All",
            "Policy.Read.PermissionGrant",
        }
    )
    report = _audit(start_cloud(served("ready"), roles=roles))
    assert _finding(report).outcome is Judgement.MET
    assert {one.status for one in report.completeness} == {"read"}


def test_previous_live(start_cloud: StartCloud) -> None:
    cloud = start_cloud(served("ready"))
    options = options_of("ready", SOFIE)
    environment = cloud.environment()
    run_here(environment, "collect", *options, "--output", "last.snapshot", cwd=cloud.folder)
    app = "/servicePrincipals(appId='6f9b5f4e-3b51-4a7d-9b0e-1c7f5a2d8e10')"
    _changed(cloud, app, {"appOwnerOrganizationId": _GONE})
    both = ["--previous", "last.snapshot", "--save-snapshot", "last.snapshot"]
    arguments = ["audit", *options, *both, "--format", "json"]
    outcomes = []
    for _ in range(2):
        ended = run_here(environment, *arguments, cwd=cloud.folder)
        assert ended.code == 0
        found = {one["check"]: one for one in json.loads(ended.out)["findings"]}
        outcomes.append(found["app-publishers-are-unchanged"]["outcome"])
    assert outcomes == ["not-met", "met"]
