"""Writes a snapshot to a file and reads it back, exactly.

The format is described in docs/snapshot.md: JSON Lines in a zstd frame, then a seal, which is the
SHA-256 of the frame. The seal is needed because zstd takes some damaged frames for good ones:
not every bit of a frame has a meaning.

A file is foreign until proven otherwise: the seal is compared before anything is decompressed,
and no more is held in memory than the readings and one line.
"""

import io
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import msgspec
import zstandard

from auditor.errors import SnapshotError
from auditor.files import shown, write_whole
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading, Snapshot

T = TypeVar("T")

MAX_BYTES = 2 * 1024**3
"""Of the decompressed text."""

MAX_LINE = 256 * 1024**2
"""Bytes of one line."""

SCHEMA = "consent-auditor/snapshot/v1"

_FAMILY = "consent-auditor/snapshot/"
_LEVEL = 3
_MAX_WINDOW = 8 * 1024**2  # what RFC 8878, section 3.1.1.1.2, asks every decoder to support
_CHUNK = 1024**2
_SHOWN = 150  # characters of text that comes out of a file
_ZSTD = b"\x28\xb5\x2f\xfd"
_SEAL = b"\x55\x2a\x4d\x18" + (32).to_bytes(4, "little")  # a skippable frame of 32 bytes
_SEAL_SIZE = len(_SEAL) + 32

_COLLECT = "give a file that consent-auditor collect wrote"
_AGAIN = "copy it again, or write a new one with consent-auditor collect"

_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Number = Annotated[int, msgspec.Meta(ge=0)]


class _Schema(msgspec.Struct, frozen=True):
    """What the first line has in every version."""

    schema: str


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
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


class _Footer(_Line, frozen=True, tag="footer"):
    readings: _Number
    sha256: str


_SCHEMA_LINE = msgspec.json.Decoder(_Schema)
_HEADER_LINE = msgspec.json.Decoder(_Header)
_LATER_LINE: msgspec.json.Decoder[_Reading | _Footer] = msgspec.json.Decoder(_Reading | _Footer)


class _FaultError(Exception):
    """What is wrong with the file, and what to do; the file is named later."""


def write_snapshot(
    snapshot: Snapshot,
    path: Path,
    *,
    tool_version: str,
    max_bytes: int = MAX_BYTES,
    max_line: int = MAX_LINE,
) -> None:
    """Write a snapshot that only its owner can read, whole or not at all.

    The same snapshot and version give the same text, and with the same zstd library the same
    bytes.

    Args:
        snapshot: Its times must be aware of their zone; they are written in UTC.
        path: A regular file, which is replaced, or nothing yet.
        tool_version: Of this program; for people, no reader depends on it.
        max_bytes: Of the text before compression; what ``read_snapshot`` will accept.
        max_line: Bytes of one line; likewise.

    Raises:
        UsageError: The file cannot be written.
        SnapshotError: The snapshot is too large, or has text that is not Unicode.
    """
    lines = _bounded(_lines(snapshot, tool_version), max_bytes, max_line)
    with _named(path):
        write_whole(path, _sealed(_compressed(lines)), mode=0o600)


def snapshot_bytes(snapshot: Snapshot, *, tool_version: str) -> bytes:
    """Return what ``write_snapshot`` would write.

    Raises:
        SnapshotError: The snapshot has text that is not Unicode.
    """
    with _named("the snapshot"):
        return b"".join(_sealed(_compressed(_lines(snapshot, tool_version))))


def read_snapshot(path: Path, *, max_bytes: int = MAX_BYTES, max_line: int = MAX_LINE) -> Snapshot:
    """Read a snapshot file, distrusting every byte of it.

    Args:
        path: A regular file or a symbolic link to one.
        max_bytes: The decompressed text may have.
        max_line: Bytes that one line may have.

    Raises:
        SnapshotError: It is missing, unreadable, no snapshot, damaged, too large or of an unknown
            version.
    """
    with _named(path), _opened(path) as file:
        return _read(file, os.fstat(file.fileno()).st_size, max_bytes, max_line)


