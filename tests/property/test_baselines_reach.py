"""The sets of a baseline agree with the decision's own evaluation of condition sets."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.baselines.reach import Candidate, reach
from auditor.consent.case import Owner, Target, make_targets
from auditor.consent.logic import NO, YES, all_of, any_of
from auditor.consent.match import Matcher, compare, match
from auditor.facts import TenantFacts
from auditor.model.decision import Answer
from auditor.model.fact import Known
from auditor.model.profile import Asked
from auditor.model.tenant import ConditionSet, PermissionGrantPolicy
from tests.unit.consent_case import (
    APP,
    ELSEWHERE,
    EXCHANGE,
    GRAPH,
    HERE,
    IDS,
    OTHER_APP,
    Tenant,
    requirement,
)

SCOPES = ("Mail.Read", "Mail.Send", "User.Read.All", "EXO:SMTP.Send", "EXO:IMAP.AccessAsUser.All")
NEW = "c0ffee00-0000-4000-8000-0000000000ff"
APPS = [
    Matcher(app, Owner(YES if home == HERE else NO, Known(home), HERE), Known(publisher))
    for app, home, publisher in product(
        (APP, OTHER_APP, NEW), (HERE, ELSEWHERE, NEW), (None, "6100001", "6100002")
    )
]


def lists(*values: str) -> st.SearchStrategy[tuple[str, ...] | None]:
    named = st.sets(st.sampled_from(values), max_size=2).map(lambda found: tuple(sorted(found)))
    return st.one_of(st.none(), st.just(("all",)), named)


CONDITION_SETS = st.builds(
    ConditionSet,
    id=st.just("set"),
    permission_type=st.sampled_from(
        ["delegated", "delegatedUserConsentable", "Delegated", "application", "new", None]
    ),
    permission_classification=st.sampled_from([None, "all", "low", "Low", "medium", "new"]),
    permissions=lists(*sorted(IDS.values())[:12]),
    resource_application=st.sampled_from([None, "any", GRAPH, EXCHANGE.upper()]),
    client_application_ids=lists(APP, OTHER_APP.upper()),
    client_application_tenant_ids=lists(HERE, ELSEWHERE),
    client_application_publisher_ids=lists("6100001"),
    verified_publisher_only=st.sampled_from([None, True, False]),
    certified_only=st.sampled_from([None, False, True]),
    sensitivity_labels=st.none(),
    explicit_nulls=st.just(frozenset()),
    unrecognised=st.sampled_from([frozenset(), frozenset({"new"})]),
)
POLICIES = st.builds(
    PermissionGrantPolicy,
    id=st.just("custom"),
    display_name=st.just("Custom"),
    includes=st.lists(CONDITION_SETS, min_size=1, max_size=2).map(tuple),
    excludes=st.lists(CONDITION_SETS, max_size=1).map(tuple),
    unrecognised=st.just(frozenset()),
)


def tenant() -> TenantFacts:
    asked = Tenant().classified("Mail.Read").classified("SMTP.Send", resource=EXCHANGE)
    return asked.classified("Mail.Send", level="new").facts()


FACTS = tenant()
TARGETS = make_targets(
    FACTS, (Asked(requirement(one), required=True, features=()) for one in SCOPES)
)


def candidate(target: Target) -> Candidate:
    assert isinstance(target.published, Known)
    assert target.published.value is not None
    assert isinstance(target.level, Known)
    found = target.published.value
    kind, level = found.type.casefold(), target.level.value
    return Candidate(target.resource_app_id, found.id, found.value, kind, level)


CANDIDATES = [candidate(one) for one in TARGETS]


def allows(policy: PermissionGrantPolicy, target: Target, app: Matcher) -> Answer:
    included = any_of(
        match(compare(one, "include", policy.id, app), target) for one in policy.includes
    )
    excluded = any_of(
        match(compare(one, "exclude", policy.id, app), target) for one in policy.excludes
    )
    return all_of((included, excluded.negate())).answer


@settings(max_examples=60, deadline=None)
@given(POLICIES)
def test_reach_is_what_some_app_may_get(policy: PermissionGrantPolicy) -> None:
    found = reach(policy, CANDIDATES, verifies=True)
    assert found.sure <= found.maybe
    for position, target in enumerate(TARGETS):
        answers = {allows(policy, target, app) for app in APPS}
        assert (position in found.sure) is (Answer.YES in answers)
        assert (position in found.maybe) is (answers != {Answer.NO})
