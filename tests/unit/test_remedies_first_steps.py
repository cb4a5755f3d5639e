"""Where no plan can exist: what to find out, to ask for or to do first."""

from collections.abc import Callable

import pytest

from auditor.consent.codes import REASONS
from auditor.model.plan import Step
from auditor.model.profile import Asker
from auditor.remedies.context import Context
from tests.unit.consent_case import (
    APP,
    EXCHANGE,
    GRAPH,
    HERE,
    IDS,
    LEGACY,
    LOW,
    NOT_FOUND,
    PERSON,
    RESOURCES,
    Json,
    Tenant,
    registration,
)
from tests.unit.planner_case import context, own, proposal, sent

ME = Asker(user_id=PERSON)


def first(found: Context) -> list[Step]:
    made = proposal(found)
    assert not made.plans
    for one in made.first_steps:
        assert one.id
        assert one.title
        assert one.why
    return list(made.first_steps)


def ids(found: Context) -> list[str]:
    return [one.id for one in first(found)]


def tenant_type(kind: str) -> Tenant:
    body: Json = {"value": [{"id": HERE, "tenantType": kind}]}
    return Tenant().policies(LEGACY).says("organization", body)


OUTSIDE: list[tuple[str, Callable[[], Tenant], str]] = [
    ("tenant-type-cannot-consent", lambda: tenant_type("CIAM"), "workforce tenant"),
    ("tenant-type-cannot-consent", lambda: tenant_type("AAD B2C"), "workforce tenant"),
    (
        "single-tenant-app-of-another-tenant",
        lambda: Tenant().client(signInAudience="AzureADMyOrg"),
        "other organizations",
    ),
    (
        "personal-accounts-only",
        lambda: Tenant().client(signInAudience="PersonalMicrosoftAccount"),
        "work accounts",
    ),
    ("app-deactivated-by-owner", lambda: Tenant().client(isDisabled=True), "activate it again"),
    (
        "app-disabled-by-microsoft",
        lambda: Tenant().client(
            disabledByMicrosoftStatus="DisabledDueToViolationOfServicesAgreement"
        ),
        "Do not use the app",
    ),
]


@pytest.mark.parametrize(("code", "make", "title"), OUTSIDE)
def test_what_only_others_can_change_is_asked_of_them(
    code: str, make: Callable[[], Tenant], title: str
) -> None:
    found = context(make(), "Mail.Read")
    assert found.codes == {code}
    (step,) = first(found)
    assert step.id == f"ask-{code}"
    assert title in step.title
    assert step.change is None


def test_an_own_deactivated_app_is_not_somebody_elses() -> None:
    tenant = own(isDisabled=True).client(owner=HERE, isDisabled=True).registered(isDisabled=True)
    found = context(tenant.policies(LEGACY), "Mail.Read")
    assert "registration-deactivated" in found.codes
    (plan,) = [one for one in proposal(found).plans if one.id == "repair"]
    assert [one.id for one in plan.steps] == ["activate-registration"]


def test_a_missing_api_is_set_up_first() -> None:
    tenant = Tenant().policies(LEGACY).absent("resource-service-principal", EXCHANGE)
    tenant.absent("permission-classifications", EXCHANGE)
    found = context(tenant, "EXO:SMTP.Send")
    (step,) = first(found)
    assert step.id == f"set-up-resource-{EXCHANGE}"
    assert step.change is not None
    path = f"/servicePrincipals(appId='{EXCHANGE}')?$select=id"
    assert sent(step.change.do.calls) == [("POST", "/servicePrincipals", {"appId": EXCHANGE})]
    assert [(one.path, one.expected) for one in step.change.do.guards] == [(path, None)]
    assert step.change.undo is not None
    assert sent(step.change.undo.calls) == [("DELETE", "/servicePrincipals/{api}", None)]


@pytest.mark.parametrize("allowed", [True, False, None])
def test_who_may_register_apps_needs_no_role(allowed: bool | None) -> None:  # noqa: FBT001
    role: Json = {"permissionGrantPoliciesAssigned": [], "allowedToCreateApps": allowed}
    tenant = Tenant().policies(defaultUserRolePermissions=role).client(owner=HERE)
    found = context(tenant, "Mail.Read", registration=registration(), name="It’s 'mine'")  # noqa: RUF001
    assert found.codes == {"app-not-registered"}
    (step,) = first(found)
    assert step.id == "register-app"
    assert step.role == ("" if allowed else "Application Developer")


@pytest.mark.parametrize(
    ("platform", "member"), [("web", "web"), ("spa", "spa"), ("public", "publicClient")]
)
def test_what_is_registered_is_what_the_vendor_asks_for(platform: str, member: str) -> None:
    wanted = registration(platform=platform)
    found = context(
        Tenant().client(owner=HERE), "Mail.Read", "EXO:SMTP.Send", "Nope.Never", registration=wanted
    )
    step = next(one for one in first(found) if one.id == "register-app")
    assert step.change is not None
    assert step.change.undo is None
    mail = {"id": IDS[GRAPH, "Mail.Read"], "type": "Scope"}
    smtp = {"id": IDS[EXCHANGE, "SMTP.Send"], "type": "Scope"}
    body = {
        "displayName": "App",
        "signInAudience": "AzureADMyOrg",
        member: {"redirectUris": ["https://app.example/callback"]},
        "requiredResourceAccess": [
            {"resourceAppId": GRAPH, "resourceAccess": [mail]},
            {"resourceAppId": EXCHANGE, "resourceAccess": [smtp]},
        ],
    }
    assert sent(step.change.do.calls) == [("POST", "/applications", body)]
    assert step.portal_url.startswith("https://entra.microsoft.com/#view/")


