"""A fact is known or unknown; there is no third thing and no default."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


@unique
class Why(StrEnum):
    """Why a fact is unknown. The values are the ``status`` words of the JSON report."""

    REFUSED = "refused"
    NOT_IN_CLOUD = "not-in-cloud"
    NOT_LICENSED = "not-licensed"
    MALFORMED = "malformed"
    FAILED = "failed"
    NOT_ASKED = "not-asked"


class Known(msgspec.Struct, Generic[T], frozen=True):
    """A value that the tenant stated."""

    value: T


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read, with what would settle it."""

    fact: str
    """The fact in a few words, such as "the app's grants"."""
    why: Why
    source: str
    request: str
    """The Graph request, or the option of this program, that would answer it."""
    needs: tuple[str, ...]
    """Microsoft Graph application permissions that let it be read; empty when none would."""
    detail: str


Fact = Known[T] | Unknown
