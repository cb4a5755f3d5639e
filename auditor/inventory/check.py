"""What a check of a whole tenant is, and how its verdict becomes a finding."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from auditor.baselines.settings import Rule, Settings
from auditor.checks.check import ask
from auditor.facts import TenantFacts
from auditor.inventory import far_reaching
from auditor.inventory.credentials import Holder, holders
from auditor.inventory.ownership import is_strange
from auditor.inventory.privilege import paths
from auditor.inventory.redirects import Redirect, redirects
from auditor.managed import ManagedTable
from auditor.model.baseline import ControlAnswer
from auditor.model.inventory import (
    Affected,
    App,
    Coverage,
    Inventory,
    InventoryFinding,
    Owner,
    Registration,
)
from auditor.model.report import Judgement, Severity
from auditor.model.risk import Risk, RiskTable


@dataclass(frozen=True)
class InventoryContext:
    """What a check may look at.

    What several checks ask for is worked out once, when the first of them asks.
    """

    inventory: Inventory
    facts: TenantFacts
    """The tenant's settings."""
    settings: Settings
    """The same, as baselines ask for them."""
    risks: RiskTable
    worst: Mapping[str, Risk]
    """The worst rated permission of each app that holds one, by object id."""
    managed: ManagedTable

    def app_risk(self, app: App) -> Risk:
        """Return the worst risk of what an app holds; unrated where nothing is rated."""
        return self.worst.get(app.id, Risk.UNRATED)

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """Who has credentials, but for Microsoft's apps and managed identities."""
        return tuple(holders(self.inventory))

    @cached_property
    def redirects(self) -> tuple[tuple[Registration, tuple[Redirect, ...]], ...]:
        """The redirect URIs of each registration that has some."""
        registrations = self.inventory.registrations
        return tuple((one, tuple(redirects(one))) for one in registrations if one.redirect_uris)

    @cached_property
    def unclear_redirects(self) -> tuple[Affected, ...]:
        """Redirect URIs that cannot be taken apart, and so may lead anywhere."""
        return tuple(
            of_registration(one, f"not understood: {uri.text}")
            for one, uris in self.redirects
            for uri in uris
            if uri.is_unclear
        )

    @cached_property
    def connected(self) -> tuple[App, ...]:
        """Enabled apps that single users have consented to, Microsoft's left out; busiest first."""
        apps = (one for one in self.inventory.apps if one.users and not one.is_disabled)
        others = (one for one in apps if one.owner is not Owner.MICROSOFT)
        return tuple(sorted(others, key=lambda one: -one.users))

    @cached_property
    def strangers(self) -> tuple[App, ...]:
        """Apps that are neither Microsoft's nor this tenant's, as far as is known."""
        return tuple(filter(is_strange, self.inventory.apps))

    @cached_property
    def far_reaching(self) -> tuple[tuple[App, list[far_reaching.Rated]], ...]:
        """Strangers with far-reaching permissions for everybody, and these; the worst first."""
        rated = (
            (app, far_reaching.for_everybody(app, self.risks))
            for app in self.strangers
            if self.app_risk(app) in far_reaching.HIGH
        )
        some = (one for one in rated if one[1])
        return tuple(sorted(some, key=lambda one: far_reaching.weight(one[1])))

    @cached_property
    def privileged(self) -> tuple[tuple[App, tuple[str, ...]], ...]:
        """Apps with a path to Global Administrator, and the permissions that lead there."""
        rated = ((app, paths(app, self.risks)) for app in self.inventory.apps if app.held)
        return tuple(one for one in rated if one[1])


@dataclass(frozen=True, slots=True)
class InventoryVerdict:
    """What a check found."""

    outcome: Judgement
    message: str
    affected: tuple[Affected, ...] = ()
    """The worst first."""


Judge = Callable[[InventoryContext], InventoryVerdict]


@dataclass(frozen=True, slots=True)
class InventoryCheck:
    """One question about a whole tenant; its id says the wanted state."""

    id: str
    title: str
    severity: Severity
    judge: Judge
    controls: tuple[str, ...] = ()
    """Controls of published baselines that ask the same, such as ``CIS 5.1.5.2``."""


def find(check: InventoryCheck, context: InventoryContext) -> InventoryFinding:
    """Ask one check.

    Raises:
        CheckError: The check crashed.
    """
    verdict = ask(check.id, check.judge, context)
    return InventoryFinding(
        check=check.id,
        title=check.title,
        outcome=verdict.outcome,
        severity=check.severity,
        message=verdict.message,
        controls=check.controls,
        affected=verdict.affected,
    )


_JUDGEMENTS = {
    ControlAnswer.MET: Judgement.MET,
    ControlAnswer.NOT_MET: Judgement.NOT_MET,
    ControlAnswer.UNKNOWN: Judgement.UNKNOWN,
    ControlAnswer.SKIPPED: Judgement.NOT_APPLICABLE,
}


def by_rule(rule: Rule) -> Judge:
    """Ask what a control of a baseline asks."""

    def judge(context: InventoryContext) -> InventoryVerdict:
        verdict = rule(context.settings)
        evidence = tuple(Affected("", one, "") for one in verdict.evidence)
        return InventoryVerdict(_JUDGEMENTS[verdict.answer], verdict.why, evidence)

    return judge


