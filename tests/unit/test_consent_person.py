"""Who asks, what the tenant says of the app, and requests with .default."""

from dataclasses import replace

import pytest

from auditor.consent.case import make_case, owner
from auditor.model.decision import Certainty, Outcome
from auditor.model.profile import Asker, Publisher, UserKind
from tests.unit.consent_case import (
    ELSEWHERE,
    EXCHANGE,
    GRAPH,
    HERE,
    IDS,
    LEGACY,
    OTHER_API,
    PERSON,
    RECOMMENDED,
    SIGN_IN,
    Json,
    Tenant,
    asking,
    codes,
    condition_set,
    only,
)

ADMIN = Outcome.ADMIN_APPROVAL_REQUIRED
USER = Outcome.USER_CAN_CONSENT
UNKNOWN = Outcome.UNKNOWN
BLOCKED = Outcome.BLOCKED
NO_PROMPT = Outcome.NO_PROMPT
NAMED = Asker(user_id=PERSON)
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
DEVELOPER = "cf1c38e5-3621-4004-a7cb-879624dced7c"


# ---- --user, --role, --user-id


@pytest.mark.parametrize(
    "asker",
    [
        Asker(UserKind.ADMIN),
        Asker(role="Global Administrator"),
        Asker(role="Privileged Role Administrator"),
        Asker(role="Application Administrator"),
        Asker(role="Cloud Application Administrator"),
    ],
)
def test_administrators_may_consent(asker: Asker) -> None:
    decision = Tenant().decide("User.Read.All", "Mail.Read", asker=asker)
    assert (decision.outcome, codes(decision)) == (USER, ["role-may-consent"])
    assert decision.certainty is Certainty.CERTAIN
    assert decision.reasons[0].text.endswith(
        "may consent to delegated permissions, also for everybody."
    )


def test_another_role_may_not() -> None:
    assert Tenant().decide("Mail.Read", asker=Asker(role="Teams Administrator")).outcome is ADMIN


def test_an_application_developer() -> None:
    developer = Asker(role="Application Developer")
    own = Tenant().client(owner=HERE, verified=False)
    assert own.decide("Mail.Read", asker=developer).outcome is USER
    assert own.decide("User.Read.All", asker=developer).outcome is ADMIN
    foreign = Tenant().decide("Mail.Read", asker=developer)
    assert (foreign.outcome, foreign.caveats) == (UNKNOWN, ("application-developer",))
    allowed = Tenant().policies(LEGACY).decide("Mail.Read", asker=developer)
    assert allowed.outcome is USER
    own.refuses("resource-service-principal", GRAPH)
    assert own.decide("Mail.Read", asker=developer).outcome is UNKNOWN


def test_a_named_persons_own_roles_count_and_not_the_stated_ones() -> None:
    admin = Tenant().person(roles=(GLOBAL_ADMINISTRATOR,)).decide("Mail.Read", asker=NAMED)
    assert (admin.outcome, admin.caveats) == (USER, ())
    stated = replace(NAMED, kind=UserKind.ADMIN)
    assert Tenant().person().decide("Mail.Read", asker=stated).outcome is ADMIN


def test_a_named_person_whose_roles_cannot_be_read_is_as_stated() -> None:
    tenant = Tenant().person().refuses("user-roles", PERSON)
    for kind, outcome in ((UserKind.ADMIN, USER), (UserKind.MEMBER, ADMIN)):
        decision = tenant.decide("Mail.Read", asker=replace(NAMED, kind=kind))
        assert (decision.outcome, decision.caveats) == (outcome, ("person-as-stated",))


