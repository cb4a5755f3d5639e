"""Reviewers of the admin consent workflow: who can decide, who cannot, and what is not told."""

from uuid import UUID

import pytest

from auditor.checks import judge_all
from auditor.checks.check import CheckContext
from auditor.collect import second_step
from auditor.model.fact import Known
from auditor.model.profile import Asker
from auditor.model.report import Finding, Judgement, Severity
from auditor.model.tenant import ReviewerKind, WorkflowReviewer
from tests.unit.consent_case import PERSON, REFERENCES, Json, Tenant, asking

GLOBAL, PRIVILEGED = "62e90394-69f5-4237-9190-012177145e10", "e8611ab8-c189-46e8-94e1-60213ab1f814"
APPS, CLOUD_APPS = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "158c047a-c907-4556-b7ef-446551a6b5f7"
GRANTING = (GLOBAL, PRIVILEGED, APPS, CLOUD_APPS)
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
ADA, BOB = "aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b"
TEAM = "cccccccc-0000-4000-8000-00000000000c"
USER = f"/v1.0/users/{ADA}"
GROUP = f"/groups/{TEAM}/transitiveMembers/microsoft.graph.user"


def role_query(role: str) -> str:
    return f"/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{role}'"


def named(*queries: str | None, on: bool = True) -> Tenant:
    listed: list[Json] = [{"query": one, "queryType": "MicrosoftGraph"} for one in queries]
    body: Json = {"isEnabled": on, "reviewers": listed}
    tenant = Tenant().says("admin-consent-request-policy", body)
    for role in GRANTING:
        holders(tenant, role)
    return tenant


def user(
    tenant: Tenant, user_id: str = ADA, *roles: str, enabled: Json = True, without: str = ""
) -> Tenant:
    body: dict[str, Json] = {"id": user_id.upper(), "accountEnabled": enabled, "userType": "Member"}
    body.pop(without, None)
    tenant.says("reviewer-user", body, user_id)
    listed: list[Json] = [{"roleTemplateId": one} for one in roles]
    return tenant.says("user-roles", {"value": listed}, user_id)


def group(
    tenant: Tenant, *people: tuple[str, Json], visibility: Json = None, more: bool = False
) -> Tenant:
    tenant.says("reviewer-group", {"id": TEAM, "visibility": visibility}, TEAM)
    listed: list[Json] = [{"id": who, "accountEnabled": enabled} for who, enabled in people]
    body: dict[str, Json] = {"value": listed}
    if more:
        body["@odata.nextLink"] = "https://graph.microsoft.com/v1.0/next"
    return tenant.says("reviewer-group-members", body, TEAM)


def holder(
    who: str, *, kind: str | None = "user", scope: str | None = "/", enabled: Json = True
) -> Json:
    principal: dict[str, Json] = {"id": who, "accountEnabled": enabled}
    if kind:
        principal["@odata.type"] = f"#microsoft.graph.{kind}"
    return {"principalId": who.upper(), "directoryScopeId": scope, "principal": principal}


def holders(tenant: Tenant, role: str, *found: Json) -> Tenant:
    return tenant.says("role-holders", {"value": list(found)}, role)


def judged(tenant: Tenant) -> Finding:
    context = CheckContext(tenant.facts(), (), REFERENCES.managed)
    wanted = "admin-consent-reviewers-can-decide"
    found = next(one for one in judge_all(context) if one.check == wanted)
    assert found.message.endswith(".")
    return found


MET, NOT_MET, UNKNOWN = Judgement.MET, Judgement.NOT_MET, Judgement.UNKNOWN
MANUAL, NOT_APPLICABLE = Judgement.MANUAL, Judgement.NOT_APPLICABLE

