"""Plans: found by trying, proven by the same decision, ranked by how far they open the tenant.

For each route (``routes.py``) the smallest set of actions is searched (``search.py``) after which
``decide`` says ready on a tenant with their requests applied; what else that opens is found by
comparing the two states (``reach.py``). Nothing is shown that has not been so proven.
"""

from dataclasses import replace
from itertools import combinations

import msgspec

from auditor.consent.exposure import Exposure, exposure
from auditor.model.baseline import ControlResult
from auditor.model.decision import Decision
from auditor.model.plan import NotProven, Plan, Step
from auditor.planning.first import first_steps
from auditor.planning.made import Before, Judges, Proven, make_plan
from auditor.planning.rank import order
from auditor.planning.routes import REPAIR, REPAIRS, ROUTES, Route
from auditor.planning.search import smallest
from auditor.remedies import correct_request
from auditor.remedies.action import Action, World
from auditor.remedies.context import Context
from auditor.simulate import ImpossibleError


class Proposal(msgspec.Struct, frozen=True):
    """What can be done about one decision."""

    plans: tuple[Plan, ...]
    """Proven, the one that opens the tenant least first."""
    not_proven: NotProven | None
    """The vendor's documented way, where it does not lead to ready."""
    first_steps: tuple[Step, ...]
    """Where no plan could be proven: what to find out or to do before."""


def propose(
    context: Context,
    judges: Judges,
    controls: tuple[ControlResult, ...],
    exposed: Exposure | None = None,
) -> Proposal:
    """Find the plans for one decision.

    Args:
        context: The tenant, the request and the decision about it.
        judges: Ask the same of a changed tenant.
        controls: The tenant's controls as they are.
        exposed: What users may consent to as it is, the same for every app; found out if not given.

    Returns:
        Neither plans nor first steps where users connect already.
    """
    if context.decision.outcome.ready:
        return Proposal((), None, ())
    trials = _Trials(judges, World(context.facts, context.request))
    exposed = exposed or exposure(context.facts, context.request)
    before = Before(context, controls, exposed)
    found: dict[frozenset[str], Plan] = {}
    not_proven = None
    ends = [context]
    for route in ROUTES:
        every, actions = _searched(context, route, trials)
        key = frozenset(one.step.id for one in actions or ())
        if actions and key not in found:
            proven = Proven(route, actions, *trials.after(actions))
            found[key] = make_plan(before, proven, judges)
        if route.id == context.request.documented_way:
            if actions and found[key].id != REPAIR:
                found[key] = replace(found[key], documented_by=context.request.name)
            elif not actions:
                not_proven = _not_proven(context, route, trials.context(every))
        ends.append(trials.context(every) or context)
    plans = tuple(sorted(found.values(), key=order))
    return Proposal(plans, not_proven, () if plans else first_steps(ends))


def _searched(
    context: Context, route: Route, trials: "_Trials"
) -> tuple[tuple[Action, ...], tuple[Action, ...] | None]:
    """Give everything that the route may use, and the smallest set of it that leads to ready.

    The other remedies are computed for the request as it is once it is corrected. A correction
    may also lead away: what has been granted counts only where no prompt is forced, and may be
    unknown. So every set of corrections is tried, the largest first.
    """
    corrections = correct_request.actions(context)
    first: tuple[Action, ...] = ()
    for size in range(len(corrections), -1, -1):
        for chosen in combinations(corrections, size):
            corrected = trials.context(chosen) or context
            every = (*chosen, *candidates(corrected, route))
            first = first or every
            actions = smallest(every, trials.ready)
            if actions is not None:
                return every, actions
    return first, None


def _not_proven(context: Context, route: Route, after: Context | None) -> NotProven:
    decision = (after or context).decision
    return NotProven(
        id=route.id,
        title=route.title.format(app=context.app),
        documented_by=context.request.name,
        why=" ".join(one.text for one in decision.reasons),
    )


def candidates(context: Context, route: Route) -> tuple[Action, ...]:
    """List everything that a route may use, in the order in which it is done."""
    remedies = (*REPAIRS, *route.remedies)
    return tuple(action for remedy in remedies for action in remedy(context))


class _Trials:
    """Tries sets of actions, each once."""

    def __init__(self, judges: Judges, start: World) -> None:
        self._judges = judges
        self._start = start
        self._known: dict[frozenset[str], tuple[World, Decision] | None] = {}

    def ready(self, actions: tuple[Action, ...]) -> bool:
        found = self._tried(actions)
        return found is not None and found[1].outcome.ready

    def after(self, actions: tuple[Action, ...]) -> tuple[World, Decision]:
        found = self._tried(actions)
        if found is None:
            raise ImpossibleError("these actions cannot be done here")
        return found

    def context(self, actions: tuple[Action, ...]) -> Context | None:
        found = self._tried(actions)
        return Context(found[0].facts, found[0].request, found[1]) if found else None

    def _tried(self, actions: tuple[Action, ...]) -> tuple[World, Decision] | None:
        key = frozenset(one.step.id for one in actions)
        if key not in self._known:
            self._known[key] = self._try(actions)
        return self._known[key]

    def _try(self, actions: tuple[Action, ...]) -> tuple[World, Decision] | None:
        world = self._start
        try:
            for one in actions:
                world = one.effect(world)
        except ImpossibleError:
            return None
        return world, self._judges.settle(world.facts, world.request)
