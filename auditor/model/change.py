"""What a person changes in a tenant, as Graph requests; this program prints them, never sends them.

A change first reads what it is about to change and stops where that is not what was audited, then
writes; its undo does the same with the values that the change wrote. Everything else that says
how (a script in any dialect, the simulation that proves a plan) is made from these types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TypeAlias

import msgspec

Value: TypeAlias = "bool | int | str | Ref | tuple[Value, ...] | Mapping[str, Value] | None"
"""JSON, frozen, in which an id may stand that only the run of a script tells."""


class Ref(msgspec.Struct, frozen=True):
    """An id that an input, a lookup or an earlier call of the same script gives."""

    name: str
    """Lower case letters, digits and underscores, a letter first."""


@unique
class Method(StrEnum):
    """How a request writes."""

    POST = "POST"
    PATCH = "PATCH"
    PUT = "PUT"
    DELETE = "DELETE"


class Input(msgspec.Struct, frozen=True):
    """An object id that only the person who runs the script can say."""

    name: str
    question: str
    """Such as "Object ID of the user or group who shall use the app"."""


class Guard(msgspec.Struct, frozen=True):
    """What has to be there still, as audited; the script stops before it writes otherwise."""

    title: str
    """What is compared, in a few words."""
    path: str
    """Read with GET; below the API version, ``{name}`` stands for a ``Ref``."""
    member: str
    """The member compared, such as ``web.redirectUris``; empty: the object must not exist (404)."""
    expected: Value
    """As audited: a scalar, or a tuple of texts whose order does not count; letter case does."""
    within: str = ""
    """The member that holds a list, such as ``value``; empty where the answer is one object.

    With a list, the values of ``member`` of all matching items are compared, as a tuple.
    """
    where: tuple[tuple[str, str], ...] = ()
    """Members and their values, all of which an item of the list must have; letter case counts
    not. A value may be ``{name}``."""


class Lookup(msgspec.Struct, frozen=True):
    """An id that is found by reading; the script stops where there is not exactly one."""

    name: str
    """The name that a ``Ref`` uses."""
    path: str
    within: str
    where: tuple[tuple[str, str], ...]
    take: str
    """The member that holds the id, such as ``id`` or ``keyId``."""


@dataclass(frozen=True, slots=True)
class Call:
    """One write."""

    method: Method
    path: str
    """Below the API version, percent-encoded; ``{name}`` stands for a ``Ref``."""
    body: Mapping[str, Value] | None = None
    result: str = ""
    """The name under which later calls refer to the ``id`` of what this one creates."""
    patient: bool = False
    """It needs what an earlier call of the plan made, which Graph may not find for a minute."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Reads that have to agree, then writes, in this order."""

    guards: tuple[Guard, ...]
    calls: tuple[Call, ...]
    lookups: tuple[Lookup, ...] = ()
    """Found after the guards and before the calls."""


class Change(msgspec.Struct, frozen=True):
    """What one step does in the tenant, and what takes it back."""

    scopes: tuple[str, ...]
    """The delegated Microsoft Graph permissions that a script needs for it."""
    do: Operation
    undo: Operation | None
    """None where nothing takes it back, such as a secret that somebody has read."""
    inputs: tuple[Input, ...] = ()
