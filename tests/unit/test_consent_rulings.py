"""What the product answers where Microsoft's documents leave a question open, one by one."""

import pytest

from auditor.model.decision import Certainty, Outcome
from auditor.model.fact import Why
from auditor.model.profile import Asker, Publisher, UserKind
from tests.unit.consent_case import (
    EXCHANGE,
    GRAPH,
    HERE,
    LEGACY,
    LOW,
    MAIL_CLIENTS,
    RECOMMENDED,
    SIGN_IN,
    THUNDERBIRD,
    Json,
    Tenant,
    codes,
    condition_set,
    only,
    permission_ids,
    registration,
)

ADMIN = Outcome.ADMIN_APPROVAL_REQUIRED
USER = Outcome.USER_CAN_CONSENT
UNKNOWN = Outcome.UNKNOWN
GUEST = Asker(UserKind.GUEST)


def test_admin_type_permission_in_a_policy_of_the_type_delegated() -> None:
    decision = Tenant().custom(condition_set()).decide("User.Read.All")
    assert (decision.outcome, decision.certainty) == (USER, Certainty.PROBABLE)
    assert decision.caveats == ("admin-type-in-policy",)


def test_admin_type_permission_in_a_policy_of_the_type_delegated_user_consentable() -> None:
    decision = Tenant().policies(LEGACY).decide("User.Read.All")
    assert (decision.outcome, decision.certainty) == (ADMIN, Certainty.CERTAIN)


def test_request_covered_in_parts_by_the_managed_policies_for_a_mail_client() -> None:
    tenant = Tenant().policies(RECOMMENDED, MAIL_CLIENTS).client(app_id=THUNDERBIRD)
    decision = tenant.decide("Mail.Read", "Mail.Send", *SIGN_IN)
    assert (decision.outcome, decision.caveats) == (USER, ("mail-client-policies",))


def test_request_covered_in_parts_for_a_mail_client_under_other_policies() -> None:
    tenant = Tenant().client(app_id=THUNDERBIRD).policies("a", "b")
    tenant.policy("a", [condition_set(permissions=permission_ids("Mail.Read"))])
    tenant.policy("b", [condition_set(permissions=permission_ids("Mail.Send"))])
    assert tenant.decide("Mail.Read", "Mail.Send").outcome is UNKNOWN


def test_assigned_policy_that_no_longer_exists() -> None:
    tenant = Tenant().policies("gone").absent("permission-grant-policy", "gone")
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, decision.certainty) == (ADMIN, Certainty.CERTAIN)
    assert any("does not exist any more" in step.text for step in only(decision).trace)


@pytest.mark.parametrize(
    "entry",
    [
        "ManagePermissionGrantsForOwnedResource",
        "ManagePermissionGrantPoliciesForOwnedResource.x",
        "ManagePermissionGrantsForSelf.ManagePermissionGrantsForSelf.microsoft-user-default-low",
        "ManagePermissionGrantsForSelf.",
        "ManagePermissionGrantsForSelf.a/b",
        "",
    ],
)
def test_assigned_entry_without_a_known_prefix(entry: str) -> None:
    allowed = Tenant().policies(RECOMMENDED, entries=(entry,)).decide("Mail.Send")
    refused = Tenant().policies(entries=(entry,)).decide("Mail.Send")
    assert (allowed.outcome, refused.outcome) == (USER, ADMIN)
    for decision in (allowed, refused):
        assert decision.certainty is Certainty.PROBABLE
        assert "unrecognised-policy-entry" in decision.caveats


def test_entries_for_owned_data_are_left_aside() -> None:
    entry = (
        "managePermissionGrantsForOWNEDResource.microsoft-dynamically-managed-permissions-for-chat"
    )
    decision = Tenant().policies(entries=(entry,)).decide("Mail.Send")
    assert (decision.outcome, decision.certainty) == (ADMIN, Certainty.CERTAIN)


def test_explicit_null_in_a_condition_set() -> None:
    decision = Tenant().custom(condition_set(clientApplicationIds=None)).decide("Mail.Read")
    assert (decision.outcome, decision.caveats) == (USER, ("explicit-null-condition",))
    refused = Tenant().custom(
        condition_set(clientApplicationIds=None, permissions=permission_ids("Mail.Send"))
    )
    assert refused.decide("Mail.Read").certainty is Certainty.CERTAIN