def test_what_was_refused_is_asked_for_in_one_step() -> None:
    tenant = Tenant().refuses("client-grants", APP).refuses("admin-consent-request-policy")
    one, again = first(context(tenant, "Mail.Read"))
    assert one.id == "grant-auditor"
    assert one.role == "Privileged Role Administrator"
    assert "Directory.Read.All" in one.title
    assert one.change is not None
    assert [each.where for each in one.change.do.lookups] == [(("value", "Directory.Read.All"),)]
    auditor = "/servicePrincipals/{auditor}/appRoleAssignments"
    body = {
        "principalId": "{auditor}",
        "resourceId": RESOURCES[GRAPH][1],
        "appRoleId": f"{{{one.change.do.lookups[0].name}}}",
    }
    assert sent(one.change.do.calls) == [("POST", auditor, body)]
    assert [each.name for each in one.change.inputs] == ["auditor"]
    assert again.title == "Audit again"


def test_what_failed_is_read_again() -> None:
    tenant = Tenant().says("client-grants", {}, APP, status=500)
    (step,) = first(context(tenant, "Mail.Read"))
    assert step.title == "Audit again, and find out by hand what still cannot be read"
    assert "HTTP 500" in step.why
    assert step.role == "Global Reader"


def test_a_snapshot_without_the_app_is_collected_again() -> None:
    tenant = Tenant()
    for source in ("client-service-principal", "client-grants", "client-assignments"):
        tenant.forgets(source, APP)
    collect, again = first(context(tenant, "Mail.Read"))
    assert collect.id == "collect-again"
    assert "consent-auditor collect" in collect.why
    assert again.title == "Audit again"
    assert collect.role == again.role == ""


def test_an_app_that_nobody_named_is_asked_for() -> None:
    find, again = first(context(Tenant(), "Mail.Read", app_id=None))
    assert find.title == "Find what to give with --set ad-hoc.app_id=GUID"
    assert find.portal_path == "Entra ID > Enterprise apps > All applications"
    assert "--set ad-hoc.app_id=GUID" in again.title


def test_a_rule_that_is_open_takes_an_attempt() -> None:
    (step,) = first(context(tenant_type("AAD-2"), "Mail.Read"))
    assert step.title == "Sign in to the app with a test account"
    (odd,) = first(context(Tenant().client(disabledByMicrosoftStatus="Hm"), "Mail.Read"))
    assert odd.id == "sign-in-test"


def test_a_grant_that_cannot_be_read_is_asked_for_behind_another_fault_too() -> None:
    tenant = Tenant().client(accountEnabled=False).refuses("client-grants", APP)
    found = context(tenant, "Mail.Read")
    assert found.codes == {"app-disabled-in-tenant"}
    assert ids(found) == ["grant-auditor", "audit-again"]


def test_first_steps_are_given_only_where_there_is_no_plan() -> None:
    made = proposal(context(Tenant(), "Mail.Read"))
    assert made.plans
    assert made.first_steps == ()


NEITHER = "there is neither a plan nor a first step"
STUCK: list[tuple[str, Callable[[], Tenant], tuple[str, ...], Asker]] = [
    (
        "one-resource-unread",
        lambda: Tenant().refuses("resource-service-principal", EXCHANGE),
        ("Mail.Read", "EXO:SMTP.Send"),
        Asker(),
    ),
    (
        "resource-without-a-usable-id",
        lambda: Tenant().policies(LEGACY).resource(GRAPH, id="odd", accountEnabled=False),
        ("Mail.Read",),
        Asker(),
    ),
    (
        "assignments-unread",
        lambda: (
            Tenant()
            .client(appRoleAssignmentRequired=True)
            .person()
            .refuses("client-assignments", APP)
        ),
        ("Mail.Read",),
        ME,
    ),
    (
        "nobody-of-that-id",
        lambda: Tenant().says("user", NOT_FOUND, PERSON, 404),
        ("Mail.Read",),
        ME,
    ),
    ("only-unsupported", lambda: Tenant().policies(LOW), ("address",), Asker()),
    ("only-unknown-names", lambda: Tenant().policies(LOW), ("Qqqq.Zzz",), Asker()),
]


@pytest.mark.parametrize(
    ("make", "scopes", "asker"),
    [pytest.param(*case[1:], id=case[0]) for case in STUCK],
)
def test_nobody_is_left_without_a_next_step(
    make: Callable[[], Tenant], scopes: tuple[str, ...], asker: Asker
) -> None:
    found = context(make(), *scopes, asker=asker)
    made = proposal(found)
    assert not found.decision.outcome.ready
    assert made.plans or made.first_steps


def test_the_codes_that_others_answer_for_are_codes() -> None:
    assert {code for code, *_ in OUTSIDE} <= set(REASONS)
