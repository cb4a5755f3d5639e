"""A plan from the actions that were proven: what it opens, what it moves, what to say."""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from auditor.consent.exposure import Exposure, exposure
from auditor.facts import TenantFacts
from auditor.managed import ManagedTable
from auditor.model.baseline import ControlAnswer, ControlResult
from auditor.model.change import Call, Method
from auditor.model.decision import Certainty, Decision, Outcome
from auditor.model.plan import ControlMove, People, PermissionMove, Plan, Reversal
from auditor.model.profile import Asker, ConsentRequest, Requirement, UserKind
from auditor.planning import texts
from auditor.planning.reach import Side, reach
from auditor.planning.routes import Route
from auditor.remedies.action import Action, World
from auditor.remedies.context import Context
from auditor.simulate import ImpossibleError, simulate, simulated_id, with_person
from auditor.sources import (
    authorization_policy,
    group_settings,
    permission_classifications,
    permission_grant_policy,
)

_DECIDING = frozenset(
    one.SOURCE.name
    for one in (
        authorization_policy,
        group_settings,
        permission_classifications,
        permission_grant_policy,
    )
)
"""The sources that say what users may consent to."""


class Judges(msgspec.Struct, frozen=True):
    """What a state of the tenant is judged by."""

    decide: Callable[[TenantFacts, ConsentRequest], Decision]
    settle: Callable[[TenantFacts, ConsentRequest], Decision]
    """The same without traces, for the many states that are tried."""
    controls: Callable[[TenantFacts], tuple[ControlResult, ...]]
    """The controls of every baseline."""
    managed: ManagedTable
    """What Microsoft-managed policies excluded, for the checks."""


class Before(msgspec.Struct, frozen=True):
    """The tenant as audited."""

    context: Context
    controls: tuple[ControlResult, ...]
    exposure: Exposure


class Proven(msgspec.Struct, frozen=True):
    """Actions, what the tenant is after them, and the decision that says ready."""

    route: Route
    actions: tuple[Action, ...]
    world: World
    decision: Decision


def make_plan(before: Before, proven: Proven, judges: Judges) -> Plan:
    """Describe what was proven, and what else it does."""
    context, route, actions = before.context, proven.route, proven.actions
    start = World(context.facts, context.request)
    people = _people(proven, judges)
    side = Side(start, context.decision, before.exposure)
    after = Side(proven.world, proven.decision, _exposure(before, proven.world))
    moves = _moves(before, proven.world.facts, judges)
    unseen = _unseen(context)
    pilot = route.pilot and not context.request.asker.user_id
    return Plan(
        id=route.id,
        title=route.title.format(app=context.app),
        summary=route.summary,
        documented_by="",
        steps=tuple(one.step for one in actions),
        outcome=proven.decision.outcome,
        certainty=Certainty.PROBABLE if unseen else proven.decision.certainty,
        caveats=tuple(sorted(unseen | set(proven.decision.caveats))),
        holds_for=texts.holds_for(people, pilot=pilot),
        waits_for_others=any(one.outside for one in actions),
        pilot=pilot,
        reach=reach(side, after, people, _reversal(actions, proven.decision)),
        permissions=_permissions(context.decision, proven.decision),
        fixes=tuple(one for one in moves if _is_fixed(one)),
        breaks=tuple(one for one in moves if _is_broken(one)),
        worsens=tuple(one for one in moves if _is_worse(one)),
        tool_moves=tuple(one for one in moves if _is_for_tools(one)),
        wait=" ".join(dict.fromkeys(one.step.wait for one in actions if one.step.wait)),
        check=texts.CHECK.format(app=context.app),
        for_user=texts.for_user(context.app, proven.decision.outcome),
        for_vendor=texts.for_vendor(context, actions),
    )


def _reversal(actions: tuple[Action, ...], after: Decision) -> Reversal:
    """Say what the rollback takes back: not what users, or a reviewer by hand, consented to."""
    if all(one.outside for one in actions):
        return Reversal.BY_OTHERS
    scripted = all(one.outside or one.step.change is not None for one in actions)
    standing = after.outcome is Outcome.NO_PROMPT
    return Reversal.COMPLETE if standing and scripted else Reversal.CONSENTS_STAY