@pytest.mark.parametrize(
    "condition",
    [
        {"certifiedClientApplicationsOnly": True},
        {"scopeSensitivityLabels": {"labelKind": "enumerated", "sensitivityLabels": ["a"]}},
        {"scopeSensitivityLabels": {}},
        {"clientApplicationMoonPhase": "full"},
        {"permissionType": "newKind"},
        {"permissionType": None},
        {"permissionClassification": "colossal"},
    ],
)
def test_condition_that_cannot_be_evaluated(condition: dict[str, Json]) -> None:
    odd = condition_set(**condition)
    decision = Tenant().custom(odd).decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["rule-open"])
    assert "undecided-condition" in decision.caveats
    assert decision.certainty is Certainty.CERTAIN
    assert Tenant().custom(odd, condition_set()).decide("Mail.Read").outcome is USER
    assert Tenant().custom(condition_set(), excludes=(odd,)).decide("Mail.Read").outcome is UNKNOWN
    both = Tenant().custom(condition_set(), excludes=(odd, condition_set()))
    assert both.decide("Mail.Read").outcome is ADMIN
    narrow = condition_set(**condition, permissions=permission_ids("Mail.Send"))
    assert Tenant().custom(narrow).decide("Mail.Read").outcome is ADMIN


@pytest.mark.parametrize(
    "condition",
    [
        {"certifiedClientApplicationsOnly": False},
        {"scopeSensitivityLabels": {"labelKind": "all"}},
        {"clientApplicationMoonPhase": None},
        {"clientApplicationIds@odata.type": "#Collection(String)"},
    ],
)
def test_condition_that_asks_for_nothing(condition: dict[str, Json]) -> None:
    decision = Tenant().custom(condition_set(**condition)).decide("Mail.Read")
    assert (decision.outcome, decision.certainty) == (USER, Certainty.CERTAIN)


def test_guest_with_the_guest_role_of_members() -> None:
    tenant = Tenant().policies(RECOMMENDED, guestUserRoleId="A0B1B346-4D3E-4E8B-98F8-753987BE4970")
    assert tenant.decide("Mail.Send", asker=GUEST).outcome is USER


def test_any_other_guest() -> None:
    tenant = Tenant().policies(RECOMMENDED)
    decision = tenant.decide("Mail.Send", asker=GUEST)
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["guest-rules-open"])
    assert decision.caveats == ("guest-rules",)
    assert tenant.decide("User.Read.All", asker=GUEST).outcome is ADMIN
    assert Tenant().decide("Mail.Send", asker=GUEST).outcome is ADMIN
    assert Tenant().granted("Mail.Send").decide("Mail.Send", asker=GUEST).outcome.ready
    disabled = Tenant().client(accountEnabled=False)
    assert disabled.decide("Mail.Send", asker=GUEST).outcome is Outcome.BLOCKED
    admin_type = Tenant().custom(condition_set()).decide("User.Read.All", asker=GUEST)
    assert admin_type.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("allowed", "blocked", "expected"),
    [
        (None, None, ADMIN),
        (False, "True", ADMIN),
        (True, None, USER),
        (True, "false", USER),
        (True, "true", UNKNOWN),
        (False, "False", UNKNOWN),
        (None, "false", UNKNOWN),
        (False, "perhaps", UNKNOWN),
    ],
)
def test_the_two_risk_switches(
    *, allowed: bool | None, blocked: str | None, expected: Outcome
) -> None:
    tenant = Tenant().policies(LEGACY, allowUserConsentForRiskyApps=allowed).client(verified=False)
    if blocked is not None:
        tenant.settings(BlockUserConsentForRiskyApps=blocked)
    decision = tenant.decide("Mail.Read")
    assert decision.outcome is expected
    if blocked in {"true", "false", "False"} and expected is UNKNOWN:
        assert decision.caveats == ("risk-switches-disagree",)


def test_the_two_risk_switches_do_not_matter_where_the_policies_refuse() -> None:
    tenant = Tenant().policies(RECOMMENDED, allowUserConsentForRiskyApps=True)
    tenant.client(verified=False).settings(BlockUserConsentForRiskyApps="true")
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, decision.certainty) == (ADMIN, Certainty.CERTAIN)


