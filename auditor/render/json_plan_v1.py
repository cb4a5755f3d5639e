"""Plans, steps and controls of the JSON report, version 1; part of the contract of ``json_v1``."""

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeAlias

import msgspec

from auditor.model.baseline import ControlResult, Verdict
from auditor.model.change import Call, Change, Guard, Input, Lookup, Operation, Ref, Value
from auditor.model.plan import ControlMove, NotProven, PermissionMove, Plan, Reach, Step
from auditor.model.tenant import Count

Json: TypeAlias = "bool | int | str | tuple[Json, ...] | dict[str, Json] | None"


class CountV1(msgspec.Struct, frozen=True):
    """A number, or a lower bound."""

    number: int
    exact: bool


class InputV1(msgspec.Struct, frozen=True):
    """An object ID that only the person who runs a script can say."""

    name: str
    question: str


class WhereV1(msgspec.Struct, frozen=True):
    """A member of an item and the value that it must have."""

    member: str
    value: str


class GuardV1(msgspec.Struct, frozen=True):
    """What has to be there still before anything is written."""

    title: str
    path: str
    member: str
    expected: Json
    within: str
    where: tuple[WhereV1, ...]


class LookupV1(msgspec.Struct, frozen=True):
    """An ID that is found by reading."""

    name: str
    path: str
    within: str
    where: tuple[WhereV1, ...]
    take: str


class CallV1(msgspec.Struct, frozen=True):
    """One write."""

    method: str
    path: str
    body: Json
    result: str


class OperationV1(msgspec.Struct, frozen=True):
    """Reads that have to agree, then writes."""

    guards: tuple[GuardV1, ...]
    lookups: tuple[LookupV1, ...]
    calls: tuple[CallV1, ...]


class ChangeV1(msgspec.Struct, frozen=True):
    """The Graph requests of a step, and those that take it back."""

    scopes: tuple[str, ...]
    inputs: tuple[InputV1, ...]
    do: OperationV1
    undo: OperationV1 | None


class StepV1(msgspec.Struct, frozen=True):
    """One thing to do."""

    id: str
    title: str
    why: str
    role: str
    portal_path: str
    portal_url: str
    change: ChangeV1 | None
    undo: str
    wait: str
    check: str


class VerdictV1(msgspec.Struct, frozen=True):
    """One answer about a control, and why."""

    answer: str
    why: str
    evidence: tuple[str, ...]


class ControlV1(msgspec.Struct, frozen=True):
    """One control of a baseline: what its text says, and what its tool prints."""

    baseline: str
    baseline_name: str
    control: str
    title: str
    asks: str
    text: VerdictV1
    tool: str
    tool_verdict: VerdictV1 | None


class ControlMoveV1(msgspec.Struct, frozen=True):
    """One control before and after a plan."""

    before: ControlV1
    after: ControlV1
    because: tuple[str, ...]


class PermissionMoveV1(msgspec.Struct, frozen=True):
    """One permission before and after a plan."""

    resource: str
    value: str
    before: str
    after: str


class OpenedV1(msgspec.Struct, frozen=True):
    """Permissions of one resource that apps newly can have."""

    resource: str
    permissions: tuple[str, ...]


class ReachV1(msgspec.Struct, frozen=True):
    """How far a plan opens the tenant."""

    apps: str
    opened: tuple[OpenedV1, ...]
    people: str
    others_gain: CountV1 | None
    others_lose: CountV1 | None
    standing: bool
    reversal: str


class PlanV1(msgspec.Struct, frozen=True):
    """Steps after which the audit says ready."""

    id: str
    title: str
    summary: str
    documented_by: str
    steps: tuple[StepV1, ...]
    outcome: str
    certainty: str
    caveats: tuple[str, ...]
    holds_for: str
    waits_for_others: bool
    pilot: bool
    reach: ReachV1
    permissions: tuple[PermissionMoveV1, ...]
    fixes: tuple[ControlMoveV1, ...]
    breaks: tuple[ControlMoveV1, ...]
    worsens: tuple[ControlMoveV1, ...]
    tool_moves: tuple[ControlMoveV1, ...]
    wait: str
    check: str
    for_user: str
    for_vendor: str


class NotProvenV1(msgspec.Struct, frozen=True):
    """The way of the vendor's document, where it does not lead to ready."""

    id: str
    title: str
    documented_by: str
    why: str


def not_proven_v1(way: NotProven) -> NotProvenV1:
    """Write a way that could not be proven as the contract has it."""
    return NotProvenV1(way.id, way.title, way.documented_by, way.why)


