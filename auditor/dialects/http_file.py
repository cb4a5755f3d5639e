"""An HTTP file, as the REST Client of Visual Studio Code reads it.

Such a file has no logic, so each read says in words what has to come back, and once more in JSON
after ``@expect`` or ``@lookup`` for a program that sends the requests. No text can hold the braces
of a variable, and each body is one line, which nothing can turn into another request.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.dialects.script import (
    Outline,
    Part,
    Target,
    json_text,
    one_line,
    pieces,
    read_back,
    wanted,
)
from auditor.model.change import Call, Guard, Lookup, Ref, Value
from auditor.model.cloud import ENDPOINTS

_PLAIN = re.compile(r"[\w.@:/ -]*", re.ASCII)
"""What may stand in a JSONPath filter, which is run as a program."""


@dataclass(slots=True)
class _Names:
    """How a request names an id: as a variable, or as a part of an earlier answer."""

    known: dict[str, str] = field(default_factory=dict)
    lookups: list[Lookup] = field(default_factory=list)

    def of(self, name: str) -> str:
        return f"{{{{{self.known.get(name, name)}}}}}"


def write(outline: Outline, target: Target) -> str:
    """Write the requests."""
    names = _Names()
    lines = [
        *(_comment(line) for line in outline.heading),
        "#",
        "# Send the requests one by one, from the top. Go on only if an answer is as its comment",
        "# says: a file of requests cannot stop by itself. The token needs these permissions:",
        *(f"# {one}" for one in outline.scopes),
        "",
        f"@graph = {ENDPOINTS[target.cloud].graph}/v1.0",
        "@token = ",
        *(line for one in outline.inputs for line in ["", *_input(one.name, one.question)]),
    ]
    for part in outline.parts:
        for guard in part.early:
            lines += _guard(guard, names)
    for part in outline.parts:
        lines += _work(part, names)
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return f"# {_unbraced(one_line(text))}".rstrip()


def _unbraced(text: str) -> str:
    """Take the braces of a variable apart."""
    return re.sub(r"([{}])(?=[{}])", r"\1 ", text)


def _input(name: str, question: str) -> list[str]:
    return [_comment(f"Input: {question}"), f"@{name} = "]


def _work(part: Part, names: _Names) -> list[str]:
    if part.note:
        return ["", "###", _comment(part.title), _comment(part.note)]
    lines: list[str] = []
    for lookup in part.lookups:
        lines += _lookup(lookup, names)
    for guard in part.late:
        lines += _guard(guard, names)
    for call in part.calls:
        lines += _call(part, call, names)
        for guard in read_back(part, call):
            lines += _guard(guard, names)
    return lines


def _guard(guard: Guard, names: _Names) -> list[str]:
    expect: dict[str, Value] = {
        "member": guard.member,
        "within": guard.within,
        "where": _where(guard.where),
        "expected": guard.expected,
    }
    return [
        "",
        "###",
        _comment(f"Check: {guard.title}"),
        _comment(_hope(guard)),
        f"# @expect {_json(expect, names)}",
        *_request("GET", guard.path, names),
    ]


def _hope(guard: Guard) -> str:
    if not guard.member:
        return "Go on only if the answer is 404 Not Found."
    if guard.within and not guard.expected:
        return f"Go on only if no item of {guard.within} matches."
    items = f" of the matching items of {guard.within}" if guard.within else ""
    order = ", in any order" if isinstance(guard.expected, tuple) else ""
    return f"Go on only if {guard.member}{items} is what is listed after expected{order}."


def _where(where: Iterable[tuple[str, str]]) -> dict[str, Value]:
    return dict(wanted(where))


def _lookup(lookup: Lookup, names: _Names) -> list[str]:
    """Find an id once; a name stands for one request."""
    if lookup in names.lookups:
        return []
    names.lookups.append(lookup)
    read: dict[str, Value] = {
        "name": lookup.name,
        "within": lookup.within,
        "where": _where(lookup.where),
        "take": lookup.take,
    }
    lines = [
        "",
        "###",
        _comment(f"Find the id {lookup.name}: exactly one has to match."),
        f"# @lookup {_json(read, names)}",
    ]
    found = _json_path(lookup)
    if found is None:
        given = [*_input(lookup.name, f"{lookup.take} of the matching item of the answer")]
        return [*lines, *_request("GET", lookup.path, names), "", "###", *given]
    lines += [f"# @name {lookup.name}", *_request("GET", lookup.path, names)]
    names.known[lookup.name] = f"{lookup.name}.response.body.{found}"
    return lines


def _json_path(lookup: Lookup) -> str | None:
    """Say where the answer holds the id; None where that is not safe to say."""
    if not lookup.within:
        return f"$.{lookup.take}"
    pairs = wanted(lookup.where)
    texts = [value for _, value in pairs if isinstance(value, str) and _PLAIN.fullmatch(value)]
    if len(texts) < len(pairs):
        return None
    conditions = " && ".join(f"@.{member}=='{value}'" for member, value in pairs)
    selected = f"?({conditions})" if conditions else "0"
    return f"$.{lookup.within}[{selected}].{lookup.take}"


def _call(part: Part, call: Call, names: _Names) -> list[str]:
    lines = ["", "###", _comment(part.title)]
    if call.result:
        lines.append(f"# @name {call.result}")
    if call.patient:
        lines.append("# Graph may need a minute: where it answers 400 or 404, send it again.")
    lines += _request(call.method, call.path, names, call.body)
    if call.result:
        names.known[call.result] = f"{call.result}.response.body.$.id"
    return lines


def _request(
    method: str, path: str, names: _Names, body: Mapping[str, Value] | None = None
) -> list[str]:
    address = "".join(one if isinstance(one, str) else names.of(one.name) for one in pieces(path))
    lines = [f"{method} {{{{graph}}}}{address}", "Authorization: Bearer {{token}}"]
    if body is None:
        return lines
    return [*lines, "Content-Type: application/json", "", _json(body, names)]


def _json(value: Mapping[str, Value], names: _Names) -> str:
    return json_text(value, lambda one: _leaf(one, names))


def _leaf(value: str | Ref, names: _Names) -> str:
    if isinstance(value, Ref):
        return f'"{names.of(value.name)}"'
    return json.dumps(value).replace("{", "\\u007b").replace("}", "\\u007d")