@pytest.mark.parametrize(
    ("user_type", "stated", "outcome", "caveats"),
    [
        ("Member", UserKind.GUEST, USER, ()),
        ("Guest", UserKind.MEMBER, UNKNOWN, ("guest-rules",)),
        ("Robot", UserKind.MEMBER, UNKNOWN, ("guest-rules",)),
        (None, UserKind.MEMBER, USER, ("person-as-stated",)),
        (None, UserKind.GUEST, UNKNOWN, ("guest-rules",)),
    ],
)
def test_a_named_persons_own_type_counts(
    user_type: str | None, stated: UserKind, outcome: Outcome, caveats: tuple[str, ...]
) -> None:
    tenant = Tenant().policies(RECOMMENDED).person(user_type)
    decision = tenant.decide("Mail.Send", asker=replace(NAMED, kind=stated))
    assert (decision.outcome, decision.caveats) == (outcome, caveats)


@pytest.mark.parametrize("left_out", [False, True])
def test_a_guest_where_the_guest_role_is_not_known(*, left_out: bool) -> None:
    tenant = Tenant().policies(RECOMMENDED)
    if left_out:
        role: Json = {
            "permissionGrantPoliciesAssigned": [f"ManagePermissionGrantsForSelf.{RECOMMENDED}"]
        }
        tenant.says("authorization-policy", {"defaultUserRolePermissions": role})
    else:
        tenant.refuses("authorization-policy")
    decision = tenant.decide("Mail.Send", asker=Asker(UserKind.GUEST))
    assert (decision.outcome, set(codes(decision))) == (UNKNOWN, {"fact-not-read"})


def test_a_persons_own_grant() -> None:
    tenant = Tenant().granted("Mail.Read", person=PERSON).person()
    decision = tenant.decide("Mail.Read", asker=NAMED)
    assert (decision.outcome, codes(decision)) == (NO_PROMPT, ["granted-to-user"])
    assert tenant.decide("Mail.Read").outcome is ADMIN
    assert tenant.decide("Mail.Read", asker=NAMED, prompt_consent=True).outcome is ADMIN
    tenant.refuses("client-service-principal", Tenant().app_id)
    assert tenant.decide("Mail.Read", asker=NAMED).outcome is UNKNOWN


def test_a_persons_own_grant_for_another_app() -> None:
    tenant = Tenant().granted("Mail.Read", person=PERSON).person()
    tenant.client(id="99999999-0000-4000-8000-000000000001")
    assert tenant.decide("Mail.Read", asker=NAMED).outcome is ADMIN
    assert tenant.no_client().decide("Mail.Read", asker=NAMED).outcome is ADMIN


def test_a_persons_grants_that_cannot_be_read() -> None:
    tenant = Tenant().person().refuses("user-grants", PERSON)
    assert tenant.decide("Mail.Read", asker=NAMED).outcome is UNKNOWN
    assert tenant.decide("Mail.Read", asker=NAMED, default_scope=True).outcome is UNKNOWN


# ---- Assignment


def test_nobody_is_assigned() -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True).granted("Mail.Read")
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (BLOCKED, ["nobody-assigned"])


def test_somebody_is_assigned() -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True).granted("Mail.Read").assigned(3)
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["person-not-named"])
    assert "assigned users and groups: 3;" in decision.reasons[0].text
    assert tenant.decide("Mail.Send").outcome is ADMIN
    assert tenant.decide("Mail.Send", asker=Asker(UserKind.ADMIN)).outcome is UNKNOWN


def test_more_are_assigned_than_a_page_holds() -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True).granted("Mail.Read")
    page: Json = {"value": [], "@odata.nextLink": "https://graph.microsoft.com/v1.0/next"}
    tenant.says("client-assignments", page, tenant.app_id)
    decision = tenant.decide("Mail.Read")
    assert "assigned users and groups: 0 or more;" in decision.reasons[0].text


@pytest.mark.parametrize("source", ["client-assignments", "client-service-principal"])
def test_assignment_that_cannot_be_read(source: str) -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True).granted("Mail.Read")
    assert tenant.refuses(source, tenant.app_id).decide("Mail.Read").outcome is UNKNOWN
    tenant.absent("client-assignments", tenant.app_id)
    assert tenant.decide("Mail.Read").outcome is UNKNOWN


