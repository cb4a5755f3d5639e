"""Condition sets: every condition matched, not matched and undecided; includes and excludes."""

import pytest

from auditor.model.decision import Answer, Certainty, Outcome, TraceStep
from auditor.model.profile import Publisher
from tests.unit.consent_case import (
    APP,
    ELSEWHERE,
    EXCHANGE,
    GRAPH,
    HERE,
    IDS,
    LOW,
    RECOMMENDED,
    Json,
    Tenant,
    codes,
    condition_set,
    only,
    permission_ids,
)

ADMIN = Outcome.ADMIN_APPROVAL_REQUIRED
USER = Outcome.USER_CAN_CONSENT
UNKNOWN = Outcome.UNKNOWN
MAIL = IDS[GRAPH, "Mail.Read"]

MATCHED: list[dict[str, Json]] = [
    {"permissionType": "delegated"},
    {"permissionType": "DelegatedUserConsentable"},
    {"permissionClassification": "ALL"},
    {"permissionClassification": "Low"},
    {"permissions": ["ALL"]},
    {"permissions": [MAIL.upper(), "x"]},
    {"resourceApplication": "Any"},
    {"resourceApplication": GRAPH.upper()},
    {"clientApplicationIds": ["x", APP.upper()]},
    {"clientApplicationTenantIds": ["All"]},
    {"clientApplicationTenantIds": [ELSEWHERE.upper()]},
    {"clientApplicationPublisherIds": ["6100001"]},
    {"clientApplicationsFromVerifiedPublisherOnly": True},
]
NOT_MATCHED: list[dict[str, Json]] = [
    {"permissionType": "application"},
    {"permissionClassification": "medium"},
    {"permissions": []},
    {"permissions": [IDS[GRAPH, "Mail.Send"]]},
    {"resourceApplication": EXCHANGE},
    {"resourceApplication": ""},
    {"clientApplicationIds": []},
    {"clientApplicationIds": [HERE]},
    {"clientApplicationTenantIds": [HERE]},
    {"clientApplicationPublisherIds": ["6100002"]},
]


@pytest.mark.parametrize("condition", MATCHED, ids=str)
def test_condition_matches(condition: dict[str, Json]) -> None:
    tenant = Tenant().classified("Mail.Read").custom(condition_set(**condition))
    assert tenant.decide("Mail.Read").outcome is USER


@pytest.mark.parametrize("condition", NOT_MATCHED, ids=str)
def test_condition_does_not_match(condition: dict[str, Json]) -> None:
    tenant = Tenant().classified("Mail.Read").custom(condition_set(**condition))
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, decision.certainty) == (ADMIN, Certainty.CERTAIN)
    (failing,) = [step for step in only(decision).trace if step.condition]
    assert failing.condition == next(iter(condition))
    assert failing.result is Answer.NO
    assert failing.text.startswith(("It is for ", "It names "))


UNREAD: list[tuple[dict[str, Json], str, str]] = [
    ({"permissionClassification": "low"}, "permission-classifications", GRAPH),
    ({"permissions": [MAIL]}, "resource-service-principal", GRAPH),
    ({"permissionType": "delegated"}, "resource-service-principal", GRAPH),
    ({"permissionType": "new"}, "resource-service-principal", GRAPH),
    ({"permissionClassification": "low"}, "resource-service-principal", GRAPH),
    ({"clientApplicationTenantIds": [HERE]}, "client-service-principal", APP),
    ({"clientApplicationPublisherIds": ["1"]}, "client-service-principal", APP),
    ({"clientApplicationsFromVerifiedPublisherOnly": True}, "client-service-principal", APP),
]


@pytest.mark.parametrize(("condition", "source", "subject"), UNREAD, ids=str)
def test_condition_whose_fact_is_not_read(
    condition: dict[str, Json], source: str, subject: str
) -> None:
    tenant = Tenant().classified("Mail.Read").custom(condition_set(**condition))
    decision = tenant.refuses(source, subject).decide("Mail.Read")
    assert (decision.outcome, set(codes(decision))) == (UNKNOWN, {"fact-not-read"})
    assert source in {fact.source for fact in only(decision).missing}


