"""Which app consent policies are assigned to users, and which of them allow a permission.

A policy allows when one include matches and no exclude does. Every assigned policy is judged on
its own; an exclude in one takes nothing from another.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from auditor.consent.case import Case, Target
from auditor.consent.logic import NO, Opinion, all_of, any_of, open_question
from auditor.consent.match import Compared, Matcher, compare, make_matcher, match, steps
from auditor.model.decision import Answer, TraceStep
from auditor.model.fact import Fact, Unknown
from auditor.model.tenant import ConditionSet, PermissionGrantPolicy


class _Policy(msgspec.Struct, frozen=True):
    """An assigned policy beside a client app."""

    id: str
    settled: Opinion | None = None
    """Where it can be neither read nor evaluated; and then ``text`` says why."""
    text: str = ""
    includes: tuple[Compared, ...] = ()
    excludes: tuple[Compared, ...] = ()

    def allows(self, target: Target) -> Opinion:
        """Say whether the policy alone allows a permission."""
        if self.settled is not None:
            return self.settled
        excluded = _any(self.excludes, target)
        return all_of((_any(self.includes, target), excluded.negate()))

    def trace(self, target: Target, answer: Answer) -> Iterator[TraceStep]:
        """Say how the policy came to its answer about a permission."""
        yield _step(self.id, answer, self.text or _SENTENCES[answer].format(target.name))
        included = [(one, match(one, target).answer) for one in self.includes]
        found = {matches for _, matches in included}
        for one, matches in included:
            if matches is not Answer.NO or Answer.YES not in found:
                yield from steps(one, target, matches)
        for one in self.excludes if found - {Answer.NO} else ():
            matches = match(one, target).answer
            if matches is not Answer.NO:
                yield from steps(one, target, matches)


def _any(sets: Iterable[Compared], target: Target) -> Opinion:
    return any_of(match(one, target) for one in sets)


class Coverage(msgspec.Struct, frozen=True):
    """What the assigned policies say of every permission of a request."""

    policies: tuple[_Policy, ...]
    opinions: Mapping[str, tuple[Opinion, ...]]
    """By target key: whether each policy alone allows that permission."""

    def some(self, target: Target) -> Opinion:
        """Say whether any assigned policy allows the permission."""
        return any_of(self.opinions[key(target)])

    def together(self, targets: Iterable[Target]) -> Opinion:
        """Say whether one policy alone allows all of these permissions."""
        rows = [self.opinions[key(one)] for one in targets]
        return any_of(all_of(row[n] for row in rows) for n in range(len(self.policies)))

    def trace(self, target: Target) -> tuple[TraceStep, ...]:
        """Say how the policies were evaluated for a permission."""
        opinions = self.opinions[key(target)]
        return tuple(
            step
            for policy, opinion in zip(self.policies, opinions, strict=True)
            for step in policy.trace(target, opinion.answer)
        )


def key(target: Target) -> str:
    """Name a permission of a request for look-ups."""
    return f"{target.resource_app_id}/{target.name.casefold()}"


def make_coverage(case: Case, policies: tuple[str, ...], targets: tuple[Target, ...]) -> Coverage:
    """Evaluate every assigned policy for every permission."""
    client = make_matcher(case)
    found = tuple(_beside(one, case.facts.policy(one), client) for one in policies)
    opinions = {key(one): tuple(policy.allows(one) for policy in found) for one in targets}
    return Coverage(found, opinions)


def _beside(policy_id: str, policy: Fact[PermissionGrantPolicy | None], client: Matcher) -> _Policy:
    """Compare a policy with a client app, as far as it can be evaluated."""
    if isinstance(policy, Unknown):
        return _Policy(policy_id, open_question(policy), "The policy could not be read.")
    found = policy.value
    if found is None:
        text = "The policy is assigned but does not exist any more, so it allows nothing."
        return _Policy(policy_id, NO, text)
    if found.unrecognised:
        text = f"The policy uses {', '.join(sorted(found.unrecognised))}, which is not readable."
        return _Policy(policy_id, open_question(caveat="undecided-condition"), text)

    def compared(word: str, sets: tuple[ConditionSet, ...]) -> tuple[Compared, ...]:
        labels = ((f"{word} {number}", one) for number, one in enumerate(sets, 1))
        return tuple(compare(one, label, policy_id, client) for label, one in labels)

    return _Policy(
        policy_id,
        includes=compared("include", found.includes),
        excludes=compared("exclude", found.excludes),
    )


_SENTENCES = {
    Answer.YES: "The policy lets users consent to {}.",
    Answer.NO: "The policy does not let users consent to {}.",
    Answer.UNKNOWN: "Whether the policy lets users consent to {} could not be decided.",
}


def _step(policy_id: str, answer: Answer, text: str) -> TraceStep:
    return TraceStep(
        rule="app-consent-policy",
        subject=policy_id,
        condition_set="",
        condition="",
        wanted="",
        found="",
        result=answer,
        text=text,
    )


def excluding(trace: Iterable[TraceStep]) -> tuple[str, ...]:
    """Name the policies that would allow a permission but for an exclude, from the trace."""
    steps = tuple(trace)
    refusing = {one.subject for one in steps if not one.condition and one.result is Answer.NO}
    found = (one.subject for one in steps if one.condition_set.startswith("exclude"))
    return tuple(dict.fromkeys(one for one in found if one in refusing))


def lacking(trace: Iterable[TraceStep]) -> frozenset[str]:
    """Name the conditions that fail in the includes that come nearest to matching."""
    failing: dict[tuple[str, str], set[str]] = {}
    for one in trace:
        if one.condition and one.result is Answer.NO:
            failing.setdefault((one.subject, one.condition_set), set()).add(one.condition)
    fewest = min((len(names) for names in failing.values()), default=0)
    return frozenset(name for names in failing.values() if len(names) == fewest for name in names)