@pytest.mark.parametrize("missing", [True, False])
def test_whether_assignment_is_required_is_left_out(*, missing: bool) -> None:
    member = "appRoleAssignmentRequired"
    tenant = Tenant().client(without=member) if missing else Tenant().client_with({member: None})
    decision = tenant.granted("Mail.Read").decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["fact-not-read"])


def test_a_named_persons_assignments_cannot_be_read() -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True).granted("Mail.Read").person()
    assert (
        tenant.absent("user-assignments", PERSON).decide("Mail.Read", asker=NAMED).outcome
        is UNKNOWN
    )


# ---- The app and the resource in this tenant


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"accountEnabled": False}, "app-disabled-in-tenant"),
        ({"isDisabled": True}, "app-deactivated-by-owner"),
        ({"disabledByMicrosoftStatus": "DisabledDueToViolation"}, "app-disabled-by-microsoft"),
        ({"signInAudience": "AzureADMyOrg"}, "single-tenant-app-of-another-tenant"),
        ({"signInAudience": "PersonalMicrosoftAccount"}, "personal-accounts-only"),
    ],
)
def test_an_app_that_cannot_be_used(members: dict[str, Json], code: str) -> None:
    decision = Tenant().granted("Mail.Read").client_with(members).decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (BLOCKED, [code])
    assert decision.predicted_error


@pytest.mark.parametrize(
    ("member", "null_matters"),
    [
        ("accountEnabled", True),
        ("isDisabled", False),
        ("disabledByMicrosoftStatus", False),
        ("signInAudience", False),
        ("appOwnerOrganizationId", True),
        ("verifiedPublisher", False),
    ],
)
def test_a_member_of_the_service_principal_is_left_out(member: str, *, null_matters: bool) -> None:
    tenant = Tenant().client(without=member).policies("a")
    tenant.policy(
        "a",
        [
            condition_set(
                clientApplicationTenantIds=["bbbbbbbb-0000-4000-8000-000000000002"],
                clientApplicationsFromVerifiedPublisherOnly=True,
            )
        ],
    )
    assert tenant.decide("Mail.Read").outcome is UNKNOWN
    null = tenant.client_with({member: None}).decide("Mail.Read").outcome
    assert (null is UNKNOWN) is null_matters


def test_an_app_that_is_not_known_and_whose_registration_cannot_be_read() -> None:
    tenant = Tenant().policies(RECOMMENDED).no_client()
    decision = tenant.refuses("application", tenant.app_id).decide("User.Read")
    assert (decision.outcome, set(codes(decision))) == (UNKNOWN, {"fact-not-read"})


def test_in_which_tenant_the_app_is_registered() -> None:
    def home(tenant: Tenant) -> str | None:
        return owner(make_case(tenant.facts(), asking("Mail.Read"))).tenant_id

    assert home(Tenant()) == ELSEWHERE
    assert home(Tenant().no_client()) is None
    assert home(Tenant().no_client().registered()) == HERE
    assert home(Tenant().no_client().registered().refuses("organization")) is None


def test_a_single_tenant_app_of_this_tenant() -> None:
    tenant = Tenant().policies(LEGACY).client(owner=HERE, signInAudience="AzureADMyOrg")
    assert tenant.decide("Mail.Read").outcome is USER


@pytest.mark.parametrize("kind", ["CIAM", "AAD B2C"])
def test_a_tenant_of_a_type_that_cannot_consent(kind: str) -> None:
    tenant = Tenant().says("organization", {"value": [{"id": HERE, "tenantType": kind}]})
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (BLOCKED, ["tenant-type-cannot-consent"])
    assert decision.predicted_error is None