def test_type_application_matches_no_delegated_permission_even_when_that_is_not_read() -> None:
    tenant = Tenant().custom(condition_set(permissionType="application"))
    tenant.refuses("resource-service-principal", GRAPH)
    steps = [one for one in only(tenant.decide("Mail.Read")).trace if one.condition]
    assert [(one.condition, one.result) for one in steps] == [("permissionType", Answer.NO)]


def test_omitted_conditions_have_their_widest_value() -> None:
    decision = Tenant().custom({"permissionType": "delegated"}).decide("Mail.Read")
    assert (decision.outcome, decision.certainty) == (USER, Certainty.CERTAIN)


def test_an_omitted_type_is_not_guessed() -> None:
    assert Tenant().custom({"id": "x"}).decide("Mail.Read").outcome is UNKNOWN


def test_a_policy_without_includes_allows_nothing() -> None:
    decision = Tenant().custom().decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (ADMIN, ["no-policy-covers"])


def test_one_matching_include_is_enough_and_one_matching_exclude_forbids() -> None:
    no, yes = condition_set(permissions=[]), condition_set()
    assert Tenant().custom(no, yes).decide("Mail.Read").outcome is USER
    assert Tenant().custom(yes, excludes=(no, no)).decide("Mail.Read").outcome is USER
    decision = Tenant().custom(yes, excludes=(no, yes)).decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (ADMIN, ["excluded-by-policy"])


def test_all_conditions_of_a_set_must_match() -> None:
    for condition in NOT_MATCHED:
        wide = dict(MATCHED[3]) | dict(MATCHED[12]) | dict(condition)
        assert (
            Tenant()
            .classified("Mail.Read")
            .custom(condition_set(**wide))
            .decide("Mail.Read")
            .outcome
            is ADMIN
        )


def test_a_set_that_certainly_does_not_match_needs_no_other_fact() -> None:
    tenant = Tenant().custom(
        condition_set(permissions=[], clientApplicationsFromVerifiedPublisherOnly=True)
    )
    assert tenant.no_client().decide("User.Read").outcome is ADMIN


def test_an_exclude_in_one_policy_takes_nothing_from_another() -> None:
    tenant = Tenant().policies("a", "b")
    tenant.policy("a", [condition_set()], [condition_set()]).policy("b", [condition_set()])
    decision = tenant.decide("Mail.Read")
    assert decision.outcome is USER
    verdicts = [
        s for s in only(decision).trace if s.rule == "app-consent-policy" and not s.condition
    ]
    assert [(one.subject, one.result) for one in verdicts] == [("a", Answer.NO), ("b", Answer.YES)]


def test_an_undecided_include_beside_a_matching_exclude_is_excluded() -> None:
    odd = condition_set(certifiedClientApplicationsOnly=True)
    decision = Tenant().custom(odd, excludes=(condition_set(),)).decide("Mail.Read")
    assert (decision.outcome, codes(decision)) == (ADMIN, ["excluded-by-policy"])


@pytest.mark.parametrize(
    "members",
    [{"includeAllPreApprovedApplications": True}, {"resourceScopeType": "group"}, {"moon": 1}],
)
def test_a_policy_with_members_that_cannot_be_evaluated(members: dict[str, Json]) -> None:
    tenant = Tenant().policies("custom")
    tenant.policy("custom", [condition_set()], None, **members)
    decision = tenant.decide("Mail.Read")
    assert (decision.outcome, decision.caveats) == (UNKNOWN, ("undecided-condition",))


def test_policy_members_that_change_nothing() -> None:
    tenant = Tenant().policies("custom")
    tenant.policy(
        "custom",
        [condition_set()],
        None,
        includeAllPreApprovedApplications=False,
        resourceScopeType="tenant",
        displayName="Custom",
        moon=None,
    )
    assert tenant.decide("Mail.Read").outcome is USER


@pytest.mark.parametrize(
    "entry",
    [
        f"managepermissiongrantsforself.{LOW}",
        f"MANAGEPERMISSIONGRANTSFORSELF.{LOW.upper()}",
        f"ManagePermissionGrantsForSelf.{LOW}",
    ],
)
def test_prefixes_and_ids_in_any_letter_case(entry: str) -> None:
    tenant = Tenant().policies(LOW).policies(entries=(entry,)).classified("Mail.Read", "User.Read")
    decision = tenant.classified("offline_access").decide("Mail.Read")
    assert (decision.outcome, decision.certainty) == (USER, Certainty.CERTAIN)


