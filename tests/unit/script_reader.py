"""Reads scripts back, with real parsers where there are some: what would they send?"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import tree_sitter
import tree_sitter_powershell

from auditor.dialects.script import variable
from auditor.model.change import Call, Ref, Value

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

_LANGUAGE = tree_sitter.Language(tree_sitter_powershell.language())
_REF = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Sent:
    """One write; ``{name_id}`` stands for an id that only the run tells."""

    method: str
    path: str
    body: Json


def expected(call: Call) -> Sent:
    """What a change asks for, in the same form."""
    path = _REF.sub(lambda found: f"{{{variable(found[1])}}}", call.path)
    return Sent(call.method, path, None if call.body is None else plain(call.body))


def plain(value: Value) -> Json:
    match value:
        case Ref():
            return f"{{{variable(value.name)}}}"
        case tuple():
            return [plain(one) for one in value]
        case Mapping():
            return {name: plain(one) for name, one in value.items()}
        case _:
            return value


# PowerShell


def powershell_tree(content: str) -> tree_sitter.Node:
    """Parse a script; fails where the grammar does not know a part of it."""
    root = tree_sitter.Parser(_LANGUAGE).parse(content.encode()).root_node
    assert not root.has_error, content
    return root


def powershell_writes(content: str) -> list[Sent]:
    sent: list[Sent] = []
    body: Json = None
    for node in _walk(powershell_tree(content)):
        if node.type == "assignment_expression" and _text(node).startswith("$body ="):
            body = _value(_child(node, "value"))
        if node.type == "command" and _text(node).startswith("Send-Graph "):
            words = _arguments(node)
            given = body if "-Body" in words else None
            sent.append(Sent(str(words["-Method"]), str(words["-Path"]), given))
    return sent


def powershell_checks(content: str) -> list[Json]:
    """List what is compared before and after writes: the tables after the titles."""
    return [
        _value(table)
        for node in _walk(powershell_tree(content))
        if node.type == "command" and _text(node).startswith(("Assert-Unchanged ", "Confirm-Kept "))
        for table in _walk(node)
        if table.type == "hash_literal_expression" and _owner(table) == node
    ]


def _owner(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The command that a table is a word of; None for a table within a table."""
    above = node.parent
    while above is not None and above.type not in {"command", "hash_literal_expression"}:
        above = above.parent
    return above


def _walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _text(node: tree_sitter.Node) -> str:
    assert node.text is not None
    return node.text.decode()


def _child(node: tree_sitter.Node, name: str) -> tree_sitter.Node:
    found = node.child_by_field_name(name)
    assert found is not None
    return found


def _arguments(command: tree_sitter.Node) -> dict[str, Json]:
    words = [one for one in _child(command, "command_elements").children if one.is_named]
    found: dict[str, Json] = {}
    name = ""
    for word in words:
        if word.type == "command_parameter":
            name = _text(word)
        elif word.type == "generic_token":
            found[name] = _text(word)
        elif word.type != "command_argument_sep":
            found[name] = _value(word)
    return found


_CONSTANTS: dict[str, Json] = {"$null": None, "$true": True, "$false": False}


def _value(node: tree_sitter.Node) -> Json:
    """Work out an expression of the few kinds that scripts hold."""
    kinds = {
        "verbatim_string_characters": _plain_text,
        "expandable_string_literal": _expandable_text,
        "decimal_integer_literal": lambda one: int(_text(one)),
        "variable": _variable,
        "cast_expression": _cast,
        "hash_literal_expression": _hash,
        "array_expression": _list,
    }
    if node.type in kinds:
        return kinds[node.type](node)
    if node.type == "additive_expression" and len(node.named_children) > 1:
        return "".join(str(_value(one)) for one in node.named_children)
    assert len(node.named_children) == 1, (node.type, _text(node))
    return _value(node.named_children[0])


def _plain_text(node: tree_sitter.Node) -> Json:
    return _text(node)[1:-1].replace("''", "'")


def _expandable_text(node: tree_sitter.Node) -> Json:
    shown = re.sub(r"(?<!`)\$\{?(\w+)\}?", r"{\1}", _text(node)[1:-1])
    return shown.replace("`$", "$")


def _variable(node: tree_sitter.Node) -> Json:
    text = _text(node)
    return _CONSTANTS[text] if text in _CONSTANTS else f"{{{text[1:]}}}"


def _cast(node: tree_sitter.Node) -> Json:
    number = re.fullmatch(r"\[char\](0x[0-9A-F]+)", _text(node))
    return chr(int(number[1], 16)) if number else _value(node.named_children[-1])


def _hash(node: tree_sitter.Node) -> Json:
    entries = [one for one in _walk(node) if one.type == "hash_entry"]
    return dict(_entry(one) for one in entries if _table(one) == node)


