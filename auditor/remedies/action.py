"""A remedy's action: the step that a person reads, and what the tenant would be after it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

from auditor.facts import TenantFacts
from auditor.model.change import Call, Change, Guard, Method, Operation, Value
from auditor.model.plan import Step
from auditor.model.profile import ConsentRequest
from auditor.simulate import simulate

_T = TypeVar("_T")

PERSON = "principal"
"""The input that says for whom an action is; one plan asks for it once."""


@dataclass(frozen=True, slots=True)
class World:
    """A tenant and what is asked of it, before or after some actions."""

    facts: TenantFacts
    request: ConsentRequest


class Action(msgspec.Struct, frozen=True):
    """One thing that can be done about a decision."""

    step: Step
    effect: Callable[[World], World]
    """Raises ``ImpossibleError`` where the action cannot be done in that world."""
    outside: bool = False
    """Somebody outside the tenant does it."""


def by_requests(step: Step) -> Action:
    """Make the action of a step whose requests are all that it does."""

    def effect(world: World) -> World:
        calls = step.change.do.calls if step.change else ()
        return replace(world, facts=simulate(world.facts, calls))

    return Action(step, effect)


def together(changes: Sequence[Change]) -> Change:
    """Join changes to one: everything is compared first, then written in their order.

    What takes it back goes the other way round.
    """
    undone = [one.undo for one in reversed(changes) if one.undo is not None]
    return Change(
        scopes=_unique(scope for one in changes for scope in one.scopes),
        do=_joined([one.do for one in changes]),
        undo=_joined(undone) if len(undone) == len(changes) else None,
        inputs=_unique(found for one in changes for found in one.inputs),
    )


def _joined(operations: Sequence[Operation]) -> Operation:
    return Operation(
        guards=tuple(guard for one in operations for guard in one.guards),
        calls=tuple(call for one in operations for call in one.calls),
        lookups=_unique(lookup for one in operations for lookup in one.lookups),
    )


def _unique(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(items))


def patch(
    path: str, title: str, member: str, old: Value, new: Value
) -> tuple[Operation, Operation]:
    """Give the operation that changes one member of an object, and the one that takes it back.

    Args:
        path: The object's.
        title: What is compared before, in a few words.
        member: Its name; ``web.redirectUris`` is a member of a member.
        old: As audited.
        new: What it shall be.
    """
    return _patch(path, title, member, old, new), _patch(path, title, member, new, old)


def _patch(path: str, title: str, member: str, old: Value, new: Value) -> Operation:
    outer, _, inner = member.partition(".")
    body = {outer: {inner: new} if inner else new}
    guard = Guard(title=title, path=path, member=member, expected=old)
    return Operation((guard,), (Call(Method.PATCH, path, body),))