def test_a_resource_that_is_absent_disabled_or_odd() -> None:
    absent = Tenant().absent("resource-service-principal", EXCHANGE).decide("EXO:SMTP.Send")
    assert (absent.outcome, codes(absent)) == (BLOCKED, ["resource-not-in-tenant"])
    off = Tenant().resource(EXCHANGE, accountEnabled=False).decide("EXO:SMTP.Send")
    assert (off.outcome, codes(off)) == (BLOCKED, ["resource-disabled"])
    odd = Tenant().resource(EXCHANGE, accountEnabled=None).decide("EXO:SMTP.Send")
    assert odd.outcome is UNKNOWN
    body: Json = {"id": "x", "appId": EXCHANGE, "accountEnabled": True}
    short = Tenant().says("resource-service-principal", body, EXCHANGE).decide("EXO:SMTP.Send")
    assert short.outcome is UNKNOWN
    assert "Graph's answer does not have oauth2PermissionScopes" in short.reasons[0].text


def test_a_permission_that_is_switched_off() -> None:
    scope: Json = {"id": "x", "value": "Mail.Read", "type": "User", "isEnabled": False}
    tenant = Tenant().resource(GRAPH, oauth2PermissionScopes=[scope])
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (BLOCKED, ["permission-disabled"])
    far = tenant.decide("Zebra")
    assert far.reasons[0].text == "Microsoft Graph publishes no permission named Zebra."


def test_a_grant_on_another_resource_does_not_count() -> None:
    assert Tenant().granted("SMTP.Send", resource=GRAPH).decide("EXO:SMTP.Send").outcome is UNKNOWN
    tenant = Tenant().granted("Orders.Read", resource=GRAPH)
    assert tenant.decide("API:Orders.Read").outcome is ADMIN


def test_reasons_about_one_app_are_given_once_for_all_permissions() -> None:
    decision = Tenant().decide("Mail.Read", "Mail.Send")
    assert [one.text for one in decision.reasons] == [
        "Users may not consent to apps in this tenant."
    ]
    many = Tenant().policies(LEGACY).decide(*SIGN_IN)
    assert many.reasons[0].text == (
        "An assigned app consent policy lets users consent to openid, profile, email and 2 more."
    )


def test_reasons_that_differ_by_more_than_the_name_are_given_by_their_meaning() -> None:
    decision = Tenant().decide("File.Read", "Mail.Reed")
    assert [one.text for one in decision.reasons] == [
        "File.Read and Mail.Reed: The resource publishes no permission of this name."
    ]


def test_an_app_that_the_tenant_does_not_know_is_never_surely_ready() -> None:
    tenant = Tenant().policies(LEGACY).no_client()
    decision = tenant.decide("Mail.Send", publisher=Publisher.VERIFIED)
    assert decision.outcome is USER
    assert decision.certainty is Certainty.PROBABLE
    assert decision.caveats == ("app-not-seen",)


def test_the_step_up_switch_is_left_out() -> None:
    role: Json = {"permissionGrantPoliciesAssigned": [f"ManagePermissionGrantsForSelf.{LEGACY}"]}
    tenant = Tenant().policies(LEGACY).client(verified=False)
    tenant.says("authorization-policy", {"defaultUserRolePermissions": role})
    assert tenant.decide("Mail.Send").outcome is UNKNOWN
    tenant.policies(LEGACY).refuses("group-settings")
    assert tenant.decide("Mail.Send").outcome is UNKNOWN


def test_a_publisher_that_is_stated_for_an_app_that_is_known_is_not_believed() -> None:
    tenant = Tenant().policies(LEGACY).client(verified=False)
    assert tenant.decide("Mail.Send", publisher=Publisher.VERIFIED).outcome is ADMIN


def test_settings_that_cannot_be_read() -> None:
    decision = Tenant().refuses("authorization-policy").decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["fact-not-read"])
    texts = [step.text for step in only(decision).trace]
    assert "This rests on what could not be read." in texts


# ---- .default


def declared(*pairs: tuple[str, str], kind: str = "Scope") -> list[Json]:
    return [
        {
            "resourceAppId": home,
            "resourceAccess": [{"id": IDS.get((home, name), name), "type": kind}],
        }
        for home, name in pairs
    ]