def test_a_policy_that_is_assigned_twice_is_evaluated_once() -> None:
    entry = f"managePermissionGrantsForSelf.{RECOMMENDED.title()}"
    decision = Tenant().policies(RECOMMENDED, entries=(entry,)).decide("Mail.Send")
    verdicts = [
        s for s in only(decision).trace if s.rule == "app-consent-policy" and not s.condition
    ]
    assert len(verdicts) == 1


def steps(tenant: Tenant, scope: str) -> list[TraceStep]:
    return [one for one in only(tenant.decide(scope)).trace if one.condition]


def test_the_trace_of_an_exclude_names_its_set_and_every_condition() -> None:
    found = steps(Tenant().policies(RECOMMENDED), "Mail.Read")
    sets = {one.condition_set.partition(" (")[0] for one in found}
    assert sets == {"include 1", "exclude 1"}
    listed = next(one for one in found if one.wanted == MAIL)
    assert (listed.condition, listed.found) == ("permissions", f"Mail.Read ({MAIL})")


def test_reasons_name_what_the_nearest_include_lacks() -> None:
    tenant = Tenant().policies(LOW).client(verified=False, owner=HERE)
    decision = tenant.decide("Mail.Read")
    assert codes(decision) == ["not-classified"]
    neither = Tenant().policies(LOW).client(verified=False).decide("Mail.Read")
    assert set(codes(neither)) == {"not-classified", "publisher-not-verified"}


def test_the_app_is_not_named() -> None:
    decision = Tenant().policies(RECOMMENDED).decide("Mail.Send", "Mail.Read", app_id=None)
    assert (decision.outcome, codes(decision)) == (UNKNOWN, ["app-id-not-given"])
    wide = Tenant().custom(condition_set(clientApplicationIds=[APP]))
    assert wide.decide("Mail.Send", app_id=None, publisher=Publisher.VERIFIED).outcome is UNKNOWN


def test_requests_for_several_resources_are_taken_to_come_one_at_a_time() -> None:
    tenant = Tenant().policies(RECOMMENDED)
    decision = tenant.decide("Mail.Send", "EXO:SMTP.Send", "openid")
    assert (decision.outcome, decision.caveats) == (USER, ("several-resources",))
    one = Tenant().policies("a", "b")
    one.policy("a", [condition_set(resourceApplication=GRAPH)])
    one.policy("b", [condition_set(resourceApplication=EXCHANGE)])
    assert one.decide("Mail.Send", "EXO:SMTP.Send").outcome is USER
    assert one.decide("Mail.Send", "openid", "EXO:SMTP.Send").outcome is UNKNOWN


def test_what_entra_adds_to_a_first_consent() -> None:
    narrow = Tenant().custom(condition_set(permissions=permission_ids("Mail.Send")))
    decision = narrow.decide("Mail.Send")
    assert (decision.outcome, decision.caveats) == (USER, ("automatic-sign-in-scopes",))
    again = narrow.granted("User.Read offline_access").decide("Mail.Send")
    assert (again.outcome, again.caveats) == (USER, ())


def test_whether_a_part_takes_part_is_not_known() -> None:
    """Mail.Send, granted or not, decides whether one policy has to cover both."""
    tenant = Tenant().policies("a", "b")
    tenant.policy("a", [condition_set(permissions=permission_ids("Mail.Read"))])
    tenant.policy("b", [condition_set(permissions=permission_ids("Mail.Send"))])
    tenant.granted("Mail.Send", consent_type="SomePrincipals").granted("User.Read")
    decision = tenant.decide("Mail.Read", "Mail.Send")
    assert [one.outcome for one in decision.permissions] == [UNKNOWN, UNKNOWN]
    assert "unknown-value" in decision.permissions[0].caveats
    assert "policies-cover-in-parts" not in decision.permissions[0].caveats
    tenant.granted("Mail.Send")
    assert tenant.decide("Mail.Read", "Mail.Send").outcome is USER
