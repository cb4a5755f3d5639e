"""The laws of Kleene's logic, and what a joint answer carries along."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from auditor.consent.logic import NO, YES, Opinion, all_of, answered, any_of, open_question
from auditor.model.decision import Answer, Reason
from auditor.model.fact import Unknown, Why

OPEN = open_question()
OPINIONS = st.sampled_from([YES, NO, OPEN])
MANY = st.lists(OPINIONS, max_size=5)
RANK = {Answer.NO: 0, Answer.UNKNOWN: 1, Answer.YES: 2}
FACT = Unknown("A fact", Why.REFUSED, "source", "GET /x", (), "no")


@given(MANY)
def test_all_of_is_the_least_and_any_of_the_greatest(many: list[Opinion]) -> None:
    ranks = [RANK[one.answer] for one in many]
    assert RANK[all_of(many).answer] == min(ranks, default=2)
    assert RANK[any_of(many).answer] == max(ranks, default=0)


@given(MANY)
def test_de_morgan(many: list[Opinion]) -> None:
    negated = [one.negate() for one in many]
    assert all_of(many).negate().answer is any_of(negated).answer
    assert any_of(many).negate().answer is all_of(negated).answer


@given(OPINIONS)
def test_negating_twice_changes_nothing(one: Opinion) -> None:
    assert one.negate().negate() == one


@given(MANY, st.integers(0, 4), st.sampled_from([YES, NO]))
def test_knowing_more_keeps_what_was_decided(many: list[Opinion], place: int, now: Opinion) -> None:
    more = [now if n == place and one is OPEN else one for n, one in enumerate(many)]
    for join in (all_of, any_of):
        before, after = join(many).answer, join(more).answer
        assert before is Answer.UNKNOWN or after is before


def test_answers() -> None:
    assert (answered(yes=True), answered(yes=False)) == (YES, NO)


def test_an_open_answer_names_all_its_missing_facts_once() -> None:
    other = replace(FACT, fact="Another")
    found = all_of((open_question(FACT), YES, open_question(FACT, other, caveat="c")))
    assert (found.missing, found.caveats) == ((FACT, other), frozenset({"c"}))


def test_a_settled_answer_rests_on_the_least_hedged_and_on_nothing_open() -> None:
    hedged = replace(YES, caveats=frozenset({"c"}), reasons=(Reason("a", "A."),))
    sure = replace(YES, reasons=(Reason("b", "B."),))
    found = any_of((open_question(FACT), hedged, sure))
    assert (found.answer, found.caveats, found.missing) == (Answer.YES, frozenset(), ())
    assert found.reasons == (*hedged.reasons, *sure.reasons)
    assert any_of((hedged, NO)).caveats == {"c"}
    assert all_of((hedged, sure)).caveats == {"c"}