ONE_REVIEWER: list[tuple[str, Tenant, Judgement, str]] = [
    ("able", user(named(USER), ADA, CLOUD_APPS), MET, "may consent as Cloud Application"),
    ("odd case", user(named(USER.upper()), ADA, GLOBAL.upper()), MET, "Global Administrator"),
    ("encoded", user(named(f"/users/{ADA}/"), ADA, PRIVILEGED), MET, "may consent"),
    ("no role", user(named(USER)), MANUAL, "holds no role now"),
    ("another role", user(named(USER), ADA, HELPDESK), MANUAL, "holds no role now"),
    ("deleted", named(USER).absent("reviewer-user", ADA), NOT_MET, "does not exist"),
    ("blocked", user(named(USER), ADA, GLOBAL, enabled=False), NOT_MET, "blocked"),
    ("not shown", user(named(USER), ADA, GLOBAL, without="accountEnabled"), MANUAL, "not shown"),
    ("null", user(named(USER), ADA, GLOBAL, enabled=None), MANUAL, "not shown"),
    ("refused", user(named(USER)).refuses("reviewer-user", ADA), UNKNOWN, "could not be read"),
    ("roles refused", user(named(USER)).refuses("user-roles", ADA), UNKNOWN, "could not be read"),
    ("not asked", named(USER), UNKNOWN, "could not be read"),
    (
        "member with a role",
        holders(group(named(GROUP), (ADA, True)), APPS, holder(ADA)),
        MET,
        "has a member",
    ),
    (
        "the group has the role",
        holders(group(named(GROUP), (ADA, True)), APPS, holder(TEAM, kind="group", enabled=None)),
        MET,
        "has a member",
    ),
    (
        "the role is for one app",
        holders(group(named(GROUP), (ADA, True)), APPS, holder(ADA, scope="/app")),
        MANUAL,
        "no member with a role",
    ),
    (
        "the holder is blocked",
        holders(group(named(GROUP), (ADA, False), (BOB, True)), APPS, holder(ADA)),
        MANUAL,
        "no member with a role",
    ),
    ("nobody shown enabled", group(named(GROUP), (ADA, None)), MANUAL, "no member with a role"),
    (
        "one role refused",
        group(named(GROUP), (ADA, True)).refuses("role-holders", APPS),
        UNKNOWN,
        "could not be read",
    ),
    (
        "one role refused, another suffices",
        holders(group(named(GROUP), (ADA, True)), GLOBAL, holder(ADA)).refuses(
            "role-holders", APPS
        ),
        MET,
        "has a member",
    ),
    ("empty", group(named(GROUP)), NOT_MET, "has no members"),
    ("all blocked", group(named(GROUP), (ADA, False)), NOT_MET, "allowed to sign in"),
    ("page of blocked", group(named(GROUP), (ADA, False), more=True), MANUAL, "more members"),
    ("hidden", group(named(GROUP), visibility="HiddenMembership"), MANUAL, "hides"),
    ("deleted group", group(named(GROUP)).absent("reviewer-group", TEAM), NOT_MET, "exist"),
    (
        "deleted group, nothing else read",
        named(GROUP).absent("reviewer-group", TEAM).refuses("reviewer-group-members", TEAM),
        NOT_MET,
        "does not exist",
    ),
    ("group refused", group(named(GROUP)).refuses("reviewer-group", TEAM), UNKNOWN, "read"),
    (
        "members refused",
        group(named(GROUP)).refuses("reviewer-group-members", TEAM),
        UNKNOWN,
        "read",
    ),
    ("role", holders(named(role_query(APPS)), APPS, holder(ADA)), MET, "somebody holds it"),
    ("nobody holds it", named(role_query(APPS)), MANUAL, "held by nobody now"),
    (
        "held for one app alone",
        holders(named(role_query(APPS)), APPS, holder(ADA, scope="/app")),
        MANUAL,
        "held by nobody now",
    ),
    (
        "held by a group and an app",
        holders(
            named(role_query(APPS)),
            APPS,
            holder(TEAM, kind="group", enabled=None),
            holder(BOB, kind="servicePrincipal"),
        ),
        MANUAL,
        "no single person",
    ),
    (
        "held by who is blocked",
        holders(named(role_query(APPS)), APPS, holder(ADA, enabled=False)),
        MANUAL,
        "no single person",
    ),
    (
        "type not shown",
        holders(named(role_query(APPS)), APPS, holder(ADA, kind=None)),
        MANUAL,
        "no single person",
    ),
    ("role refused", named(role_query(APPS)).refuses("role-holders", APPS), UNKNOWN, "read"),
    (
        "helpdesk",
        holders(named(role_query(HELPDESK)), HELPDESK, holder(ADA)),
        MANUAL,
        "no role that may consent",
    ),
    (
        "helpdesk, who is more",
        holders(holders(named(role_query(HELPDESK)), HELPDESK, holder(ADA)), GLOBAL, holder(ADA)),
        MET,
        "by somebody who may consent",
    ),
    (
        "helpdesk, and who is more is not read",
        holders(named(role_query(HELPDESK)), HELPDESK, holder(ADA)).refuses("role-holders", GLOBAL),
        UNKNOWN,
        "read",
    ),
    ("another query", named("./manager"), MANUAL, "does not know"),
    ("a trap", named(f"/users/{ADA}/../../groups"), MANUAL, "does not know"),
]


@pytest.mark.parametrize(
    ("tenant", "outcome", "text"),
    [one[1:] for one in ONE_REVIEWER],
    ids=[one[0] for one in ONE_REVIEWER],
)
def test_one_reviewer(tenant: Tenant, outcome: Judgement, text: str) -> None:
    found = judged(tenant)
    assert found.outcome is outcome, found.message
    assert text in found.evidence[0][1]
    assert found.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("tenant", "outcome"),
    [
        (Tenant().refuses("admin-consent-request-policy"), UNKNOWN),
        (named(USER, on=False), NOT_APPLICABLE),
        (named(), NOT_APPLICABLE),
        (named(None), NOT_APPLICABLE),
    ],
)
def test_without_reviewers_to_look_at(tenant: Tenant, outcome: Judgement) -> None:
    assert judged(tenant).outcome is outcome


