"""Demands on an own app registration: met, not met, not known."""

import pytest

from auditor.model.decision import Answer, Decision, Outcome
from tests.unit.consent_case import (
    GRAPH,
    HERE,
    IDS,
    LEGACY,
    Json,
    Tenant,
    codes,
    registration,
)

USER = Outcome.USER_CAN_CONSENT


def own(**members: Json) -> Tenant:
    tenant = Tenant().policies(LEGACY).client(owner=HERE, verified=False)
    return tenant.registered(**members)  # type: ignore[arg-type]


def checked(decision: Decision, name: str) -> list[Answer]:
    return [check.answer for check in decision.registration if check.name == name]


def test_a_registration_that_is_in_order() -> None:
    listed: Json = [
        {
            "resourceAppId": GRAPH.upper(),
            "resourceAccess": [{"id": IDS[GRAPH, "Mail.Read"], "type": "Scope"}],
        }
    ]
    decision = own(requiredResourceAccess=listed).decide("Mail.Read", registration=registration())
    assert decision.outcome is USER
    assert {check.answer for check in decision.registration} == {Answer.YES}
    texts = [check.text for check in decision.registration]
    assert "A credential is valid until 2027-01-01: 121 days left." in texts
    assert len(texts) == 7


def test_a_vendors_own_app_has_no_demands() -> None:
    assert own().decide("Mail.Read").registration == ()


@pytest.mark.parametrize(
    ("members", "code", "error"),
    [
        ({"isDisabled": True}, "registration-deactivated", "AADSTS7000112"),
        ({"signInAudience": "AzureADMultipleOrgs"}, "audience-does-not-fit", "AADSTS50194"),
        ({"web": {"redirectUris": []}}, "redirect-uri-not-registered", "AADSTS50011"),
        ({"web": None}, "redirect-uri-not-registered", "AADSTS50011"),
        ({"passwordCredentials": []}, "credential-missing", "AADSTS7000218"),
        (
            {"passwordCredentials": [{"endDateTime": "2026-08-01T00:00:00Z"}]},
            "credential-expired",
            "AADSTS7000222",
        ),
    ],
)
def test_a_demand_that_is_not_met(members: dict[str, Json], code: str, error: str) -> None:
    decision = own(**members).decide("Mail.Read", registration=registration())
    assert (decision.outcome, codes(decision)) == (Outcome.BLOCKED, [code])
    assert decision.predicted_error == error


@pytest.mark.parametrize(
    "member",
    [
        "isDisabled",
        "signInAudience",
        "web",
        "passwordCredentials",
        "keyCredentials",
    ],
)
def test_a_member_that_is_left_out(member: str) -> None:
    decision = own(without=member).decide("Mail.Read", registration=registration())
    assert (decision.outcome, codes(decision)) == (Outcome.UNKNOWN, ["fact-not-read"])
    assert Answer.UNKNOWN in {check.answer for check in decision.registration}


@pytest.mark.parametrize(
    ("ends", "answer"),
    [
        ("2026-09-01T12:00:00Z", Answer.NO),
        ("2026-09-01T12:00:01Z", Answer.YES),
        ("2026-09-01T14:00:01+02:00", Answer.YES),
        ("2026-09-01T12:00:01", Answer.UNKNOWN),
        (None, Answer.UNKNOWN),
    ],
)
def test_expiry_at_the_boundary(ends: str | None, answer: Answer) -> None:
    tenant = own(passwordCredentials=[{"endDateTime": ends}])
    decision = tenant.decide("Mail.Read", registration=registration())
    assert checked(decision, "credential") == [answer]


def test_one_valid_credential_of_either_kind_is_enough() -> None:
    valid: Json = {"endDateTime": "2026-09-02T12:00:00Z"}
    old: Json = {"endDateTime": "2020-01-01T00:00:00Z"}
    undated: Json = {"endDateTime": None}
    tenant = own(passwordCredentials=[old, undated], keyCredentials=[valid])
    decision = tenant.decide("Mail.Read", registration=registration())
    assert checked(decision, "credential") == [Answer.YES]
    assert "1 days left" in str(decision.registration) or "1 day left" in str(decision.registration)


def test_a_public_client_needs_no_credential() -> None:
    wanted = registration(platform="public", credential=False, redirect_uris=("http://localhost",))
    tenant = own(publicClient={"redirectUris": ["http://localhost"]}, passwordCredentials=[])
    assert tenant.decide("Mail.Read", registration=wanted).outcome is USER


