"""Decoding of Graph's JSON: strict about types, open to new members."""

from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from auditor.sources.source import MalformedError

T = TypeVar("T")


class GraphObject(msgspec.Struct, rename="camel"):
    """The base of the shapes that answers are decoded to; unknown members are passed over."""


def decode(body: bytes, shape: type[T]) -> T:
    """Decode one JSON document.

    Raises:
        MalformedError: It is not JSON, or a member has another type than Graph documents.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(str(error)) from error


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]


def items(bodies: tuple[bytes, ...], shape: type[T]) -> tuple[T, ...]:
    """Decode every page of a listing and join the pages."""
    return tuple(
        decode(bytes(item), shape) for body in bodies for item in decode(body, _Page).value
    )


def only(bodies: tuple[bytes, ...]) -> bytes:
    """Return the body of a source that has no pages."""
    if len(bodies) != 1:
        raise MalformedError("one answer was expected")
    return bodies[0]


def members(body: bytes) -> dict[str, msgspec.Raw]:
    """Decode an object to its members, undecoded."""
    return decode(body, dict[str, msgspec.Raw])


def optional(value: T | UnsetType | None) -> T | None:
    """Read a member that may be left out as null."""
    return None if value is UNSET or isinstance(value, UnsetType) else value


def left_out(**values: object) -> frozenset[str]:
    """Name the members that the answer does not have, in Graph's spelling."""
    return frozenset(name for name, value in values.items() if value is UNSET)