def parse_snapshot(content: bytes, name: str, *, max_bytes: int = MAX_BYTES) -> Snapshot:
    """Read a snapshot that is no file of its own, as strictly.

    Raises:
        SnapshotError: As ``read_snapshot``; the message begins with ``name``.
    """
    with _named(name):
        return _read(io.BytesIO(content), len(content), max_bytes, MAX_LINE)


@contextmanager
def _named(what: Path | str) -> Iterator[None]:
    """Name in every error what is wrong."""
    try:
        yield
    except _FaultError as error:
        msg = f"{shown(what)}: {error}"
        raise SnapshotError(msg) from error
    except zstandard.ZstdError as error:
        msg = f"{shown(what)}: is not a valid snapshot: {_short(error)}; {_COLLECT}"
        raise SnapshotError(msg) from error
    except OSError as error:
        msg = f"{shown(what)}: cannot be read: {error.strerror or error}; {_COLLECT}"
        raise SnapshotError(msg) from error


def _read(file: BinaryIO, size: int, max_bytes: int, max_line: int) -> Snapshot:
    _check_seal(file, size, max_bytes)
    file.seek(0)
    return _snapshot(_decompressed(file, max_bytes, max_line))


def _lines(snapshot: Snapshot, tool_version: str) -> Iterator[bytes]:
    """Encode header, readings and footer; each line ends with a line feed."""
    digest = sha256()
    for part in _parts(snapshot, tool_version):
        line = _encoded(part)
        digest.update(line)
        yield line
    yield _encoded(_Footer(len(snapshot.readings), digest.hexdigest()))


def _parts(snapshot: Snapshot, tool_version: str) -> Iterator[_Header | _Reading]:
    collected_at, safe = snapshot.collected_at.astimezone(UTC), snapshot.share_safe
    yield _Header(SCHEMA, tool_version, snapshot.tenant, snapshot.cloud, collected_at, safe)
    yield from map(_reading_line, snapshot.readings)


def _encoded(part: _Header | _Reading | _Footer) -> bytes:
    try:
        return msgspec.json.encode(part) + b"\n"
    except UnicodeEncodeError as error:
        msg = f"cannot be written: {error.object!a:.{_SHOWN}} is not Unicode; correct that text"
        raise _FaultError(msg) from error


def _reading_line(reading: Reading) -> _Reading:
    text: str | msgspec.UnsetType = msgspec.UNSET
    other: bytes | msgspec.UnsetType = msgspec.UNSET
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
    )


def _bounded(lines: Iterable[bytes], max_bytes: int, max_line: int) -> Iterator[bytes]:
    """Stop before a file comes about that could not be read again."""
    left = max_bytes
    for line in lines:
        left -= len(line)
        if len(line) > max_line or left < 0:
            limits = f"{max_bytes:,} bytes in all and {max_line:,} for one answer"
            msg = f"cannot be written: more than {limits}; collect for fewer profiles"
            raise _FaultError(msg)
        yield line


