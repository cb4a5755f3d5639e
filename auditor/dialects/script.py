"""What the dialects share: the order in which a script works, its heading, and its texts.

A script first reads everything that a plan relies on, and writes only if nothing differs. A read
that needs an id which an earlier part of the script finds or creates comes just before the writes
of its own step.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from auditor.model.change import Call, Guard, Input, Lookup, Method, Operation, Ref, Value
from auditor.model.cloud import Cloud
from auditor.model.plan import Plan, Step

_REF = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_SAFE = "/:?#@!$&'()*+,;=-._~%"
"""What RFC 3986 lets stand in a path with its query; anything else is percent-encoded."""

AUTHORIZATION_POLICY = "/policies/authorizationPolicy"
"""Some tenants accept a change of it and do not keep it, so it is read again."""
ADD_PASSWORD = "/addPassword"  # noqa: S105 - the name of an action
"""What ends the path of the request whose answer holds a new secret."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whose tenant a script is for."""

    cloud: Cloud
    tenant_id: str | None
    """A GUID; None where it is not known."""
    tenant_name: str
    """As the tenant says; shown in comments alone."""
    app: str
    """As its vendor says; shown in comments alone."""
    collected_at: datetime


@dataclass(frozen=True, slots=True)
class Script:
    """One file."""

    name: str
    """Such as ``apply.ps1`` or ``rollback.ps1``."""
    content: str
    """Lines end in a line feed, the last one too."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A tool that can run a plan."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Part:
    """What a script does about one step of the plan."""

    number: int
    """The step's place in the plan, from 1."""
    title: str
    """One line."""
    note: str
    """What a person does instead; empty where the script does it."""
    early: tuple[Guard, ...] = ()
    """Checked before the script writes anything."""
    lookups: tuple[Lookup, ...] = ()
    late: tuple[Guard, ...] = ()
    """Checked after the lookups and before the calls, as they need an id found by then."""
    calls: tuple[Call, ...] = ()
    applied: tuple[Call, ...] = ()
    """What applying the step sends, also in a rollback."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A script before it is put into a language."""

    undo: bool
    heading: tuple[str, ...]
    """Lines without a comment sign, each safe in a comment."""
    inputs: tuple[Input, ...]
    scopes: tuple[str, ...]
    parts: tuple[Part, ...]
    """In the order in which they are run."""
    reversible: tuple[int, ...]
    """The numbers of the steps that the rollback takes back."""

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return "rollback" if self.undo else "apply"

    @property
    def partial(self) -> bool:
        """A rollback that may have to leave out steps which were not reached."""
        return self.undo and len(self.reversible) > 1

    def advice(self, rollback: str, last: str) -> str:
        """Say what to do where a write failed after others.

        Args:
            rollback: The name of the script that takes the plan back.
            last: How to tell it the number of the last finished step.
        """
        portal = "Look in the portal at a step that failed half way."
        if self.undo or not self.reversible:
            return portal
        told = f" {last} is the number of the last finished step." if self.reversible[1:] else ""
        return f"{rollback} takes finished steps back.{told} {portal}"


