"""What a check is, and how its verdict becomes a finding."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

from auditor.consent import explain
from auditor.consent.condition_sets import unreadable
from auditor.errors import AuditorError
from auditor.facts import TenantFacts
from auditor.managed import ManagedTable
from auditor.model.decision import Decision
from auditor.model.fact import Fact, Unknown, Why
from auditor.model.profile import ConsentRequest, KnownApp
from auditor.model.report import Finding, Judgement, Severity
from auditor.model.tenant import ConditionSet, PermissionGrantPolicy

C = TypeVar("C")
V = TypeVar("V")


class CheckError(AuditorError):
    """A check crashed: a fault of the program; the message names the check."""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may look at: one tenant and what was decided about it."""

    facts: TenantFacts
    decisions: tuple[tuple[ConsentRequest, Decision], ...]
    managed: ManagedTable
    known_apps: tuple[KnownApp, ...] = ()
    """The apps of shipped profiles whose app id the vendor documents."""
    previous: TenantFacts | None = None
    """The same tenant at an earlier time, where the run was given one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found."""

    outcome: Judgement
    message: str
    evidence: tuple[tuple[str, str], ...] = ()
    """Name and value of what was looked at."""
    severity: Severity | None = None
    """Where it matters less than the check's own severity says."""
    app: str = ""
    """Which app it is about, where the message does not say; ``joined`` puts it before it."""


class Check(msgspec.Struct, frozen=True):
    """One question about a tenant; its id says the wanted state."""

    id: str
    title: str
    severity: Severity
    """How much it matters when it is not met."""
    judge: Callable[[CheckContext], Verdict]


WORST_FIRST = (
    Judgement.NOT_MET,
    Judgement.UNKNOWN,
    Judgement.MANUAL,
    Judgement.MET,
    Judgement.NOT_APPLICABLE,
)


def ask(check_id: str, judge: Callable[[C], V], context: C) -> V:
    """Let a check of any kind judge.

    Raises:
        CheckError: The check crashed.
    """
    try:
        return judge(context)
    except Exception as error:
        msg = f"check {check_id} failed with {type(error).__name__}: this is a fault, report it"
        raise CheckError(msg) from error


def find(check: Check, context: CheckContext) -> Finding:
    """Ask one check.

    Raises:
        CheckError: The check crashed.
    """
    verdict = ask(check.id, check.judge, context)
    return Finding(
        check=check.id,
        title=check.title,
        outcome=verdict.outcome,
        severity=verdict.severity or check.severity,
        message=verdict.message,
        evidence=verdict.evidence,
    )


def unread(*missing: Unknown) -> Verdict:
    """Answer that facts are missing, and what would settle them."""
    texts = dict.fromkeys(explain.missing(fact) for fact in missing)
    return Verdict(Judgement.UNKNOWN, " ".join(texts))


def earlier(one: Unknown) -> Unknown:
    """Say of a fact that the snapshot of --previous lacks it: nothing settles that now."""
    detail = "it was not read then" if one.why is Why.NOT_ASKED else one.detail
    return replace(
        one, fact=f"{one.fact} in the earlier snapshot", detail=detail, needs=(), request=""
    )


def joined(verdicts: Iterable[Verdict], nothing: str) -> Verdict:
    """Join the verdicts on several apps: the worst decides, and its messages are shown, each once.

    Args:
        verdicts: One for each app that the check applies to.
        nothing: The message where it applies to none.
    """
    found = tuple(verdicts)
    if not found:
        return Verdict(Judgement.NOT_APPLICABLE, nothing)
    worst = min((one.outcome for one in found), key=WORST_FIRST.index)
    apps: dict[str, dict[str, None]] = {}
    for one in found:
        if one.outcome is worst:
            apps.setdefault(one.message, {}).update({one.app: None} if one.app else {})
    texts = (
        f"{explain.listed([*names])}: {text}" if names else text for text, names in apps.items()
    )
    evidence = dict.fromkeys(entry for one in found for entry in one.evidence)
    return Verdict(worst, " ".join(texts), tuple(evidence))


def ask_custom_policies(
    context: CheckContext, judge: Callable[[PermissionGrantPolicy], Verdict]
) -> Verdict:
    """Ask about every custom app consent policy that is assigned to users.

    Microsoft's own, whose ids begin with ``microsoft-``, are left aside: nobody can edit them.
    """
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return unread(settings)
    custom = [one for one in settings.value.user_consent if not _is_built_in(one)]
    found = ((name, context.facts.policy(name)) for name in custom)
    verdicts = (_of_policy(name, policy, judge) for name, policy in found)
    return joined(verdicts, "No custom app consent policy is assigned.")


def not_readable(policy: PermissionGrantPolicy, sets: Iterable[ConditionSet]) -> Verdict | None:
    """Answer that a policy has conditions of unknown meaning; None where it has none."""
    found = {*policy.unrecognised, *(name for one in sets for name in unreadable(one))}
    if not found:
        return None
    names = explain.joined(sorted(found))
    text = f"{policy.id} has conditions or values that this program does not know: {names}."
    return Verdict(Judgement.UNKNOWN, text)


def _is_built_in(name: str) -> bool:
    return name.casefold().startswith("microsoft-")


def _of_policy(
    name: str,
    policy: Fact[PermissionGrantPolicy | None],
    judge: Callable[[PermissionGrantPolicy], Verdict],
) -> Verdict:
    if isinstance(policy, Unknown):
        return unread(policy)
    if policy.value is None:
        return Verdict(Judgement.MET, f"{name} does not exist and covers nothing.")
    return judge(policy.value)


def with_evidence(verdict: Verdict, *evidence: tuple[str, str]) -> Verdict:
    """Add what was looked at."""
    return replace(verdict, evidence=evidence)
