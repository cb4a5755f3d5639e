"""What is proven of condition sets holds for every app and permission."""

from hypothesis import given, settings

from auditor.consent.condition_sets import is_void, is_within, unreadable
from auditor.consent.match import compare, match
from auditor.model.decision import Answer
from auditor.model.tenant import ConditionSet
from tests.property.test_baselines_reach import APPS, CONDITION_SETS, TARGETS

_ORDER = (Answer.NO, Answer.UNKNOWN, Answer.YES)


def answers(found: ConditionSet) -> list[Answer]:
    sets = [compare(found, "x", "custom", app) for app in APPS]
    return [match(one, target).answer for target in TARGETS for one in sets]


@settings(max_examples=150, deadline=None)
@given(CONDITION_SETS, CONDITION_SETS)
def test_what_lies_within_another_never_matches_more(
    inner: ConditionSet, outer: ConditionSet
) -> None:
    if not is_within(inner, outer):
        return
    for narrow, wide in zip(answers(inner), answers(outer), strict=True):
        assert _ORDER.index(narrow) <= _ORDER.index(wide)


@settings(max_examples=60, deadline=None)
@given(CONDITION_SETS)
def test_a_readable_set_lies_within_itself(found: ConditionSet) -> None:
    assert is_within(found, found) is (not unreadable(found))


@settings(max_examples=60, deadline=None)
@given(CONDITION_SETS)
def test_a_void_set_matches_nothing(found: ConditionSet) -> None:
    if is_void(found):
        assert set(answers(found)) == {Answer.NO}