def test_a_single_page_app() -> None:
    wanted = registration(platform="spa")
    tenant = own(spa={"redirectUris": ["https://app.example/callback"]})
    assert tenant.decide("Mail.Read", registration=wanted).outcome is USER


@pytest.mark.parametrize("uri", ["https://app.example/Callback", "https://app.example/callback/"])
def test_redirect_uris_are_compared_exactly(uri: str) -> None:
    decision = own(web={"redirectUris": [uri]}).decide("Mail.Read", registration=registration())
    assert decision.outcome is Outcome.BLOCKED
    assert f"{uri} is, which differs" in decision.reasons[0].text


def test_every_redirect_uri_is_wanted_and_named() -> None:
    wanted = registration(redirect_uris=("https://a.example/", "https://b.example/"))
    decision = own().decide("Mail.Read", "Mail.Send", registration=wanted)
    assert [why.text.split()[0] for why in decision.reasons] == [
        "https://a.example/",
        "https://b.example/",
    ]


def test_an_audience_that_is_not_documented() -> None:
    decision = own(signInAudience="Everybody").decide("Mail.Read", registration=registration())
    assert (decision.outcome, decision.caveats) == (Outcome.UNKNOWN, ("unknown-value",))


def test_permissions_that_are_not_listed_do_not_decide() -> None:
    decision = own().decide("Mail.Read", registration=registration())
    assert (decision.outcome, checked(decision, "declared-permissions")) == (USER, [Answer.NO])
    tenant = own(without="requiredResourceAccess")
    decision = tenant.decide("Mail.Read", registration=registration())
    assert checked(decision, "declared-permissions") == [Answer.UNKNOWN]
    tenant = own().refuses("resource-service-principal", GRAPH)
    decision = tenant.decide("Mail.Read", registration=registration())
    assert checked(decision, "declared-permissions") == [Answer.UNKNOWN]


def test_the_service_principal_of_the_registration() -> None:
    missing = own().no_client().decide("Mail.Read", registration=registration())
    assert checked(missing, "service-principal") == [Answer.NO]
    tenant = own()
    unread = tenant.refuses("client-service-principal", tenant.app_id)
    decision = unread.decide("Mail.Read", registration=registration())
    assert checked(decision, "service-principal") == [Answer.UNKNOWN]


def test_an_app_that_is_not_registered_here() -> None:
    nowhere = Tenant().policies(LEGACY).no_client()
    decision = nowhere.decide("Mail.Read", registration=registration())
    assert (decision.outcome, codes(decision)) == (Outcome.BLOCKED, ["app-not-registered"])
    partner = nowhere.decide("User.Read", registration=registration(elsewhere=True))
    assert partner.outcome is USER


def test_an_app_whose_registration_is_in_another_tenant() -> None:
    decision = Tenant().policies(LEGACY).decide("Mail.Read", registration=registration())
    assert (decision.outcome, checked(decision, "registered")) == (USER, [Answer.UNKNOWN])
    assert decision.caveats == ("registration-not-readable",)
    assert "another tenant" in decision.registration[0].text


def test_a_registration_of_this_tenant_that_is_gone() -> None:
    tenant = own()
    tenant.absent("application", tenant.app_id)
    decision = tenant.decide("Mail.Read", registration=registration())
    assert (decision.outcome, codes(decision)) == (Outcome.BLOCKED, ["app-not-registered"])


def test_a_redirect_uri_that_was_not_given() -> None:
    wanted = registration(redirect_uris=(), unchecked=("https://{domain}/callback",))
    decision = own().decide("Mail.Read", registration=wanted)
    assert (decision.outcome, decision.caveats) == (USER, ("redirect-uri-not-checked",))


def test_a_registration_that_cannot_be_read() -> None:
    tenant = own()
    decision = tenant.refuses("application", tenant.app_id).decide(
        "Mail.Read", registration=registration()
    )
    assert (decision.outcome, codes(decision)) == (Outcome.UNKNOWN, ["fact-not-read"])
    # Without the service principal nobody knows whether the app is registered elsewhere.
    lost = Tenant().policies(LEGACY)
    lost.refuses("client-service-principal", lost.app_id)
    decision = lost.decide("Mail.Read", registration=registration())
    assert decision.outcome is Outcome.UNKNOWN
    nobody = Tenant().decide("Mail.Read", registration=registration(), app_id=None)
    assert (nobody.outcome, codes(nobody)) == (Outcome.UNKNOWN, ["app-id-not-given"])