def unread(context: InventoryContext, *listings: str) -> InventoryVerdict | None:
    """Answer unknown where one of these listings was not read at all; None where all were."""
    missing = [
        one
        for one in context.inventory.listings
        if one.name in listings and one.coverage in {Coverage.REFUSED, Coverage.NOT_ASKED}
    ]
    if not missing:
        return None
    texts = (
        f"{one.title} could not be read ({one.detail or 'it was not asked for'})"
        f"{f': grant {needs}' if (needs := ' or '.join(one.needs)) else ''}."
        for one in missing
    )
    return InventoryVerdict(Judgement.UNKNOWN, " ".join(texts))


def found(
    context: InventoryContext,
    listings: Iterable[str],
    affected: Iterable[Affected],
    *,
    bad: str,
    good: str,
) -> InventoryVerdict:
    """Answer not met where there is somebody affected, met where there cannot be.

    Args:
        context: The tenant.
        listings: What the answer rests on. Where one of them was not read, or not to its end,
            nobody affected is unknown, not met; whoever is affected is so all the same.
        affected: The worst first.
        bad: The message with ``{count}`` where somebody is affected.
        good: The message where nobody is.
    """
    names, everybody = tuple(listings), tuple(affected)
    whole = context.inventory.covers(*names)
    if everybody:
        at_least = "" if whole else "at least "
        text = bad.format(count=f"{at_least}{len(everybody):,}")
        return InventoryVerdict(Judgement.NOT_MET, text[:1].upper() + text[1:], everybody)
    if whole:
        return InventoryVerdict(Judgement.MET, good)
    if verdict := unread(context, *names):
        return verdict
    why = _not_to_the_end(context, names)
    return InventoryVerdict(Judgement.UNKNOWN, f"Nothing was found in what could be read ({why}).")


def _not_to_the_end(context: InventoryContext, names: tuple[str, ...]) -> str:
    open_ones = [one for one in context.inventory.listings if one.name in names]
    return "; ".join(f"{one.title}: {one.detail}" for one in open_ones if one.detail)


def unless_doubtful(
    verdict: InventoryVerdict, doubtful: Iterable[Affected], why: str
) -> InventoryVerdict:
    """Answer unknown instead of met where something could not be judged.

    Args:
        verdict: Of what could be judged.
        doubtful: What could not.
        why: The message with ``{count}``.
    """
    left = tuple(doubtful) if verdict.outcome is Judgement.MET else ()
    if not left:
        return verdict
    return InventoryVerdict(Judgement.UNKNOWN, why.format(count=f"{len(left):,}"), left)


def by_hand(verdict: InventoryVerdict) -> InventoryVerdict:
    """Leave the judgement on who is affected to a person: the facts alone are no fault."""
    if verdict.outcome is not Judgement.NOT_MET:
        return verdict
    return replace(verdict, outcome=Judgement.MANUAL)


def found_of_others(
    context: InventoryContext,
    listings: tuple[str, ...],
    rows: Iterable[tuple[App, str]],
    *,
    bad: str,
    good: str,
    nameless: str,
) -> InventoryVerdict:
    """Judge by the apps of other organisations; those whose owner Graph does not name are in doubt.

    Args:
        context: The tenant.
        listings: What the answer rests on.
        rows: Strangers and what to say of them, the worst first.
        bad: The message on apps of others with ``{count}``.
        good: The message where there is none.
        nameless: The message on apps in doubt with ``{count}``.
    """
    named = [(app.owner, of_app(app, detail)) for app, detail in rows]
    others = (one for owner, one in named if owner is Owner.OTHER)
    verdict = found(context, listings, others, bad=bad, good=good)
    doubtful = (one for owner, one in named if owner is Owner.UNKNOWN)
    return unless_doubtful(verdict, doubtful, nameless)


def by_hand_if_sure(
    verdict: InventoryVerdict,
    context: InventoryContext,
    listings: tuple[str, ...],
    doubtful: Iterable[Affected] = (),
    why: str = "",
) -> InventoryVerdict:
    """Leave the judgement to a person, but answer unknown where there may be worse.

    Args:
        verdict: On those who are affected, of whom none is a fault for sure.
        context: The tenant.
        listings: What the answer rests on.
        doubtful: Who may be a fault; they are named first.
        why: The message on them with ``{count}``.
    """
    if verdict.outcome is not Judgement.NOT_MET:
        return verdict
    left, texts = tuple(doubtful), [verdict.message]
    if left:
        texts.append(why.format(count=f"{len(left):,}"))
    if missing := unread(context, *listings):
        texts.append(missing.message)
    elif not context.inventory.covers(*listings):
        texts.append(f"Not all could be read ({_not_to_the_end(context, listings)}).")
    if len(texts) == 1:
        return by_hand(verdict)
    return InventoryVerdict(Judgement.UNKNOWN, " ".join(texts), (*left, *verdict.affected))


def of_app(app: App, detail: str) -> Affected:
    """Name an app."""
    return Affected(app.id, app.name or app.app_id, detail)


def of_registration(one: Registration, detail: str) -> Affected:
    """Name a registration."""
    return Affected(one.id, one.name or one.app_id, detail)


def publisher(app: App) -> str:
    """Say in a few words whether an app's publisher is verified."""
    if not app.publisher_id:
        return "publisher not verified"
    return f"verified: {app.publisher or app.publisher_id}"