def own(tenant: Tenant, *pairs: tuple[str, str], kind: str = "Scope") -> Tenant:
    tenant.client(owner=HERE, verified=False)
    return tenant.registered(requiredResourceAccess=declared(*pairs, kind=kind))


def test_default_scope_and_something_is_granted() -> None:
    decision = Tenant().granted("Mail.Read").decide("Mail.Read", "Mail.Send", default_scope=True)
    assert (decision.outcome, decision.caveats) == (NO_PROMPT, ("stale-grant",))
    assert "default-scope-granted" in codes(decision)


def test_default_scope_and_something_is_granted_on_another_resource() -> None:
    tenant = Tenant().granted("Mail.Read")
    assert tenant.decide("EXO:SMTP.Send", default_scope=True).outcome is ADMIN
    assert tenant.decide("offline_access", default_scope=True).outcome is NO_PROMPT
    tenant.refuses("resource-service-principal", EXCHANGE)
    assert tenant.decide("EXO:SMTP.Send", default_scope=True).outcome is UNKNOWN


def test_default_scope_and_a_grant_of_an_unknown_kind() -> None:
    tenant = Tenant().granted("Mail.Read", consent_type="SomePrincipals")
    assert tenant.decide("Mail.Send", default_scope=True).outcome is UNKNOWN


def test_default_scope_and_a_persons_grant() -> None:
    tenant = Tenant().granted("Mail.Read", person=PERSON).person()
    assert tenant.decide("Mail.Send", default_scope=True, asker=NAMED).outcome is NO_PROMPT
    assert tenant.decide("Mail.Send", default_scope=True).outcome is ADMIN


def test_default_scope_with_prompt_consent() -> None:
    tenant = Tenant().granted("Mail.Read")
    decision = tenant.decide("Mail.Send", default_scope=True, prompt_consent=True)
    assert decision.outcome is ADMIN


def test_default_scope_of_an_app_of_another_tenant() -> None:
    tenant = Tenant().policies(LEGACY)
    decision = tenant.decide("Mail.Send", default_scope=True)
    assert (decision.outcome, decision.caveats) == (USER, ("default-scope-list",))
    assert tenant.no_client().decide("User.Read", default_scope=True).outcome is USER
    assert Tenant().decide("Mail.Send", default_scope=True).certainty is Certainty.CERTAIN


def test_default_scope_asks_for_all_that_the_registration_lists() -> None:
    tenant = own(Tenant().policies(LEGACY), (GRAPH, "Mail.Send"), (GRAPH, "User.Read.All"))
    decision = tenant.decide("Mail.Send", default_scope=True)
    found = [(one.asked.requirement.value, one.outcome) for one in decision.permissions]
    assert found == [("Mail.Send", USER), ("User.Read.All", ADMIN)]
    assert tenant.decide("Mail.Send").outcome is USER
    roles = own(Tenant().policies(LEGACY), (GRAPH, "User.Read.All"), kind="Role")
    assert roles.decide("Mail.Send", default_scope=True).outcome is USER


def test_default_scope_and_the_list_covers_several_resources() -> None:
    tenant = own(Tenant().policies(LEGACY), (OTHER_API, "Orders.Read"))
    decision = tenant.decide("Mail.Send", default_scope=True)
    assert (decision.outcome, decision.caveats) == (
        USER,
        ("preauthorization-not-read",),
    )
    tenant.forgets("resource-service-principal", OTHER_API)
    unread = tenant.decide("Mail.Send", default_scope=True)
    assert [one.outcome for one in unread.permissions] == [UNKNOWN, UNKNOWN]
    assert unread.outcome is UNKNOWN
    assert "default-scope-list" in unread.caveats
    assert unread.permissions[1].asked.requirement.value == IDS[OTHER_API, "Orders.Read"]