def _unseen(context: Context) -> frozenset[str]:
    """Hedge what a plan says of an app that nobody here has seen yet, also once it is created."""
    foreign = context.client_is_absent and context.application is None
    return frozenset({"app-not-seen"} if foreign else ())


def _exposure(before: Before, world: World) -> Exposure:
    """Evaluate the policies again only where something that they rest on has changed."""
    old, new = before.context.facts.answers, world.facts.answers
    same = all(new[key] is old.get(key) for key in new if key[0] in _DECIDING)
    return before.exposure if same else exposure(world.facts, world.request)


def _people(proven: Proven, judges: Judges) -> People:
    """Ask the same for a guest, and for any member."""
    facts, request = proven.world.facts, proven.world.request
    if proven.route.pilot:
        return People.ONE_PERSON
    client = Context(facts, request, proven.decision).client
    if client is not None and client.assignment_required:
        world, somebody = _assigned(facts, client.id), Asker(user_id=simulated_id(_ANYBODY))
        asked = replace(request, asker=somebody)
        every = world is not None and judges.settle(world, asked).outcome.ready
        return People.ASSIGNED if every else People.ONE_PERSON
    for kind, people in _PROBES:
        anybody = replace(request, asker=Asker(kind))
        if anybody == request or judges.settle(facts, anybody).outcome.ready:
            return people
    return People.ONE_PERSON


def _assigned(facts: TenantFacts, client_id: str) -> TenantFacts | None:
    """Add a person who is assigned to the app and has nothing else."""
    user_id = simulated_id(_ANYBODY)
    body = {"principalId": user_id, "resourceId": client_id, "appRoleId": "any"}
    assign = Call(Method.POST, f"/servicePrincipals/{client_id}/appRoleAssignedTo", body)
    try:
        return simulate(with_person(facts, user_id), [assign])
    except ImpossibleError:
        return None


_ANYBODY = "anybody-assigned"
_PROBES = (
    (UserKind.GUEST, People.MEMBERS_AND_GUESTS),
    (UserKind.MEMBER, People.MEMBERS),
)


def _permissions(before: Decision, after: Decision) -> tuple[PermissionMove, ...]:
    """Pair the permissions; what a corrected request no longer asks for is left out."""
    earlier = {_place(one.asked.requirement): one.outcome for one in before.permissions}
    return tuple(
        PermissionMove(
            one.asked.requirement.resource,
            one.asked.requirement.value,
            earlier.get(_place(one.asked.requirement), before.outcome),
            one.outcome,
        )
        for one in after.permissions
    )


def _place(requirement: Requirement) -> tuple[str, str]:
    return requirement.resource, requirement.value


def _moves(before: Before, facts: TenantFacts, judges: Judges) -> list[ControlMove]:
    """Pair the controls of the two states."""
    found = []
    for old, new in zip(before.controls, judges.controls(facts), strict=True):
        added = tuple(one for one in new.text.evidence if one not in old.text.evidence)
        found.append(ControlMove(old, new, added))
    return found


def _is_fixed(move: ControlMove) -> bool:
    before, after = move.before.text.answer, move.after.text.answer
    return before is ControlAnswer.NOT_MET and after is ControlAnswer.MET


def _is_broken(move: ControlMove) -> bool:
    before, after = move.before.text.answer, move.after.text.answer
    return before is ControlAnswer.MET and after is ControlAnswer.NOT_MET


def _is_worse(move: ControlMove) -> bool:
    before, after = move.before.text.answer, move.after.text.answer
    worse = before is ControlAnswer.UNKNOWN or bool(move.because)
    if before is ControlAnswer.MET:
        return after is ControlAnswer.UNKNOWN
    return after is ControlAnswer.NOT_MET and worse


def _is_for_tools(move: ControlMove) -> bool:
    """Say whether the tool prints something else, and the text's answer stays."""
    old, new = move.before.tool_verdict, move.after.tool_verdict
    differs = old is not None and new is not None and old.answer is not new.answer
    return differs and move.before.text.answer is move.after.text.answer