def _table(entry: tree_sitter.Node) -> tree_sitter.Node | None:
    above = entry.parent
    while above is not None and above.type != "hash_literal_expression":
        above = above.parent
    return above


def _entry(node: tree_sitter.Node) -> tuple[str, Json]:
    key, value = node.named_children
    return (
        _text(key) if key.named_children[0].type == "simple_name" else str(_value(key))
    ), _value(value)


def _list(node: tree_sitter.Node) -> list[Json]:
    if not node.named_children:
        return []
    inner = node.named_children[0]
    while inner.type != "array_literal_expression":
        assert len(inner.named_children) == 1, _text(inner)
        inner = inner.named_children[0]
    return [_value(one) for one in inner.named_children]


def whole(value: Json) -> Json:
    """Join the two halves that .NET makes of a character beyond the basic plane."""
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        case list():
            return [whole(one) for one in value]
        case dict():
            return {str(whole(name)): whole(one) for name, one in value.items()}
        case _:
            return value


# Azure CLI


@dataclass(frozen=True, slots=True)
class Command:
    words: tuple[str, ...]
    standard_input: tuple[str, ...]


def bash_commands(content: str) -> list[Command]:
    """List the commands below the functions; variables stand as ``{name}``."""
    lines = iter(content[content.index("\nadvice=") :].splitlines())
    found = []
    for first in lines:
        line = first
        while line.endswith("\\"):
            line = line[:-1] + next(lines)
        if not line or line.startswith("#"):
            continue
        start = re.search(r" <<('?)([A-Z]+)'?$", line)
        held: list[str] = []
        if start:
            while (more := next(lines)) != start[2]:
                held.append(more if start[1] else _expanded(more))
        command = line[: start.start()] if start else line
        words = shlex.split(command.replace("\\$", "\0").replace("\\`", "`"))
        found.append(Command(tuple(_expanded(one) for one in words), tuple(held)))
    return found


def _expanded(text: str) -> str:
    shown = re.sub(r"(?<!\\)\$\{([a-z0-9_]+)\}", r"{\1}", text)
    return re.sub(r"\\([\\$`])", r"\1", shown).replace("\0", "$")


def bash_writes(content: str) -> list[Sent]:
    sent = []
    for command in bash_commands(content):
        match command.words:
            case ("send", method, path, *_):
                sent.append(Sent(method, path, json.loads("\n".join(command.standard_input))))
            case ("remove", path):
                sent.append(Sent("DELETE", path, None))
            case _:
                pass
    return sent


# HTTP file


@dataclass(slots=True)
class Request:
    notes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    body: str = ""

    def note(self, name: str) -> str | None:
        """What a comment such as ``# @name x`` says."""
        start = f"# @{name} "
        return next((one.removeprefix(start) for one in self.notes if one.startswith(start)), None)


_VARIABLE = re.compile(r"\{\{([a-z0-9_]+)(?:\.response\.body\.[^}]*)?\}\}")


def http_requests(content: str) -> list[Request]:
    """Split a file as the REST Client does: ``###`` begins a request, a blank line its body."""
    found = []
    for part in re.split(r"(?m)^#{3,}.*$", content):
        request = Request()
        lines = [one for one in part.split("\n") if not re.match(r"\s*@[^\s=]+\s*=", one)]
        request.notes = [one for one in lines if one.startswith("#")]
        head, _, body = (
            "\n".join(one for one in lines if not one.startswith("#")).strip().partition("\n\n")
        )
        request.lines, request.body = head.splitlines(), body.strip()
        if request.lines:
            found.append(request)
    return found


def http_writes(content: str) -> list[Sent]:
    sent = []
    for request in http_requests(content):
        method, _, address = request.lines[0].partition(" ")
        if method != "GET":
            path = _VARIABLE.sub(_named, address.removeprefix("{{graph}}"))
            body = json.loads(_VARIABLE.sub(_named, request.body)) if request.body else None
            sent.append(Sent(method, path, body))
    return sent


def http_expects(content: str) -> list[Json]:
    notes = (request.note("expect") for request in http_requests(content))
    return [json.loads(_VARIABLE.sub(_named, one)) for one in notes if one is not None]


def _named(found: re.Match[str]) -> str:
    return f"{{{variable(found[1])}}}"


# Terraform


def terraform_text(raw: str) -> str:
    """Decode a quoted template in which nothing is computed."""
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', raw), raw
    assert not re.search(r"[$%]\{", raw), raw
    long = re.sub(r"\\U([0-9a-f]{8})", lambda found: chr(int(found[1], 16)), raw)
    return str(json.loads(long))
