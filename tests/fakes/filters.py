"""``$filter`` as far as the auditor uses it: comparisons with ``and``, ``in`` and ``startswith``."""

import re
from collections.abc import Iterator

from tests.fakes.wire import Json

MOST_VALUES = 15
"""Of ``in``, where the query is no advanced one."""
_COMPARISON = re.compile(
    r"\s*(?P<member>[\w/]+) (?P<operator>eq|ge|le|in) "
    r"(?:'(?P<text>(?:[^']|'')*)'"
    r"|\((?P<values>'(?:[^']|'')*'(?:\s*,\s*'(?:[^']|'')*')*)\)"
    r"|(?P<word>[^\s'()]+))\s*(?:and\s|$)",
)
_VALUE = re.compile(r"'((?:[^']|'')*)'")
_STARTS = re.compile(r"startswith\((?P<member>\w+),'(?P<text>[^']*)'\)$")
_STARTING = {"appId", "displayName"}
"""Members of service principals that Graph documents for ``startswith``."""
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}


class FilterError(ValueError):
    """A ``$filter`` is not of the form that this fake understands, or that Graph takes."""


def matching(items: list[dict[str, Json]], expression: str) -> Iterator[dict[str, Json]]:
    """Give the items that a filter lets through."""
    conditions = [*_conditions(expression)]
    for item in items:
        if all(_holds(item, *condition) for condition in conditions):
            yield item


def _conditions(expression: str) -> Iterator[tuple[str, str, Json]]:
    if starts := _STARTS.match(expression):
        if starts["member"] not in _STARTING:
            msg = f"startswith is not supported for {starts['member']!r}."
            raise FilterError(msg)
        yield starts["member"], "startswith", starts["text"]
        return
    position = 0
    while position < len(expression):
        found = _COMPARISON.match(expression, position)
        if not found or (found["operator"] == "in") != (found["values"] is not None):
            msg = f"This fake does not understand the filter {expression!r}."
            raise FilterError(msg)
        yield found["member"], found["operator"], _wanted(found)
        position = found.end()


def _wanted(found: re.Match[str]) -> Json:
    text, word, values = found["text"], found["word"], found["values"]
    if text is not None:
        return text.replace("''", "'")
    if values is None:
        return _WORDS.get(word, word)
    wanted: list[Json] = [one.replace("''", "'").lower() for one in _VALUE.findall(values)]
    if len(wanted) > MOST_VALUES:
        operators = "search filter expression containing 'OR' operators"
        msg = f"Too many child clauses specified in {operators}: {len(wanted)}. Max allowed: 15."
        raise FilterError(msg)
    return wanted


def _holds(item: dict[str, Json], member: str, operator: str, wanted: Json) -> bool:
    value: Json = item
    for name in member.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    if operator == "eq":
        return value == wanted
    if isinstance(wanted, list):  # ids, in any letter case
        return isinstance(value, str) and value.lower() in wanted
    if not isinstance(value, str) or not isinstance(wanted, str):
        return False
    if operator == "startswith":
        return value.lower().startswith(wanted.lower())
    return value >= wanted if operator == "ge" else value <= wanted
