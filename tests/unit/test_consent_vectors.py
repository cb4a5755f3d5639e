"""The test vectors T1 to T24: what Microsoft's documents say of 24 small cases."""

import pytest

from auditor.model.cloud import Cloud
from auditor.model.decision import Certainty, Outcome
from auditor.model.profile import Asker
from tests.unit.consent_case import (
    HERE,
    LEGACY,
    LOW,
    MAIL_CLIENTS,
    OTHER_APP,
    PERSON,
    RECOMMENDED,
    SIGN_IN,
    THUNDERBIRD,
    Tenant,
    codes,
    condition_set,
    permission_ids,
)

ADMIN = Outcome.ADMIN_APPROVAL_REQUIRED
USER = Outcome.USER_CAN_CONSENT


def test_t1_consent_off() -> None:
    decision = Tenant().decide("User.Read")
    assert (decision.outcome, codes(decision)) == (ADMIN, ["user-consent-off"])
    assert decision.predicted_error == "AADSTS90094"


def test_t2_low_and_every_permission_classified() -> None:
    decision = Tenant().policies(LOW).classified(*SIGN_IN).decide(*SIGN_IN)
    assert (decision.outcome, decision.certainty) == (USER, Certainty.CERTAIN)


def test_t3_low_and_one_permission_not_classified() -> None:
    decision = Tenant().policies(LOW).classified(*SIGN_IN).decide(*SIGN_IN, "Mail.Read")
    assert (decision.outcome, codes(decision)) == (ADMIN, ["not-classified"])
    assert (
        decision.reasons[0].text
        == "The policy asks for the classification Low; nobody has given it to Mail.Read."
    )


def test_t4_low_and_an_unverified_app_of_another_tenant() -> None:
    decision = (
        Tenant().policies(LOW).classified(*SIGN_IN).client(verified=False).decide("User.Read")
    )
    assert (decision.outcome, codes(decision)) == (ADMIN, ["publisher-not-verified"])


def test_t5_low_and_an_unverified_app_of_this_tenant() -> None:
    tenant = Tenant().policies(LOW).classified(*SIGN_IN, "Mail.Send")
    decision = tenant.client(verified=False, owner=HERE).decide("Mail.Send", "User.Read")
    assert (decision.outcome, decision.certainty) == (USER, Certainty.CERTAIN)


def test_t6_recommended_and_permissions_that_are_free() -> None:
    decision = Tenant().policies(RECOMMENDED).decide("Mail.Send", "User.Read")
    assert (decision.outcome, decision.certainty) == (USER, Certainty.CERTAIN)


def test_t7_recommended_and_an_excluded_permission() -> None:
    decision = Tenant().policies(RECOMMENDED).decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (ADMIN, ["excluded-by-policy"])
    assert RECOMMENDED in decision.reasons[0].text


def test_t8_a_mail_client_of_the_second_managed_policy() -> None:
    tenant = Tenant().policies(RECOMMENDED, MAIL_CLIENTS).client(app_id=THUNDERBIRD)
    assert tenant.decide("EXO:IMAP.AccessAsUser.All").outcome is USER
    both = tenant.decide("EXO:IMAP.AccessAsUser.All", "EXO:SMTP.Send")
    assert (both.outcome, both.certainty) == (USER, Certainty.PROBABLE)
    assert "mail-client-policies" in both.caveats


def test_t9_a_vendor_under_both_managed_policies() -> None:
    tenant = Tenant().policies(RECOMMENDED, MAIL_CLIENTS)
    assert tenant.decide("EXO:IMAP.AccessAsUser.All").outcome is ADMIN


def test_t10_a_permission_of_the_type_admin() -> None:
    decision = Tenant().policies(RECOMMENDED).decide("User.Read.All")
    assert (decision.outcome, codes(decision)) == (ADMIN, ["admin-only-permission"])


def test_t11_consent_off_and_granted_for_everybody() -> None:
    decision = Tenant().granted("Mail.Read").decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (Outcome.NO_PROMPT, ["granted-tenant-wide"])


def test_t12_consent_off_and_granted_in_part() -> None:
    decision = Tenant().granted("Mail.Read").decide("Mail.Read", "Mail.Send")
    assert [one.outcome for one in decision.permissions] == [Outcome.NO_PROMPT, ADMIN]
    assert decision.outcome is ADMIN


