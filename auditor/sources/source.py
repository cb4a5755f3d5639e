"""What a source is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Generic, TypeVar

import msgspec

from auditor.model.cloud import Cloud

T_co = TypeVar("T_co", covariant=True)


@unique
class Subject(StrEnum):
    """What a source is read for."""

    TENANT = "tenant"
    """Once."""
    POLICY = "policy"
    """Once for each app consent policy, by its id."""
    RESOURCE = "resource"
    """Once for each resource app, by its app ID."""
    CLIENT = "client"
    """Once for each client app, by its app ID."""
    CLIENT_OBJECT = "client-object"
    """Once for each client app, by its service principal's object id, in the second step."""
    USER = "user"
    """For one person, by object id."""
    REVIEWER = "reviewer"
    """Once for each user, group or role that reviews requests, by its id, in the second step."""


@dataclass(frozen=True, slots=True)
class Source(Generic[T_co]):
    """One Graph resource that the auditor reads."""

    name: str
    title: str
    """In an administrator's words."""
    subject: Subject
    path: str
    """Below the API version; ``{subject}`` stands for what it is read for."""
    needs: tuple[str, ...]
    """The least-privileged Microsoft Graph application permission, or one that is needed anyway."""
    why: str
    """What stays unknown without it, for the documentation."""
    parse: Callable[[tuple[bytes, ...]], T_co]
    """Bodies of the pages, in order, to our own type; raises ``MalformedError``."""
    also: tuple[str, ...] = ()
    """Broader application permissions that Graph documents for the same read."""
    absent_in: frozenset[Cloud] = frozenset()
    pages: bool = False
    """A listing whose further pages are read too."""
    advanced: bool = False
    """Sent with ``ConsistencyLevel: eventual``, as Graph's advanced queries ask."""
    may_be_absent: bool = False
    """404 is an answer: the tenant has no such object."""

    def request(self, subject: str = "") -> str:
        """Return path and query for one subject; quotes in it are doubled, as OData asks."""
        return self.path.replace("{subject}", subject.replace("'", "''"))


AnySource = Source[object]


class Item(msgspec.Struct, frozen=True):
    """One thing to read: a source for one subject."""

    source: AnySource
    subject: str

    @property
    def request(self) -> str:
        """Path and query below the API version."""
        return self.source.request(self.subject)


class MalformedError(ValueError):
    """An answer is not what Graph documents; the message says where."""