def plan_v1(plan: Plan) -> PlanV1:
    """Write a plan as the contract has it."""
    return PlanV1(
        id=plan.id,
        title=plan.title,
        summary=plan.summary,
        documented_by=plan.documented_by,
        steps=tuple(map(step_v1, plan.steps)),
        outcome=plan.outcome,
        certainty=plan.certainty,
        caveats=plan.caveats,
        holds_for=plan.holds_for,
        waits_for_others=plan.waits_for_others,
        pilot=plan.pilot,
        reach=_reach(plan.reach),
        permissions=tuple(map(_permission, plan.permissions)),
        fixes=tuple(map(_move, plan.fixes)),
        breaks=tuple(map(_move, plan.breaks)),
        worsens=tuple(map(_move, plan.worsens)),
        tool_moves=tuple(map(_move, plan.tool_moves)),
        wait=plan.wait,
        check=plan.check,
        for_user=plan.for_user,
        for_vendor=plan.for_vendor,
    )


def step_v1(step: Step) -> StepV1:
    """Write a step as the contract has it."""
    return StepV1(
        id=step.id,
        title=step.title,
        why=step.why,
        role=step.role,
        portal_path=step.portal_path,
        portal_url=step.portal_url,
        change=_change(step.change) if step.change else None,
        undo=step.undo,
        wait=step.wait,
        check=step.check,
    )


def control_v1(result: ControlResult) -> ControlV1:
    """Write a control as the contract has it."""
    return ControlV1(
        baseline=result.baseline,
        baseline_name=result.baseline_name,
        control=result.control,
        title=result.title,
        asks=result.asks,
        text=_verdict(result.text),
        tool=result.tool,
        tool_verdict=_verdict(result.tool_verdict) if result.tool_verdict else None,
    )


def count_v1(count: Count | None) -> CountV1 | None:
    """Write a count as the contract has it."""
    return CountV1(count.number, count.exact) if count else None


def _reach(reach: Reach) -> ReachV1:
    return ReachV1(
        apps=_word(reach.apps),
        opened=tuple(OpenedV1(one.resource, one.permissions) for one in reach.opened),
        people=_word(reach.people),
        others_gain=count_v1(reach.others_gain),
        others_lose=count_v1(reach.others_lose),
        standing=reach.standing,
        reversal=_word(reach.reversal),
    )


def _word(member: IntEnum) -> str:
    return member.name.lower().replace("_", "-")


def _permission(move: PermissionMove) -> PermissionMoveV1:
    return PermissionMoveV1(move.resource, move.value, move.before, move.after)


def _move(move: ControlMove) -> ControlMoveV1:
    return ControlMoveV1(control_v1(move.before), control_v1(move.after), move.because)


def _verdict(verdict: Verdict) -> VerdictV1:
    return VerdictV1(verdict.answer, verdict.why, verdict.evidence)


def _change(change: Change) -> ChangeV1:
    return ChangeV1(
        scopes=change.scopes,
        inputs=tuple(map(_input, change.inputs)),
        do=_operation(change.do),
        undo=_operation(change.undo) if change.undo else None,
    )


def _input(asked: Input) -> InputV1:
    return InputV1(asked.name, asked.question)


def _operation(operation: Operation) -> OperationV1:
    return OperationV1(
        guards=tuple(map(_guard, operation.guards)),
        lookups=tuple(map(_lookup, operation.lookups)),
        calls=tuple(map(_call, operation.calls)),
    )


def _guard(guard: Guard) -> GuardV1:
    return GuardV1(
        title=guard.title,
        path=guard.path,
        member=guard.member,
        expected=_json(guard.expected),
        within=guard.within,
        where=_where(guard.where),
    )


def _lookup(lookup: Lookup) -> LookupV1:
    where = _where(lookup.where)
    return LookupV1(lookup.name, lookup.path, lookup.within, where, lookup.take)


def _where(pairs: tuple[tuple[str, str], ...]) -> tuple[WhereV1, ...]:
    return tuple(WhereV1(member, value) for member, value in pairs)


def _call(call: Call) -> CallV1:
    body = None if call.body is None else _json(call.body)
    return CallV1(call.method, call.path, body, call.result)


def _json(value: Value) -> Json:
    """Write a body; an ID that only the run tells becomes ``{"$ref": "name"}``."""
    match value:
        case Ref(name):
            return {"$ref": name}
        case tuple():
            return tuple(map(_json, value))
        case Mapping():
            return {name: _json(member) for name, member in value.items()}
        case _:
            return value