def test_unverified_app_of_another_tenant() -> None:
    tenant = Tenant().policies(LEGACY).client(verified=False)
    assert tenant.decide(*SIGN_IN).outcome is USER
    decision = tenant.decide(*SIGN_IN, "Mail.Send")
    assert (decision.outcome, decision.caveats) == (ADMIN, ("risk-rule",))
    assert tenant.client(verified=False, owner=HERE).decide("Mail.Send").outcome is USER


@pytest.mark.parametrize(
    ("policy", "publisher", "expected"),
    [
        (RECOMMENDED, Publisher.VERIFIED, USER),
        (RECOMMENDED, Publisher.UNVERIFIED, ADMIN),
        (RECOMMENDED, Publisher.UNKNOWN, UNKNOWN),
        (LOW, Publisher.VERIFIED, USER),
        (LOW, Publisher.UNVERIFIED, ADMIN),
        (LOW, Publisher.UNKNOWN, UNKNOWN),
    ],
)
def test_app_not_in_the_tenant(policy: str, publisher: Publisher, expected: Outcome) -> None:
    tenant = Tenant().policies(policy).classified(*SIGN_IN, "Mail.Send").no_client()
    decision = tenant.decide("Mail.Send", *SIGN_IN, publisher=publisher)
    assert decision.outcome is expected
    if expected is UNKNOWN:
        assert codes(decision) == ["publisher-not-stated"]
        assert "--publisher verified|unverified settles it." in decision.reasons[0].text


def test_app_not_in_the_tenant_and_what_holds_for_any_publisher() -> None:
    assert Tenant().no_client().decide("Mail.Send").outcome is ADMIN
    assert Tenant().policies(RECOMMENDED).no_client().decide("Mail.Read").outcome is ADMIN
    assert Tenant().policies(RECOMMENDED).no_client().decide(*SIGN_IN).outcome is USER


def test_app_not_in_the_tenant_and_a_policy_for_apps_of_its_tenant() -> None:
    tenant = Tenant().no_client()
    tenant.custom(
        condition_set(clientApplicationTenantIds=["bbbbbbbb-0000-4000-8000-000000000002"])
    )
    decision = tenant.decide("User.Read", publisher=Publisher.VERIFIED)
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["fact-not-read"])
    assert decision.reasons[0].text == (
        "In which tenant App is registered: not known "
        "(the tenant does not know the app yet, so Graph cannot tell)."
    )


def test_app_not_in_the_tenant_and_a_policy_for_one_publisher() -> None:
    tenant = Tenant().no_client().custom(condition_set(clientApplicationPublisherIds=["6100001"]))
    assert tenant.decide("User.Read", publisher=Publisher.VERIFIED).outcome is UNKNOWN
    assert tenant.decide("User.Read", publisher=Publisher.UNVERIFIED).outcome is ADMIN
    assert tenant.decide("User.Read").outcome is UNKNOWN


def test_own_registration_without_a_service_principal() -> None:
    tenant = Tenant().policies(LEGACY).registered().no_client()
    decision = tenant.decide("Mail.Read", registration=registration())
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["service-principal-missing"])
    assert decision.caveats == ("own-registration-without-service-principal",)


def test_own_registration_under_a_managed_policy() -> None:
    tenant = Tenant().policies(RECOMMENDED).client(verified=False, owner=HERE).registered()
    assert tenant.decide("Mail.Read", registration=registration()).outcome is ADMIN
    assert tenant.decide("Mail.Send", registration=registration()).outcome is USER
    tenant.refuses("permission-grant-policy", RECOMMENDED)
    unread = tenant.decide("Mail.Read", "Mail.Send", registration=registration())
    assert [one.outcome for one in unread.permissions] == [UNKNOWN, UNKNOWN]
    dated = [
        step.text for one in unread.permissions for step in one.trace if step.rule == "dated-table"
    ]
    assert "had Mail.Read left to administrators" in dated[0]
    assert "had Mail.Send not left to administrators" in dated[1]