@pytest.mark.parametrize(("policy", "expected"), [(LEGACY, USER), (None, ADMIN)])
def test_t13_prompt_consent_ignores_grants(policy: str | None, expected: Outcome) -> None:
    tenant = Tenant().policies(*([policy] if policy else [])).granted("Mail.Read")
    assert tenant.decide("Mail.Read", prompt_consent=True).outcome is expected


def test_t14_assignment_required_and_the_person_is_assigned() -> None:
    tenant = Tenant().policies(LEGACY).client(appRoleAssignmentRequired=True)
    decision = tenant.person(assigned=True).decide("Mail.Read", asker=Asker(user_id=PERSON))
    assert (decision.outcome, codes(decision)) == (ADMIN, ["assignment-required"])


def test_t15_assignment_required_and_the_person_is_not_assigned() -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True).granted("Mail.Read")
    decision = tenant.person().decide("Mail.Read", asker=Asker(user_id=PERSON))
    assert (decision.outcome, decision.predicted_error) == (Outcome.BLOCKED, "AADSTS50105")


def test_t16_the_app_is_disabled() -> None:
    decision = Tenant().client(accountEnabled=False).granted("Mail.Read").decide("Mail.Read")
    assert (decision.outcome, decision.predicted_error) == (Outcome.BLOCKED, "AADSTS7000112")


def test_t17_the_risk_rule() -> None:
    decision = Tenant().policies(LEGACY).client(verified=False).decide("Mail.Read")
    assert (decision.outcome, decision.certainty) == (ADMIN, Certainty.PROBABLE)
    assert (codes(decision), decision.caveats) == (["risky-app"], ("risk-rule",))
    assert decision.predicted_error == "AADSTS900941"


def test_t18_a_custom_policy_for_one_app() -> None:
    tenant = Tenant().custom(
        condition_set(
            clientApplicationIds=[Tenant().app_id.upper()],
            permissions=permission_ids("Mail.Read", "User.Read", "offline_access"),
        )
    )
    assert tenant.decide("Mail.Read", "User.Read").outcome is USER
    assert tenant.client(app_id=OTHER_APP).decide("Mail.Read", "User.Read").outcome is ADMIN


def test_t19_two_policies_that_cover_a_half_each() -> None:
    tenant = Tenant().policies("a", "b")
    tenant.policy("a", [condition_set(permissions=permission_ids("Mail.Read"))])
    tenant.policy("b", [condition_set(permissions=permission_ids("Mail.Send"))])
    decision = tenant.decide("Mail.Read", "Mail.Send")
    assert (decision.outcome, codes(decision)) == (Outcome.UNKNOWN, ["policies-cover-in-parts"])
    assert decision.caveats == ("policies-cover-in-parts",)


def test_t20_an_assigned_policy_that_does_not_exist() -> None:
    tenant = Tenant().policies("gone", LOW).absent("permission-grant-policy", "gone")
    assert tenant.decide("Mail.Read").outcome is ADMIN
    assert tenant.classified("Mail.Read").decide("Mail.Read").outcome is USER


def test_t21_a_custom_policy_that_cannot_be_read() -> None:
    tenant = Tenant().policies("custom").refuses("permission-grant-policy", "custom")
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (Outcome.UNKNOWN, ["fact-not-read"])
    assert "Policy.Read.PermissionGrant" in decision.reasons[0].text


def test_t22_a_permission_that_does_not_exist() -> None:
    decision = Tenant().policies(LEGACY).decide("File.Read")
    assert (decision.outcome, decision.predicted_error) == (Outcome.BLOCKED, "AADSTS650053")
    assert decision.reasons[0].text.endswith("The nearest that it has is Files.Read.")


def test_t23_low_in_a_national_cloud() -> None:
    tenant = Tenant(Cloud.US_GOV_L4).policies(LOW).classified(*SIGN_IN)
    tenant.client(without="verifiedPublisher")
    decision = tenant.decide("User.Read")
    assert (decision.outcome, codes(decision)) == (ADMIN, ["publisher-not-verified"])
    assert decision.reasons[0].text.startswith("This cloud has no publisher verification")
    own = tenant.client(without="verifiedPublisher", owner=HERE)
    assert own.decide("User.Read").outcome is USER


def test_t24_a_scope_with_blanks_around_it() -> None:
    decision = Tenant().policies(LOW).granted("  User.Read mail.read ").decide("Mail.Read")
    assert decision.outcome is Outcome.NO_PROMPT
