"""What users may consent to, by kind of app, under settings whose meaning is documented."""

import pytest

from auditor.consent.exposure import Exposure, Kind, Place, exposure, kind_of
from auditor.model.cloud import Cloud
from tests.unit.consent_case import (
    EXCHANGE,
    GRAPH,
    HERE,
    IDS,
    LEGACY,
    LOW,
    MAIL_CLIENTS,
    OTHER_API,
    OTHER_APP,
    RECOMMENDED,
    SIGN_IN,
    THUNDERBIRD,
    Json,
    Tenant,
    asking,
    condition_set,
    permission_ids,
)

EVERYTHING = frozenset(IDS)
ADMIN_ONLY = frozenset({(GRAPH, "User.Read.All")})
SIGN_IN_PLACES = frozenset((GRAPH, one) for one in SIGN_IN)
MAIL = (GRAPH, "Mail.Read")
IMAP = (EXCHANGE, "IMAP.AccessAsUser.All")
NOTHING = frozenset[Place]()


def of(tenant: Tenant) -> Exposure:
    return exposure(tenant.facts(), asking("Mail.Read"))


def kinds(
    tenant: Tenant,
) -> tuple[frozenset[Place], frozenset[Place], frozenset[Place]]:
    found = of(tenant).by_kind
    return found[Kind.UNVERIFIED], found[Kind.VERIFIED], found[Kind.OWN]


def test_consent_that_is_off_opens_nothing() -> None:
    assert kinds(Tenant()) == (NOTHING, NOTHING, NOTHING)


def test_low_opens_what_is_classified_to_verified_and_own_apps() -> None:
    tenant = Tenant().policies(LOW).classified("Mail.Read", "openid").classified("email")
    tenant.classified("Mail.Send", level="medium").classified("SMTP.Send", resource=EXCHANGE)
    low = frozenset({MAIL, (GRAPH, "openid"), (GRAPH, "email"), (EXCHANGE, "SMTP.Send")})
    assert kinds(tenant) == (NOTHING, low, low)


def test_legacy_opens_everything_but_what_is_reserved_and_what_is_risky() -> None:
    wide = EVERYTHING - ADMIN_ONLY
    assert kinds(Tenant().policies(LEGACY)) == (SIGN_IN_PLACES, wide, wide)


def test_without_step_up_unverified_apps_get_the_same() -> None:
    wide = EVERYTHING - ADMIN_ONLY
    tenant = Tenant().policies(LEGACY, allowUserConsentForRiskyApps=True)
    assert kinds(tenant) == (wide, wide, wide)


def test_the_managed_policy_leaves_its_exclusions_out() -> None:
    wide = EVERYTHING - ADMIN_ONLY - {MAIL, IMAP}
    assert kinds(Tenant().policies(RECOMMENDED)) == (SIGN_IN_PLACES, wide, wide)


def test_apps_that_a_policy_names_are_told_apart() -> None:
    found = of(Tenant().policies(MAIL_CLIENTS))
    assert set(found.by_kind.values()) == {NOTHING}
    assert found.by_name == {THUNDERBIRD: {MAIL, IMAP}}


def test_names_come_in_any_letter_case_and_all_is_no_name() -> None:
    narrow = condition_set(
        permissions=permission_ids("Mail.Read"), clientApplicationIds=[OTHER_APP.upper()]
    )
    wide = condition_set(permissions=permission_ids("openid"), clientApplicationIds=["all"])
    found = of(Tenant().custom(narrow, wide))
    assert found.by_name == {OTHER_APP: {MAIL, (GRAPH, "openid")}}
    assert found.by_kind[Kind.OWN] == {(GRAPH, "openid")}


@pytest.mark.parametrize(
    ("owner", "publisher", "kind"),
    [
        (HERE, None, Kind.OWN),
        (OTHER_APP, None, Kind.UNVERIFIED),
        (OTHER_APP, "7777777", Kind.VERIFIED),
    ],
)
def test_an_app_that_a_policy_names_is_of_the_kind_that_the_tenant_says(
    owner: str, publisher: str | None, kind: Kind
) -> None:
    listed: dict[str, Json] = {
        "id": "00000000-0000-4000-8000-0000000000aa",
        "appId": OTHER_APP.upper(),
        "displayName": "Other",
        "appOwnerOrganizationId": owner,
        "verifiedPublisher": {"verifiedPublisherId": publisher},
    }
    facts = Tenant().says("service-principals", {"value": [listed]}).facts()
    assert kind_of(facts, OTHER_APP) is kind
    assert kind_of(facts, THUNDERBIRD) is Kind.VERIFIED


def test_classifications_that_cannot_be_read_may_be_low() -> None:
    low = Tenant().policies(LOW).classified("email").refuses("permission-classifications", GRAPH)
    unverified, verified, own = kinds(low)
    assert unverified == NOTHING
    assert verified == own
    assert MAIL in own
    assert IMAP not in own


def test_an_exclude_for_named_apps_is_looked_at_too() -> None:
    tenant = Tenant().custom(
        condition_set(permissions=permission_ids("openid")),
        excludes=(condition_set(clientApplicationIds=[OTHER_APP]),),
    )
    assert of(tenant).by_name == {OTHER_APP: NOTHING}


def test_a_cloud_without_verification_knows_no_verified_apps() -> None:
    tenant = Tenant(Cloud.CHINA).policies(LOW).classified("Mail.Read")
    assert of(tenant).by_kind == {Kind.UNVERIFIED: NOTHING, Kind.OWN: {MAIL}}


def test_a_policy_that_cannot_be_read_may_open_everything() -> None:
    tenant = Tenant().policies("custom").refuses("permission-grant-policy", "custom")
    assert kinds(tenant)[1] == EVERYTHING


def test_settings_that_cannot_be_read_say_nothing() -> None:
    assert kinds(Tenant().refuses("authorization-policy")) == (NOTHING, NOTHING, NOTHING)


def test_a_deleted_policy_and_disabled_permissions_open_nothing() -> None:
    off = [
        {"id": IDS[OTHER_API, "Orders.Read"], "value": "x", "type": "User", "isEnabled": False},
        {"id": IDS[OTHER_API, "profile"], "value": "", "type": "User", "isEnabled": True},
    ]
    tenant = Tenant().policies(LEGACY).resource(OTHER_API, oauth2PermissionScopes=off)  # type: ignore[arg-type]
    assert not any(home == OTHER_API for home, _ in kinds(tenant)[1])
    gone = Tenant().policies("gone").absent("permission-grant-policy", "gone")
    assert kinds(gone) == (NOTHING, NOTHING, NOTHING)


@pytest.mark.parametrize("resource", [GRAPH, EXCHANGE])
def test_permissions_named_by_their_id_are_those_of_the_resource(resource: str) -> None:
    name = "IMAP.AccessAsUser.All"
    chosen = condition_set(
        resourceApplication=resource, permissions=permission_ids(name, resource=resource)
    )
    assert kinds(Tenant().custom(chosen))[2] == {(resource, name)}