def _compressed(lines: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
    for line in lines:
        yield compressor.compress(line)
    yield compressor.flush()


def _sealed(frame: Iterable[bytes]) -> Iterator[bytes]:
    digest = sha256()
    for chunk in frame:
        digest.update(chunk)
        yield chunk
    yield _SEAL + digest.digest()


def _opened(path: Path) -> BinaryIO:
    """Open a regular file; opening a named pipe would wait for a writer."""
    try:
        mode = path.stat().st_mode
    except ValueError as error:  # a NUL character, or a lone surrogate that is no byte
        msg = f"not a path; {_COLLECT}"
        raise _FaultError(msg) from error
    if not stat.S_ISREG(mode):
        msg = f"is {'a directory' if stat.S_ISDIR(mode) else 'no regular file'}; {_COLLECT}"
        raise _FaultError(msg)
    return path.open("rb")


def _check_seal(file: BinaryIO, size: int, max_bytes: int) -> None:
    """Compare the SHA-256 at the end of the file with the frame before it."""
    # No text grows by more than 1 in 256 when zstd compresses it.
    if size > max_bytes + max_bytes // 256 + 1024:
        raise _too_large(max_bytes)
    if file.read(len(_ZSTD)) != _ZSTD:
        msg = f"is not a snapshot; {_COLLECT}"
        raise _FaultError(msg)
    file.seek(max(0, size - _SEAL_SIZE))
    seal = file.read()
    if not seal.startswith(_SEAL) or len(seal) != _SEAL_SIZE:
        msg = f"is incomplete, or not a snapshot: its end is missing; {_AGAIN}"
        raise _FaultError(msg)
    file.seek(0)
    if seal != _SEAL + _digest(file, size - _SEAL_SIZE):
        msg = f"is damaged: its checksum does not match; {_AGAIN}"
        raise _FaultError(msg)


def _digest(file: BinaryIO, size: int) -> bytes:
    """Return the SHA-256 of the next ``size`` bytes."""
    digest = sha256()
    while chunk := file.read(min(_CHUNK, size)):
        digest.update(chunk)
        size -= len(chunk)
    return digest.digest()


def _decompressed(file: BinaryIO, max_bytes: int, max_line: int) -> Iterator[bytes]:
    """Yield the lines of the text, each with its line feed."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    text = io.BufferedReader(decompressor.stream_reader(file, read_across_frames=True), _CHUNK)
    left = max_bytes
    while line := text.readline(min(max_line, left) + 1):
        if len(line) > left:
            raise _too_large(max_bytes)
        if len(line) > max_line:
            msg = f"is not a valid snapshot: a line of more than {max_line:,} bytes; {_COLLECT}"
            raise _FaultError(msg)
        if not line.endswith(b"\n"):
            msg = f"is not a valid snapshot: its last line has no end; {_COLLECT}"
            raise _FaultError(msg)
        left -= len(line)
        yield line


def _snapshot(lines: Iterator[bytes]) -> Snapshot:
    first = next(lines, b"")
    header = _header(first)
    digest = sha256(first)
    readings: list[Reading] = []
    for number, line in enumerate(lines, start=2):
        part = _parsed(_LATER_LINE, line, number)
        if isinstance(part, _Footer):
            _check_footer(part, len(readings), digest.hexdigest())
            break
        digest.update(line)
        readings.append(_reading(part, number))
    else:
        raise _invalid("no footer")
    if next(lines, None) is not None:
        raise _invalid("text after the footer")
    return Snapshot(
        header.tenant, header.cloud, header.collected_at, tuple(readings), header.share_safe
    )


def _header(line: bytes) -> _Header:
    """Parse the first line, of which other versions have nothing but the schema in common."""
    schema = _parsed(_SCHEMA_LINE, line, 1).schema
    if schema == SCHEMA:
        return _parsed(_HEADER_LINE, line, 1)
    if not schema.startswith(_FAMILY):
        msg = f"is not a snapshot: its schema is '{_short(schema)}'; {_COLLECT}"
        raise _FaultError(msg)
    problem = f"is of the version '{_short(schema)}', and this program reads {SCHEMA!r} only"
    msg = f"{problem}; read it with the release that wrote it, or collect again"
    raise _FaultError(msg)


def _reading(part: _Reading, number: int) -> Reading:
    match part.body, part.body_base64:
        case str(text), msgspec.UNSET:
            body = text.encode()
        case msgspec.UNSET, bytes(other):
            body = other
        case _:
            raise _invalid(f"line {number}: give either body or body_base64")
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


def _check_footer(footer: _Footer, readings: int, digest: str) -> None:
    if footer.readings != readings:
        raise _invalid(f"its footer counts {footer.readings} readings and there are {readings}")
    if footer.sha256 != digest:
        raise _invalid("its footer has another SHA-256 than its lines")


def _parsed(decoder: msgspec.json.Decoder[T], line: bytes, number: int) -> T:
    try:
        return decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"line {number}: {_short(error)}") from error


def _invalid(problem: str) -> _FaultError:
    return _FaultError(f"is not a valid snapshot: {problem}; {_COLLECT}")


def _too_large(max_bytes: int) -> _FaultError:
    return _FaultError(f"holds more than {max_bytes:,} bytes, too many for a snapshot; {_COLLECT}")


def _short(text: object) -> str:
    return shown(str(text)[:_SHOWN])[:_SHOWN]
