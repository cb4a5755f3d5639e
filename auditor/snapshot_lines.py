"""The lines of a snapshot's text: a header, readings with their bodies, a footer.

docs/snapshot.md describes them. A body that Graph gave stands behind its line as it came, so that
neither writing nor reading has to look at it. Version 1 had it as a text within the line, and a
SHA-256 of all lines in the footer.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, TypeVar

import msgspec

from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from auditor.snapshot_format import SHOWN, FaultError, Limits, Text, invalid, short

T = TypeVar("T")

SCHEMA = "consent-auditor/snapshot/v2"
FIRST_SCHEMA = "consent-auditor/snapshot/v1"
"""Still read, no longer written."""

_FAMILY = "consent-auditor/snapshot/"
_OTHER = "read it with the release that wrote it, or write a new one with consent-auditor {command}"

_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Schema(msgspec.Struct, frozen=True):
    """What the first line has in every version."""

    schema: str


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The first line."""

    schema: str
    tool_version: str
    tenant: str
    cloud: Cloud
    collected_at: _Time
    share_safe: bool = False


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="line"):
    pass


class _Reading(_Line, frozen=True, tag="reading"):
    source: str
    subject: str
    page: _Number
    request: str
    status: _Number
    at: _Time
    failure: str
    body: str | msgspec.UnsetType = msgspec.UNSET
    body_base64: bytes | msgspec.UnsetType = msgspec.UNSET
    body_bytes: _Number | msgspec.UnsetType = msgspec.UNSET


class _Footer(_Line, frozen=True, tag="footer"):
    readings: _Number
    sha256: str | msgspec.UnsetType = msgspec.UNSET


_SCHEMA_LINE = msgspec.json.Decoder(_Schema)
_HEADER_LINE = msgspec.json.Decoder(Header)
_LATER_LINE: msgspec.json.Decoder[_Reading | _Footer] = msgspec.json.Decoder(_Reading | _Footer)


def make_header(
    tool_version: str,
    tenant: str,
    cloud: Cloud,
    collected_at: datetime,
    *,
    share_safe: bool = False,
) -> Header:
    """Make the first line of this version."""
    at = collected_at.astimezone(UTC)
    return Header(SCHEMA, tool_version, tenant, cloud, at, share_safe)


class LineWriter:
    """Encodes lines within the limits, and counts the readings."""

    def __init__(self, limits: Limits, too_much: str = "collect for fewer profiles") -> None:
        """Start with nothing; ``too_much`` is the advice where the limits are reached."""
        self._limits = limits
        self._too_much = too_much
        self._left = limits.all_bytes
        self._readings = 0

    def header(self, header: Header) -> bytes:
        """Encode the first line."""
        return self._line(header)

    def reading(self, reading: Reading) -> bytes:
        """Encode a reading, with the line that is its body where Graph gave one."""
        self._readings += 1
        part = _reading_line(reading)
        line = self._line(part)
        if part.body_bytes is msgspec.UNSET:
            return line
        self._count(part.body_bytes + 1)
        return b"".join((line, reading.body, b"\n"))

    def footer(self) -> bytes:
        """Encode the last line."""
        return self._line(_Footer(self._readings))

    def again(self, text: bytes, *, is_reading: bool = True) -> None:
        """Count what an earlier run wrote."""
        self._readings += is_reading
        self._left -= len(text)

    def _line(self, part: Header | _Reading | _Footer) -> bytes:
        line = _encoded(part)
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        """Stop before a file comes about that could not be read again."""
        self._left -= size
        if size > self._limits.line_bytes or self._left < 0:
            most = f"{self._limits.all_bytes:,} bytes in all and {self._limits.line_bytes:,}"
            msg = f"cannot be written: more than {most} for one answer"
            raise FaultError(msg, self._too_much)


class LineReader:
    """Parses a text from its first line to its last."""

    def __init__(self, text: Text) -> None:
        """Parse the first line."""
        self._text = text
        self._first = text.line()
        self.header = parse_header(self._first)

    def readings(self) -> Iterator[Reading]:
        """Parse what follows, once; behind the last reading, compare the footer with them."""
        digest = sha256(self._first) if self.header.schema == FIRST_SCHEMA else None
        number = 2
        while line := self._text.line():
            part = _parsed(_LATER_LINE, line, number)
            if isinstance(part, _Footer):
                _check_footer(part, number - 2, digest.hexdigest() if digest else msgspec.UNSET)
                break
            if digest:
                digest.update(line)
            yield _reading(part, number, None if digest else self._text)
            number += 1
        else:
            raise invalid("no footer")
        if self._text.line():
            raise invalid("text after the footer")