def test_how_much_it_matters_that_one_is_gone() -> None:
    gone = f"/users/{BOB}"
    both = named(USER, gone).absent("reviewer-user", BOB)
    able, untold = judged(user(both, ADA, GLOBAL)), judged(user(both, ADA))
    unread = judged(both.refuses("reviewer-user", ADA))
    nobody = judged(both.absent("reviewer-user", ADA))
    assert {one.outcome for one in (able, untold, unread, nobody)} == {NOT_MET}
    severities = [one.severity for one in (able, untold, unread, nobody)]
    assert severities == [Severity.LOW, Severity.MEDIUM, Severity.MEDIUM, Severity.HIGH]
    assert "Who can decide: 1 of 2" in able.message
    assert "No reviewer is left" in nobody.message


def test_one_who_is_not_read_keeps_it_unknown() -> None:
    tenant = user(named(USER, f"/users/{BOB}"), ADA, GLOBAL).refuses("reviewer-user", BOB)
    assert judged(tenant).outcome is UNKNOWN
    tenant = user(user(named(USER, f"/users/{BOB}"), ADA, GLOBAL), BOB)
    assert judged(tenant).outcome is MET


def test_the_first_twenty_are_looked_at() -> None:
    ids = [str(UUID(int=number, version=4)) for number in range(25)]
    tenant = named(USER, USER, *(f"/users/{one}" for one in ids))
    for one in (ADA, *ids[:19]):
        tenant.absent("reviewer-user", one)
    found = judged(tenant)
    assert (found.outcome, found.severity) == (NOT_MET, Severity.MEDIUM)
    assert found.evidence[-1] == ("reviewers looked at", "20 of 26")
    asked = [one for one in second_step(tenant.facts(), []) if one.source.name == "reviewer-user"]
    assert [one.subject for one in asked] == [ADA, *ids[:19]]


def test_one_who_is_named_twice_is_one() -> None:
    found = judged(user(named(USER, f"/users/{ADA.upper()}"), ADA, GLOBAL))
    assert found.evidence == ((f"user {ADA}", "may consent as Global Administrator"),)


# ---- what is read


def asked(tenant: Tenant, *, user_id: str = "") -> list[tuple[str, str]]:
    requests = [asking("Mail.Read", asker=Asker(user_id=user_id))]
    found = second_step(tenant.facts(), requests)
    return [(one.source.name, one.subject) for one in found]


def test_nothing_is_read_where_the_workflow_is_off_or_unread() -> None:
    assert asked(named(USER, GROUP, on=False)) == []
    assert asked(named(USER).refuses("admin-consent-request-policy")) == []
    assert asked(named("./manager", f"/users/{ADA}?$expand=messages", "/users/me")) == []


def test_the_roles_that_may_consent_are_read_for_groups_and_other_roles() -> None:
    granting = [("role-holders", one) for one in GRANTING]
    assert asked(named(USER)) == [("reviewer-user", ADA), ("user-roles", ADA)]
    assert asked(named(role_query(APPS))) == [("role-holders", APPS)]
    assert asked(named(role_query(HELPDESK))) == [("role-holders", HELPDESK), *granting]
    groups = [("reviewer-group", TEAM), ("reviewer-group-members", TEAM)]
    assert asked(named(GROUP)) == [*groups, *granting]


def test_a_reviewer_who_asks_is_not_read_twice() -> None:
    tenant = named(f"/users/{PERSON}")
    assert asked(tenant, user_id=PERSON) == [("reviewer-user", PERSON)]


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        (f"/users/{ADA}", ReviewerKind.USER),
        (f"/beta/users/{ADA}", ReviewerKind.USER),
        (f"/groups/{ADA}", ReviewerKind.GROUP),
        (f"/v1.0/groups/{ADA}/members", ReviewerKind.GROUP),
        (f"/groups/{ADA}/transitiveMembers", ReviewerKind.GROUP),
        (role_query(ADA), ReviewerKind.ROLE),
        (role_query(ADA).replace(" ", "%20").replace("'", "%27"), ReviewerKind.ROLE),
        (role_query(ADA).replace(" ", "+").replace("$", "%24"), ReviewerKind.ROLE),
        (f"https://graph.example/users/{ADA}", ReviewerKind.OTHER),
        (f"/users/{ADA}/manager", ReviewerKind.OTHER),
        (f"/users/{ADA}\n", ReviewerKind.OTHER),
        (f"/directoryRoles/{ADA}", ReviewerKind.OTHER),
        ("/users/ada@contoso.example", ReviewerKind.OTHER),
        ("\u202e/users/\x1b[31m<script>", ReviewerKind.OTHER),
        ("x" * 300, ReviewerKind.OTHER),
    ],
)
def test_the_forms_of_a_query(query: str, kind: ReviewerKind) -> None:
    workflow = named(query).facts().workflow()
    assert isinstance(workflow, Known)
    expected = "" if kind is ReviewerKind.OTHER else ADA
    assert workflow.value.reviewers == (WorkflowReviewer(query, kind, expected),)
