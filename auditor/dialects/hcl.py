"""Terraform's language, in the layout of ``terraform fmt``."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from auditor.model.change import Ref, Value

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(text: str) -> str:
    """Make a template of it that gives exactly this text."""
    return f'"{escape(text)}"'


def escape(text: str) -> str:
    """Write what can stand between the quotes of a template."""
    shown = "".join(_ESCAPES.get(one) or _printable(one) for one in text)
    return re.sub(r"[$%](?=\{)", lambda sign: f"\\u{ord(sign[0]):04x}", shown)


def _printable(one: str) -> str:
    """Escape what is not plain ASCII: some letters are blank, or change how others are shown."""
    if one.isascii() and one.isprintable():
        return one
    return f"\\u{ord(one):04x}" if ord(one) <= 0xFFFF else f"\\U{ord(one):08x}"  # noqa: PLR2004


def expression(value: Value, ref: Callable[[Ref], str], margin: str = "") -> str:
    """Write a value.

    Args:
        value: What is written.
        ref: Writes the expression that gives an id.
        margin: What stands before every further line.
    """
    inner = f"{margin}  "
    match value:
        case Ref():
            return ref(value)
        case None | bool() | int():
            return json.dumps(value)
        case str():
            return quote(value)
        case tuple():
            return listed((expression(one, ref, inner) for one in value), margin)
        case Mapping():
            members = [(_key(name), expression(one, ref, inner)) for name, one in value.items()]
            return "\n".join(["{", *attributes(members, inner), f"{margin}}}"]) if members else "{}"


def listed(members: Iterable[str], margin: str = "") -> str:
    """Write a list, one element a line unless there is but one."""
    found = list(members)
    if not found or (len(found) == 1 and "\n" not in found[0]):
        return f"[{''.join(found)}]"
    return "\n".join(["[", *(f"{margin}  {one}," for one in found), f"{margin}]"])


def attributes(members: Iterable[tuple[str, str]], margin: str = "") -> list[str]:
    """Write assignments; the signs of neighbours stand below each other unless one is broken."""
    lines: list[str] = []
    for broken, group in groupby(members, key=lambda one: "\n" in one[1]):
        pairs = list(group)
        width = 0 if broken else max(len(name) for name, _ in pairs)
        lines += [f"{margin}{name.ljust(width)} = {text}" for name, text in pairs]
    return lines


def block(head: str, lines: Iterable[str]) -> list[str]:
    """Write a block; its lines come without a margin of their own."""
    inner = [line for text in lines for line in text.split("\n")]
    return [f"{head} {{", *(f"  {line}" if line else "" for line in inner), "}"]


def traversal(source: str, member: str) -> str:
    """Reach for a member such as ``web.redirectUris``."""
    steps = (
        f".{part}" if re.fullmatch("[A-Za-z][A-Za-z0-9_]*", part) else f"[{quote(part)}]"
        for part in member.split(".")
    )
    return source + "".join(steps)


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) else quote(name)


def texts(value: Value) -> Value:
    """Write what is missing in a list as the word that stands for it in a comparison."""
    if not isinstance(value, tuple):
        return value
    return tuple("null" if one is None else one for one in value)


def text_of(value: str) -> str:
    """Write the expression that gives a value as text, and what is missing as ``texts`` does."""
    return f'try({value} == null ? "null" : tostring({value}), "null")'