def parse_header(line: bytes) -> Header:
    """Parse the first line, of which other versions have nothing but the schema in common."""
    schema = _parsed(_SCHEMA_LINE, line, 1).schema
    if schema in {SCHEMA, FIRST_SCHEMA}:
        return _parsed(_HEADER_LINE, line, 1)
    if not schema.startswith(_FAMILY):
        msg = f"is not a snapshot: its schema is '{short(schema)}'"
        raise FaultError(msg)
    msg = f"is of the version '{short(schema)}', and this program reads up to {SCHEMA!r}"
    raise FaultError(msg, _OTHER)


def header_of(content: bytes) -> Header:
    """Parse a text that is a first line and nothing else."""
    text = Text(io.BytesIO(content), Limits())
    found = parse_header(text.line())
    _check_end(text, 1)
    return found


def reading_of(content: bytes, number: int) -> Reading:
    """Parse a text that is one reading, with its body, and nothing else."""
    text = Text(io.BytesIO(content), Limits())
    part = _parsed(_LATER_LINE, text.line(), number)
    if isinstance(part, _Footer):
        raise invalid(f"line {number}: a footer")
    found = _reading(part, number, text)
    _check_end(text, number)
    return found


def _check_end(text: Text, number: int) -> None:
    if text.line():
        raise invalid(f"line {number}: text behind it")


def _encoded(part: Header | _Reading | _Footer) -> bytes:
    try:
        return msgspec.json.encode(part) + b"\n"
    except UnicodeEncodeError as error:
        msg = f"cannot be written: {error.object!a:.{SHOWN}} is not Unicode"
        raise FaultError(msg, "correct that text") from error


def _reading_line(reading: Reading) -> _Reading:
    text: str | msgspec.UnsetType = msgspec.UNSET
    other: bytes | msgspec.UnsetType = msgspec.UNSET
    size: int | msgspec.UnsetType = msgspec.UNSET
    if reading.is_read:
        size = len(reading.body)
    else:
        try:
            text = reading.body.decode()
        except UnicodeDecodeError:
            other = reading.body
    return _Reading(
        source=reading.source,
        subject=reading.subject,
        page=reading.page,
        request=reading.request,
        status=reading.status,
        at=reading.at.astimezone(UTC),
        failure=reading.failure,
        body=text,
        body_base64=other,
        body_bytes=size,
    )


def _reading(part: _Reading, number: int, text: Text | None) -> Reading:
    """Make a reading of its line and of what follows; nothing follows in version 1."""
    match part.body, part.body_base64, part.body_bytes:
        case str(words), msgspec.UNSET, msgspec.UNSET:
            body = words.encode()
        case msgspec.UNSET, bytes(other), msgspec.UNSET:
            body = other
        case msgspec.UNSET, msgspec.UNSET, int(size) if text:
            body = text.body(size, f"line {number}")
        case _:
            names = "body, body_base64 and body_bytes" if text else "body and body_base64"
            raise invalid(f"line {number}: give one of {names}")
    return Reading(
        source=part.source,
        subject=part.subject,
        page=part.page,
        request=part.request,
        status=part.status,
        body=body,
        at=part.at,
        failure=part.failure,
    )


def _check_footer(footer: _Footer, readings: int, digest: str | msgspec.UnsetType) -> None:
    if footer.readings != readings:
        raise invalid(f"its footer counts {footer.readings} readings and there are {readings}")
    if (footer.sha256 is msgspec.UNSET) != (digest is msgspec.UNSET):
        which = "has no SHA-256" if footer.sha256 is msgspec.UNSET else "has a SHA-256"
        raise invalid(f"its footer {which}, unlike those of its version")
    if footer.sha256 != digest:
        raise invalid("its footer has another SHA-256 than its lines")


def _parsed(decoder: msgspec.json.Decoder[T], line: bytes, number: int) -> T:
    try:
        return decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise invalid(f"line {number}: {short(error)}") from error
