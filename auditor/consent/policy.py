"""Which app consent policies are assigned to users, and which of them allow a permission.

A policy allows when one include matches and no exclude does. Every assigned policy is judged on
its own; an exclude in one takes nothing from another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from auditor.consent.case import Case, Target
from auditor.consent.logic import Opinion, all_of, any_of, open_question
from auditor.consent.match import Matcher, make_matcher, match
from auditor.model.decision import Answer, TraceStep
from auditor.model.fact import Fact, Unknown
from auditor.model.tenant import PermissionGrantPolicy


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the assigned policies say of every permission of a request."""

    opinions: Mapping[tuple[str, str], Opinion]
    """By policy id and target key: whether that policy alone allows that permission."""
    policies: tuple[str, ...]

    def of(self, policy_id: str, target: Target) -> Opinion:
        """Say whether one policy allows one permission."""
        return self.opinions[policy_id, key(target)]

    def some(self, target: Target) -> Opinion:
        """Say whether any assigned policy allows the permission."""
        return any_of(self.of(policy_id, target) for policy_id in self.policies)

    def together(self, targets: tuple[Target, ...]) -> Opinion:
        """Say whether one policy alone allows all of these permissions."""
        return any_of(
            all_of(self.of(policy_id, target) for target in targets) for policy_id in self.policies
        )


def key(target: Target) -> str:
    """Name a permission of a request for look-ups."""
    return f"{target.resource_app_id}/{target.name.casefold()}"


def make_coverage(case: Case, policies: tuple[str, ...], targets: tuple[Target, ...]) -> Coverage:
    """Evaluate every assigned policy for every permission."""
    client = make_matcher(case)
    opinions = {
        (policy_id, key(target)): _allows(case.facts.policy(policy_id), policy_id, target, client)
        for policy_id in policies
        for target in targets
    }
    return Coverage(opinions, policies)


def _allows(
    policy: Fact[PermissionGrantPolicy | None], policy_id: str, target: Target, client: Matcher
) -> Opinion:
    if isinstance(policy, Unknown):
        step = _step(policy_id, Answer.UNKNOWN, "The policy could not be read.")
        return replace(open_question(policy), trace=(step,))
    if policy.value is None:
        text = "The policy is assigned but does not exist any more, so it allows nothing."
        return Opinion(Answer.NO, trace=(_step(policy_id, Answer.NO, text),))
    found = policy.value
    if found.unrecognised:
        names = ", ".join(sorted(found.unrecognised))
        step = _step(policy_id, Answer.UNKNOWN, f"The policy uses {names}, which is not readable.")
        return replace(open_question(caveat="undecided-condition"), trace=(step,))
    included = any_of(
        match(one, f"include {number}", policy_id, target, client)
        for number, one in enumerate(found.includes, 1)
    )
    excluded = any_of(
        match(one, f"exclude {number}", policy_id, target, client)
        for number, one in enumerate(found.excludes, 1)
    )
    return _verdict(policy_id, target, included, excluded)


def _verdict(policy_id: str, target: Target, included: Opinion, excluded: Opinion) -> Opinion:
    allowed = all_of((included, excluded.negate()))
    shown = included.trace if included.answer is not Answer.YES else _matching(included)
    if included.answer is not Answer.NO and excluded.answer is not Answer.NO:
        shown += _matching(excluded)
    text = _SENTENCES[allowed.answer].format(target.name)
    return replace(allowed, trace=(_step(policy_id, allowed.answer, text), *shown))


_SENTENCES = {
    Answer.YES: "The policy lets users consent to {}.",
    Answer.NO: "The policy does not let users consent to {}.",
    Answer.UNKNOWN: "Whether the policy lets users consent to {} could not be decided.",
}


def _matching(opinion: Opinion) -> tuple[TraceStep, ...]:
    """Keep the sets that match or may: those without a condition that fails."""
    failed = {step.condition_set for step in opinion.trace if step.result is Answer.NO}
    return tuple(step for step in opinion.trace if step.condition_set not in failed)


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
