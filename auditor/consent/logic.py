"""Kleene's three-valued logic, carrying along why.

An ``Opinion`` answers one question. Joining opinions keeps exactly what the joint answer rests
on: a "no" needs one no, a "yes" needs them all, and what remains open names its missing facts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from auditor.model.decision import Answer, Reason
from auditor.model.fact import Unknown


@dataclass(frozen=True, slots=True)
class Opinion:
    """One question's answer and what it rests on."""

    answer: Answer
    reasons: tuple[Reason, ...] = ()
    missing: tuple[Unknown, ...] = ()
    caveats: frozenset[str] = frozenset()

    def negate(self) -> "Opinion":
        """Answer the opposite question."""
        answer = _OPPOSITE[self.answer]
        return Opinion(answer, self.reasons, self.missing, self.caveats)


_OPPOSITE = {
    Answer.YES: Answer.NO,
    Answer.NO: Answer.YES,
    Answer.UNKNOWN: Answer.UNKNOWN,
}

YES = Opinion(Answer.YES)
NO = Opinion(Answer.NO)


_PLAIN = {Answer.YES: YES, Answer.NO: NO}


def answered(*, yes: bool) -> Opinion:
    """Answer a question that the facts settle."""
    return YES if yes else NO


def open_question(*missing: Unknown, caveat: str = "") -> Opinion:
    """Leave a question open for want of facts, or because a rule is not documented."""
    caveats = frozenset({caveat}) if caveat else frozenset()
    return Opinion(Answer.UNKNOWN, missing=missing, caveats=caveats)


def all_of(opinions: Iterable[Opinion]) -> Opinion:
    """Answer yes when every opinion does (yes for none)."""
    return _joined(tuple(opinions), strong=Answer.NO, weak=Answer.YES)


def any_of(opinions: Iterable[Opinion]) -> Opinion:
    """Answer yes when one opinion does (no for none)."""
    return _joined(tuple(opinions), strong=Answer.YES, weak=Answer.NO)


def _reasons(opinions: Iterable[Opinion]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(one.reasons for one in opinions)))


def _joined(opinions: tuple[Opinion, ...], *, strong: Answer, weak: Answer) -> Opinion:
    """One strong answer settles it; of several, one without caveats is preferred."""
    if len(opinions) == 1:
        return opinions[0]
    settling = [one for one in opinions if one.answer is strong]
    if len(settling) == 1:
        return settling[0]
    if settling:
        best = min(settling, key=lambda one: len(one.caveats))
        return Opinion(best.answer, _reasons(settling), best.missing, best.caveats)
    plain = _PLAIN[weak]
    if all(one is plain for one in opinions):
        return plain
    undecided = [one for one in opinions if one.answer is Answer.UNKNOWN]
    resting = undecided or opinions
    return Opinion(
        answer=Answer.UNKNOWN if undecided else weak,
        reasons=_reasons(resting),
        missing=tuple(dict.fromkeys(chain.from_iterable(one.missing for one in resting))),
        caveats=frozenset(chain.from_iterable(one.caveats for one in resting)),
    )