@pytest.mark.parametrize("scope", ["address", "Phone"])
def test_scopes_that_entra_does_not_support(scope: str) -> None:
    decision = Tenant().policies(LEGACY).decide(scope)
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["scope-not-supported"])
    assert decision.caveats == ("scope-not-supported",)
    assert "leave it out" in decision.reasons[0].text


@pytest.mark.parametrize(
    ("scope", "twin"),
    [("EXO:IMAP.AccessAsUser.All", GRAPH), ("IMAP.AccessAsUser.All", EXCHANGE)],
)
def test_grant_on_the_permission_of_the_same_name(scope: str, twin: str) -> None:
    tenant = Tenant().granted("IMAP.AccessAsUser.All", resource=twin)
    decision = tenant.decide(scope)
    assert (decision.outcome, decision.caveats) == (UNKNOWN, ("grant-on-twin-permission",))
    # Where the other resource was not read, the grant may be on it: still no verdict.
    assert tenant.forgets("resource-service-principal", twin).decide(scope).outcome is UNKNOWN
    assert Tenant().decide(scope).outcome is ADMIN


def test_grants_that_cannot_be_read() -> None:
    decision = Tenant().refuses("client-grants", Tenant().app_id).decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["fact-not-read"])
    (missing,) = only(decision).missing
    assert (missing.why, missing.needs) == (Why.REFUSED, ("Directory.Read.All",))


@pytest.mark.parametrize(
    ("second", "on", "reviewers", "offered", "error"),
    [
        (None, True, 1, True, "AADSTS90095"),
        ("true", True, 1, True, "AADSTS90095"),
        (None, False, 0, False, "AADSTS90094"),
        ("False", False, 0, False, "AADSTS90094"),
        (None, True, 0, None, None),
        ("false", True, 1, None, None),
        ("true", False, 0, None, None),
        ("maybe", True, 1, None, None),
    ],
)
def test_the_admin_consent_workflow(
    *, second: str | None, on: bool, reviewers: int, offered: bool | None, error: str | None
) -> None:
    tenant = Tenant().workflow(on=on, reviewers=reviewers)
    if second is not None:
        tenant.settings(EnableAdminConsentRequests=second)
    decision = tenant.decide("Mail.Read")
    assert (decision.workflow_offered, decision.predicted_error) == (offered, error)
    assert decision.caveats == (("workflow-unclear",) if offered is None else ())
    assert (decision.outcome, decision.certainty) == (ADMIN, Certainty.CERTAIN)
    ready = tenant.granted("Mail.Read").decide("Mail.Read")
    assert ready.caveats == ()


@pytest.mark.parametrize("source", ["admin-consent-request-policy", "group-settings"])
def test_the_admin_consent_workflow_that_cannot_be_read(source: str) -> None:
    decision = Tenant().workflow(on=True).refuses(source).decide("Mail.Read")
    assert (decision.workflow_offered, decision.caveats) == (None, ())


def test_the_tenants_own_id_cannot_be_read() -> None:
    tenant = Tenant().policies(LOW).classified(*SIGN_IN).client(verified=False, owner=HERE)
    decision = tenant.refuses("organization").decide("User.Read")
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["fact-not-read"])


@pytest.mark.parametrize(
    "tenant",
    [
        Tenant().client(disabledByMicrosoftStatus="UnderReview"),
        Tenant().client(signInAudience="EverybodyOnMars"),
        Tenant().says("organization", {"value": [{"id": HERE, "tenantType": "New"}]}),
        Tenant().says("organization", {"value": [{"id": HERE, "tenantType": None}]}),
        Tenant().classified("Mail.Send", level="colossal"),
        Tenant().granted("Mail.Send", consent_type="SomePrincipals"),
    ],
)
def test_unknown_value_of_an_enum(tenant: Tenant) -> None:
    tenant.custom(condition_set(permissionClassification="low"))
    assert tenant.decide("Mail.Send").outcome is UNKNOWN


def test_unknown_type_of_a_permission() -> None:
    tenant = Tenant().policies(LEGACY)
    scope: Json = {"id": "x", "value": "Mail.Read", "type": "Owner", "isEnabled": True}
    tenant.resource(GRAPH, oauth2PermissionScopes=[scope])
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, decision.caveats) == (UNKNOWN, ("unknown-value",))