def test_default_scope_asks_for_everything_in_one_consent() -> None:
    send, orders = IDS[GRAPH, "Mail.Send"], IDS[OTHER_API, "Orders.Read"]
    tenant = own(Tenant(), (GRAPH, "Mail.Send"), (OTHER_API, "Orders.Read"))
    tenant.policies("one", "two")
    tenant.policy("one", [condition_set(permissions=[send], resourceApplication=GRAPH)])
    tenant.policy("two", [condition_set(permissions=[orders], resourceApplication=OTHER_API)])
    decision = tenant.decide("Mail.Send", default_scope=True)
    assert decision.outcome is UNKNOWN
    assert "policies-cover-in-parts" in codes(decision)
    assert tenant.decide("Mail.Send").outcome is USER


def test_default_scope_asks_for_the_list_only_where_it_comes_to_a_prompt() -> None:
    tenant = own(Tenant(), (GRAPH, "Mail.Read"), (OTHER_API, "Orders.Read")).granted("Mail.Read")
    decision = tenant.decide("Mail.Read", default_scope=True)
    assert (decision.outcome, codes(decision)) == (NO_PROMPT, ["granted-tenant-wide"])


def test_sign_in_permissions_are_those_of_microsoft_graph() -> None:
    tenant = Tenant().policies(LEGACY).client(verified=False)
    assert tenant.decide("User.Read", "profile").outcome is USER
    assert tenant.decide("API:profile").outcome is ADMIN


def test_the_risk_rule_looks_at_what_is_not_granted() -> None:
    tenant = Tenant().policies(LEGACY).client(verified=False).granted("Mail.Read")
    assert tenant.decide("Mail.Read", "openid").outcome is USER
    assert tenant.decide("Mail.Read", "Mail.Send").outcome is ADMIN


def test_a_role_does_not_make_an_unknown_app_surely_ready() -> None:
    decision = Tenant().no_client().decide("Mail.Read", asker=Asker(UserKind.ADMIN))
    assert (decision.outcome, decision.caveats) == (USER, ("app-not-seen",))


def test_an_application_developer_cannot_consent_to_an_app_that_requires_assignment() -> None:
    tenant = Tenant().client(owner=HERE, appRoleAssignmentRequired=True).assigned(1)
    developer = Asker(role="Application Developer")
    assert tenant.decide("Mail.Read", asker=developer).outcome is ADMIN


def test_a_microsoft_app_may_be_authorised_in_advance() -> None:
    tenant = Tenant().client(owner="f8cdef31-a31e-4b4a-93e4-5f571e91255a")
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, decision.caveats) == (UNKNOWN, ("preauthorization-not-read",))


def test_a_person_who_does_not_exist() -> None:
    tenant = Tenant().policies(LEGACY).granted("Mail.Read").person().absent("user", PERSON)
    decision = tenant.decide("Mail.Read", asker=Asker(user_id=PERSON))
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["person-not-found"])


def test_default_scope_and_a_listed_permission_that_does_not_exist() -> None:
    decision = own(Tenant().policies(LEGACY), (GRAPH, "no-such-id")).decide(
        "Mail.Send", default_scope=True
    )
    assert (decision.outcome, codes(decision)) == (BLOCKED, ["permission-not-published"])


def test_default_scope_and_the_list_cannot_be_read() -> None:
    short = own(Tenant().policies(LEGACY)).registered(without="requiredResourceAccess")
    refused = own(Tenant().policies(LEGACY))
    for unread in (short, refused.refuses("application", refused.app_id)):
        decision = unread.decide("Mail.Send", default_scope=True)
        assert decision.outcome is UNKNOWN
        assert "default-scope-list" in decision.caveats
    assert short.decide("User.Read.All", default_scope=True).outcome is ADMIN


def test_default_scope_without_an_app_id() -> None:
    request = asking("Mail.Send", app_id=None, default_scope=True)
    assert (
        Tenant().decide("Mail.Send", app_id=request.app_id, default_scope=True).outcome is UNKNOWN
    )
