"""The shape of a profile file: which keys there are, and what kind of value each one takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, get_args, get_origin

import msgspec

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class RawPermission(msgspec.Struct, forbid_unknown_fields=True):
    """A permission with remarks."""

    scope: _Text
    documented_as: str = ""
    note: str = ""
    assumed: bool = False


class RawFeature(msgspec.Struct, forbid_unknown_fields=True):
    """One ``[[features]]`` table."""

    id: _Text
    name: _Text
    required: bool
    default: bool
    permissions: list[_Text | RawPermission]


class RawVariable(msgspec.Struct, forbid_unknown_fields=True):
    """One ``[[variables]]`` table."""

    name: _Text
    description: _Text
    kind: _Text
    required: bool


class RawRegistration(msgspec.Struct, forbid_unknown_fields=True):
    """The ``[registration]`` table."""

    platform: _Text
    redirect_uris: list[_Text]
    audiences: list[_Text]
    credential: bool
    elsewhere: bool


class RawProfile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    id: _Text
    name: _Text
    version: _Text
    kind: _Text
    summary: _Text
    source: _Text
    retrieved: date
    features: list[RawFeature]
    app_id: str | None = None
    registration: RawRegistration | None = None
    variables: list[RawVariable] = []
    notes: list[_Text] = []
    documented_way: str | None = None


_WORDS = {"str": "text", "object": "table", "array": "list", "bool": "true or false"}
_LONGEST_KEY = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is wrong at a key path."""

    path: str
    """Such as ``features[2].permissions[0]``; empty for the file as a whole."""
    problem: str
    """What is wrong and what to write instead."""
    quoted: str = ""
    """The offending text, where it stands in quotes in the file."""


def shape_faults(
    data: dict[str, object], table: type[msgspec.Struct] = RawProfile, path: str = ""
) -> Iterator[Fault]:
    """Find every key that is unknown or missing, and every value of a wrong type."""
    fields = {one.name: one for one in msgspec.structs.fields(table)}
    for key in data:
        if key not in fields:
            problem = f"unknown key; known are {', '.join(fields)}"
            yield Fault(_joined(path, key[:_LONGEST_KEY]), problem)
    for name, field in fields.items():
        if name in data:
            yield from _value_faults(data[name], field.type, _joined(path, name))
        elif field.required:
            yield Fault(path, f"the key {name} is missing")


def values(data: object, pattern: str) -> list[tuple[str, object]]:
    """Find every value at a pattern such as ``features[].id``, each with its path.

    What does not exist, or is no table or list where the pattern wants one, is passed over.
    """
    found = [("", data)]
    for step in pattern.split("."):
        key = step.removesuffix("[]")
        found = [
            (_joined(path, key), table[key])
            for path, table in found
            if isinstance(table, dict) and key in table
        ]
        if step.endswith("[]"):
            found = [
                (f"{path}[{n}]", one)
                for path, items in found
                if isinstance(items, list)
                for n, one in enumerate(items)
            ]
    return found


def texts(data: object, pattern: str) -> list[tuple[str, str]]:
    """Find every text at a pattern, each with its path."""
    return [(path, one) for path, one in values(data, pattern) if isinstance(one, str)]


def _value_faults(value: object, kind: object, path: str) -> Iterator[Fault]:
    if get_origin(kind) is list and isinstance(value, list):
        for n, one in enumerate(value):
            yield from _value_faults(one, get_args(kind)[0], f"{path}[{n}]")
        return
    table = _table(kind)
    if table and isinstance(value, dict):
        yield from shape_faults(value, table, path)
        return
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        yield Fault(path, _problem(kind, str(error)))


def _table(kind: object) -> type[msgspec.Struct] | None:
    """Return the table that a value of this kind may be."""
    found = (one for one in (kind, *get_args(kind)) if isinstance(one, type))
    return next((one for one in found if issubclass(one, msgspec.Struct)), None)


def _problem(kind: object, message: str) -> str:
    """Say in an administrator's words what msgspec says of one value."""
    if kind is date:
        return "write a date such as 2026-11-21, without quotes or time"
    if "length" in message:
        return "must not be empty"
    plain = re.sub(r"`([^`]*)`", lambda match: _in_words(match[1]), message)
    return plain[0].lower() + plain[1:]


def _in_words(types: str) -> str:
    """Say ``text or table`` for msgspec's ``str | object``."""
    return " or ".join(_WORDS.get(name, name) for name in types.split(" | "))


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
