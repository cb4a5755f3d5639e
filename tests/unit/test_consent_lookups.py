"""Names are looked up without letter case, and the first of several counts."""

import pytest

from auditor.consent.exposure import Kind, exposure
from auditor.model.decision import Outcome
from tests.unit.consent_case import (
    GRAPH,
    IDS,
    LOW,
    Json,
    Tenant,
    asking,
    condition_set,
    only,
    permission_ids,
)

MAIL = IDS[GRAPH, "Mail.Read"]
OTHER = "c0ffee00-0000-4000-8000-0000000000ff"


def scope(permission_id: str, value: Json, kind: str = "User") -> Json:
    return {"id": permission_id, "value": value, "type": kind, "isEnabled": True}


@pytest.mark.parametrize("name", ["Mail.Read", "MAIL.READ", "mail.read"])
def test_the_first_of_several_permissions_of_a_name_counts(name: str) -> None:
    scopes: list[Json] = [scope(OTHER, None), scope(OTHER, name, "Admin"), scope(MAIL, "mail.READ")]
    tenant = Tenant().custom(condition_set(permissions=permission_ids("Mail.Read")))
    first = only(tenant.resource(GRAPH, oauth2PermissionScopes=scopes).decide(name))
    assert (first.id, first.outcome) == (OTHER, Outcome.ADMIN_APPROVAL_REQUIRED)
    scopes = [scopes[2], scopes[1]]
    second = only(tenant.resource(GRAPH, oauth2PermissionScopes=scopes).decide(name))
    assert (second.id, second.outcome) == (MAIL, Outcome.USER_CAN_CONSENT)


@pytest.mark.parametrize(
    ("levels", "outcome"),
    [
        (("low", "high"), Outcome.USER_CAN_CONSENT),
        (("high", "low"), Outcome.ADMIN_APPROVAL_REQUIRED),
    ],
)
def test_the_first_of_several_classifications_counts(
    levels: tuple[str, str], outcome: Outcome
) -> None:
    tenant = Tenant().policies(LOW).classified("openid", "profile", "User.Read", "offline_access")
    for level in levels:
        tenant.classified("Mail.Read", level=level)
    assert only(tenant.decide("Mail.Read")).outcome is outcome
    places = exposure(tenant.facts(), asking("Mail.Read")).by_kind[Kind.VERIFIED]
    assert ((GRAPH, "Mail.Read") in places) is (outcome is Outcome.USER_CAN_CONSENT)


def test_a_name_asked_for_twice_is_traced_as_each_is_written() -> None:
    tenant = Tenant().custom(condition_set())
    both = tenant.decide("Mail.Read", "MAIL.READ").permissions
    for one in both:
        texts = [step.text for step in one.trace if step.rule == "app-consent-policy"]
        assert any(one.asked.requirement.value in text for text in texts)
