"""Requests and replies of the fake servers, before and after they are bytes on a socket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from functools import cached_property
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

JSON_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;"
    "IEEE754Compatible=false;charset=utf-8"
)


@unique
class Wire(StrEnum):
    """How the bytes of a reply leave the server."""

    WHOLE = "whole"
    RESET = "reset"
    """The connection is reset before a byte is sent."""
    SHORT = "short"
    """Half of the announced body is sent, then the connection is reset."""
    DRIP = "drip"
    """Blanks, one at a time, until the client or the test gives up."""


@dataclass(frozen=True)
class Request:
    """One request, or one part of a batch."""

    server: str
    """Which fake got it: ``graph``, ``entra``, ``managed-identity`` or ``elsewhere``."""
    method: str
    origin: str
    """Scheme, host and port that the client used."""
    target: str
    """Path and query as they were sent."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""
    part: str = ""
    """The id within the batch; empty for a request of its own."""

    @cached_property
    def path(self) -> str:
        """Decoded, without the query."""
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Decoded names and values in the order they were sent."""
        return tuple(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def url(self) -> str:
        """Absolute, as the client could ask for it again."""
        return self.origin + self.target

    @property
    def version(self) -> str:
        """The API version, ``v1.0`` or ``beta``; whatever comes first for other servers."""
        return self.path.split("/")[1]

    @property
    def resource(self) -> str:
        """The Graph path below the version, such as ``/policies/authorizationPolicy``."""
        return self.path.removeprefix(f"/{self.version}")

    def option(self, name: str) -> str:
        """Return the first value of a query option; empty when it was not given."""
        return next((value for key, value in self.query if key == name), "")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: Wire = Wire.WHOLE


def json_reply(status: int, content: Json, headers: Mapping[str, str] | None = None) -> Reply:
    """Make a reply of JSON as Graph labels it."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, body, {"Content-Type": JSON_TYPE, **(headers or {})})


def graph_error(
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Make a reply with Graph's error body."""
    request_id = str(uuid4())
    inner: Json = {
        "date": "2026-08-20T09:00:00",
        "request-id": request_id,
        "client-request-id": request_id,
    }
    error: Json = {"code": code, "message": message, "innerError": inner}
    return json_reply(status, {"error": error}, headers)