def one_line(text: str) -> str:
    """Make one line of it that nothing can end: what cannot be printed becomes a space."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def outline(plan: Plan, target: Target, *, undo: bool) -> Outline:
    """Put the work of a plan into the order of a script.

    Args:
        plan: Its steps are run in their order, or taken back in the opposite one.
        target: For the heading.
        undo: Take the plan back.
    """
    numbered = list(enumerate(plan.steps, 1))
    changes = [step.change for step in plan.steps if step.change is not None]
    operations = [one.undo if undo else one.do for one in changes]
    requests: list[Guard | Lookup | Call] = []
    for one in operations:
        if one is not None:
            requests += [*one.guards, *one.lookups, *one.calls]
    used = {name for request in requests for name in references(request)}
    asked = {one.name: one for change in changes for one in change.inputs if one.name in used}
    order = reversed(numbered) if undo else numbered
    return Outline(
        undo=undo,
        heading=_heading(plan, target, undo=undo),
        inputs=tuple(asked.values()),
        scopes=tuple(dict.fromkeys(name for change in changes for name in change.scopes)),
        parts=tuple(
            _used_alone(_part(number, step, frozenset(asked), undo=undo), used)
            for number, step in order
        ),
        reversible=tuple(number for number, step in numbered if _operation(step, undo=True)),
    )


def can_roll_back(plan: Plan) -> bool:
    """Say whether a script can take anything of it back."""
    return any(step.change is not None and step.change.undo is not None for step in plan.steps)


def _heading(plan: Plan, target: Target, *, undo: bool) -> tuple[str, ...]:
    roles = dict.fromkeys(step.role for step in plan.steps if step.change and step.role)
    verb = "Take back" if undo else "Apply"
    known = target.tenant_id or "its ID is not known: make sure that you sign in to the right one"
    read = target.collected_at.astimezone(UTC)
    return (
        f'{verb}: "{one_line(plan.title)}"',
        "Made by consent-auditor. Read it before you run it.",
        "",
        f'Tenant: "{one_line(target.tenant_name)}" ({one_line(known)})',
        f'App: "{one_line(target.app)}"',
        f"Made from the settings as read at {read:%Y-%m-%d %H:%M} UTC.",
        f"Role needed: {one_line(', '.join(roles)) or 'none'}.",
    )


def _part(number: int, step: Step, inputs: frozenset[str], *, undo: bool) -> Part:
    title = f"Step {number}: {one_line(step.title)}"
    operation = _operation(step, undo=undo)
    if operation is None:
        return Part(number, title, _note(step, undo=undo))
    early = tuple(one for one in operation.guards if references(one) <= inputs)
    late = tuple(one for one in operation.guards if not references(one) <= inputs)
    applied = step.change.do.calls if step.change else ()
    return Part(number, title, "", early, operation.lookups, late, operation.calls, applied)


def _used_alone(part: Part, used: set[str]) -> Part:
    """Keep no id that nothing refers to."""
    calls = (replace(one, result=one.result if one.result in used else "") for one in part.calls)
    return replace(part, calls=tuple(calls))


def _operation(step: Step, *, undo: bool) -> Operation | None:
    if step.change is None:
        return None
    return step.change.undo if undo else step.change.do


def _note(step: Step, *, undo: bool) -> str:
    if not undo:
        place = one_line(step.portal_path or step.portal_url)
        return f"By hand{f', at {place}' if place else ''}."
    words = one_line(step.undo)
    if step.change is None:
        return f"By hand: {words}" if words else "Nothing to take back."
    return f"No request takes this back. {words}".strip()


def split(text: str) -> tuple[str | Ref, ...]:
    """Split a text at the ids that only the run tells."""
    parts = enumerate(_REF.split(text))
    return tuple(Ref(part) if place % 2 else part for place, part in parts if part)


def pieces(path: str) -> tuple[str | Ref, ...]:
    """Split a path at the ids that only the run tells; every text is safe in an address."""
    return tuple(_encoded(one) if isinstance(one, str) else one for one in split(path))


def _encoded(text: str) -> str:
    """Percent-encode what may not stand in an address, and a last ``$``, which a name follows."""
    safe = quote(text, safe=_SAFE)
    return f"{safe[:-1]}%24" if safe.endswith("$") else safe


def references(one: Call | Guard | Lookup) -> frozenset[str]:
    """Name the ids that a request needs and only the run tells."""
    found = frozenset(_REF.findall(one.path))
    match one:
        case Call():
            return found | _refs(one.body)
        case Guard():
            return found | _refs(_hoped(one.where)) | _refs(one.expected)
        case Lookup():
            return found | _refs(_hoped(one.where))


def _hoped(where: Iterable[tuple[str, str]]) -> Value:
    return tuple(value for _, value in wanted(where))


def query_parameters(path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Split an address into its path and the decoded parts of its query."""
    place, _, query = path.partition("?")
    pairs = (one.partition("=") for one in query.split("&") if one)
    return place, tuple((unquote(key), unquote(value)) for key, _, value in pairs)


def wanted(where: Iterable[tuple[str, str]]) -> tuple[tuple[str, str | Ref], ...]:
    """Give the members and values that an item has to have, with refs told from texts."""
    return tuple((member, _text_or_ref(value)) for member, value in where)


def _text_or_ref(value: str) -> str | Ref:
    found = _REF.fullmatch(value)
    return Ref(found[1]) if found else value


def variable(name: str) -> str:
    """Name the variable of a ``Ref`` so that it meets no variable of a language or a script."""
    return name if name.endswith("_id") else f"{name}_id"


def read_back(part: Part, call: Call) -> tuple[Guard, ...]:
    """Give what should hold after a call, where an answer of success is not to be trusted."""
    if call.method is not Method.PATCH or call.path != AUTHORIZATION_POLICY:
        return ()
    checked = (one for one in (*part.early, *part.late) if one.path == call.path)
    return tuple(
        Guard(one.title, one.path, one.member, _member(call.body or {}, one.member))
        for one in checked
        if one.member and not one.within and _has(call.body or {}, one.member)
    )


def _member(value: Value, name: str) -> Value:
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _has(body: Mapping[str, Value], name: str) -> bool:
    outer, _, last = name.rpartition(".")
    inner = _member(body, outer) if outer else body
    return isinstance(inner, Mapping) and last in inner


def json_text(value: Value, leaf: Callable[[str | Ref], str], margin: str | None = None) -> str:
    """Write JSON.

    Args:
        value: What is written.
        leaf: Writes a text or a ref, with its quotes.
        margin: What stands before every further line; None for all on one line.
    """
    inner = None if margin is None else f"{margin}  "
    match value:
        case str() | Ref():
            return leaf(value)
        case tuple():
            return _bracketed("[]", [json_text(one, leaf, inner) for one in value], margin)
        case Mapping():
            members = [
                f"{json.dumps(name)}: {json_text(one, leaf, inner)}" for name, one in value.items()
            ]
            return _bracketed("{}", members, margin)
        case _:
            return json.dumps(value)


def _bracketed(ends: str, members: list[str], margin: str | None) -> str:
    if margin is None or not members:
        return f"{ends[0]}{', '.join(members)}{ends[1]}"
    lines = ",\n".join(f"{margin}  {one}" for one in members)
    return f"{ends[0]}\n{lines}\n{margin}{ends[1]}"


def _refs(value: Value) -> frozenset[str]:
    match value:
        case Ref():
            return frozenset({value.name})
        case tuple():
            return frozenset(name for one in value for name in _refs(one))
        case Mapping():
            return frozenset(name for one in value.values() for name in _refs(one))
        case _:
            return frozenset()
