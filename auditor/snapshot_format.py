"""The snapshot file: lines of JSON in zstd frames, then a seal. docs/snapshot.md describes it.

The seal is the SHA-256 of the frames. It is needed because zstd takes some damaged frames for good
ones: not every bit of a frame has a meaning. A file is foreign until proven otherwise: the seal is
compared before anything is decompressed, and no more than one line is held in memory.
"""

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import msgspec
import zstandard

from auditor.errors import SnapshotError
from auditor.files import shown
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading

T = TypeVar("T")

SCHEMA = "consent-auditor/snapshot/v1"

MAX_BYTES = 2 * 1024**3
"""Of the decompressed text."""

MAX_LINE = 256 * 1024**2
"""Bytes of one line."""

_FAMILY = "consent-auditor/snapshot/"
_LEVEL = 1
_MAX_WINDOW = 8 * 1024**2  # what RFC 8878, section 3.1.1.1.2, asks every decoder to support
_CHUNK = 1024**2
_SHOWN = 150  # characters of text that comes out of a file
_ZSTD = b"\x28\xb5\x2f\xfd"
_SEAL = b"\x55\x2a\x4d\x18" + (32).to_bytes(4, "little")  # a skippable frame of 32 bytes
_SEAL_SIZE = len(_SEAL) + 32

_GIVE = "give a file that consent-auditor {command} wrote"
_AGAIN = "copy it again, or write a new one with consent-auditor {command}"
_OTHER = "read it with the release that wrote it, or write a new one with consent-auditor {command}"

_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Number = Annotated[int, msgspec.Meta(ge=0)]


class Limits(msgspec.Struct, frozen=True):
    """What a file may hold."""

    all_bytes: int = MAX_BYTES
    line_bytes: int = MAX_LINE


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


class _Footer(_Line, frozen=True, tag="footer"):
    readings: _Number
    sha256: str


_SCHEMA_LINE = msgspec.json.Decoder(_Schema)
_HEADER_LINE = msgspec.json.Decoder(Header)
_LATER_LINE: msgspec.json.Decoder[_Reading | _Footer] = msgspec.json.Decoder(_Reading | _Footer)


class FaultError(Exception):
    """What is wrong with the file, and what to do; the file is named by ``named``."""

    def __init__(self, problem: str, advice: str = _GIVE) -> None:
        """Take both; ``{command}`` in the advice stands for the command that writes such files."""
        super().__init__(problem)
        self.advice = advice


@contextmanager
def named(what: Path | str, command: str = "collect") -> Iterator[None]:
    """Turn what goes wrong with a file into one line that names it.

    Args:
        what: The file.
        command: Of this program, which writes files of this kind.

    Raises:
        SnapshotError: Something went wrong.
    """
    try:
        try:
            yield
        except zstandard.ZstdError as error:
            raise invalid(_short(error)) from error
        except OSError as error:
            problem = f"cannot be read: {error.strerror or error}"
            raise FaultError(problem) from error
    except FaultError as error:
        msg = f"{shown(what)}: {error}; {error.advice.format(command=command)}"
        raise SnapshotError(msg) from error


class LineWriter:
    """Encodes lines within the limits, and keeps their digest and number."""

    def __init__(self, limits: Limits, too_much: str = "collect for fewer profiles") -> None:
        """Start with nothing; ``too_much`` is the advice where the limits are reached."""
        self._limits = limits
        self._too_much = too_much
        self._left = limits.all_bytes
        self._digest = sha256()
        self._readings = 0

    def header(self, header: Header) -> bytes:
        """Encode the first line."""
        return self._taken(_encoded(header))

    def reading(self, reading: Reading) -> bytes:
        """Encode a reading; a body that is no UTF-8 goes in as base64."""
        self._readings += 1
        return self._taken(_encoded(_reading_line(reading)))

    def footer(self) -> bytes:
        """Encode the last line."""
        return self._bounded(_encoded(_Footer(self._readings, self._digest.hexdigest())))

    def again(self, line: bytes) -> None:
        """Count a line that an earlier run wrote."""
        self._readings += 1
        self._taken(line)

    def _taken(self, line: bytes) -> bytes:
        self._digest.update(line)
        return self._bounded(line)

    def _bounded(self, line: bytes) -> bytes:
        """Stop before a file comes about that could not be read again."""
        self._left -= len(line)
        if len(line) > self._limits.line_bytes or self._left < 0:
            most = f"{self._limits.all_bytes:,} bytes in all and {self._limits.line_bytes:,}"
            msg = f"cannot be written: more than {most} for one answer"
            raise FaultError(msg, self._too_much)
        return line


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


def compressor() -> zstandard.ZstdCompressor:
    """Return what makes a frame, with a checksum of its content."""
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)


def seal(digest: bytes) -> bytes:
    """Return the end of a file whose frames have this SHA-256."""
    return _SEAL + digest


def opened(path: Path) -> BinaryIO:
    """Open a regular file; opening a named pipe would wait for a writer."""
    try:
        mode = path.stat().st_mode
    except ValueError as error:  # a NUL character, or a lone surrogate that is no byte
        raise FaultError("not a path") from error
    if not stat.S_ISREG(mode):
        raise FaultError("is a directory" if stat.S_ISDIR(mode) else "is no regular file")
    return path.open("rb")


def check_seal(file: BinaryIO, size: int, limits: Limits) -> None:
    """Compare the SHA-256 at the end of a file of so many bytes with the frames before it."""
    # No text grows by more than 1 in 256 when zstd compresses it; small frames add their heads.
    if size > limits.all_bytes + limits.all_bytes // 256 + 1024:
        raise _too_large(limits)
    if file.read(len(_ZSTD)) != _ZSTD:
        raise FaultError("is not a snapshot")
    file.seek(max(0, size - _SEAL_SIZE))
    found = file.read()
    if not found.startswith(_SEAL) or len(found) != _SEAL_SIZE:
        raise FaultError("is incomplete, or not a snapshot: its end is missing", _AGAIN)
    file.seek(0)
    if found != seal(_digest(file, size - _SEAL_SIZE)):
        raise FaultError("is damaged: its checksum does not match", _AGAIN)
    file.seek(0)


def _digest(file: BinaryIO, size: int) -> bytes:
    """Return the SHA-256 of the next ``size`` bytes."""
    digest = sha256()
    while chunk := file.read(min(_CHUNK, size)):
        digest.update(chunk)
        size -= len(chunk)
    return digest.digest()


def lines(file: BinaryIO, limits: Limits) -> Iterator[bytes]:
    """Yield the lines of a file's text, each with its line feed."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    text = io.BufferedReader(decompressor.stream_reader(file, read_across_frames=True), _CHUNK)
    left = limits.all_bytes
    while line := text.readline(min(limits.line_bytes, left) + 1):
        if len(line) > left:
            raise _too_large(limits)
        if len(line) > limits.line_bytes:
            raise invalid(f"a line of more than {limits.line_bytes:,} bytes")
        if not line.endswith(b"\n"):
            raise invalid("its last line has no end")
        left -= len(line)
        yield line


def frames(file: BinaryIO, limits: Limits) -> Iterator[tuple[bytes, bytes]]:
    """Yield the content and the bytes of each whole frame, up to the first one that is not."""
    rest = b""
    while True:
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).decompressobj()
        content, frame = [], []
        while not decompressor.eof:
            chunk = rest or file.read(_CHUNK)
            rest = b""
            if not chunk:
                return
            content.append(decompressor.decompress(chunk))
            frame.append(chunk)
            if sum(map(len, content)) > limits.line_bytes:
                raise _too_large(limits)
        rest = decompressor.unused_data
        whole = b"".join(frame)
        yield b"".join(content), whole[: len(whole) - len(rest)]


def parse_header(line: bytes) -> Header:
    """Parse the first line, of which other versions have nothing but the schema in common."""
    schema = _parsed(_SCHEMA_LINE, line, 1).schema
    if schema == SCHEMA:
        return _parsed(_HEADER_LINE, line, 1)
    if not schema.startswith(_FAMILY):
        msg = f"is not a snapshot: its schema is '{_short(schema)}'"
        raise FaultError(msg)
    msg = f"is of the version '{_short(schema)}', and this program reads {SCHEMA!r} only"
    raise FaultError(msg, _OTHER)


def parse_readings(first: bytes, later: Iterator[bytes]) -> Iterator[Reading]:
    """Parse the lines after the first one, and compare the footer with them."""
    digest = sha256(first)
    for number, line in enumerate(later, start=2):
        part = _parsed(_LATER_LINE, line, number)
        if isinstance(part, _Footer):
            _check_footer(part, number - 2, digest.hexdigest())
            break
        digest.update(line)
        yield _reading(part, number)
    else:
        raise invalid("no footer")
    if next(later, None) is not None:
        raise invalid("text after the footer")


def parse_reading(line: bytes, number: int) -> Reading:
    """Parse one line that holds a reading."""
    part = _parsed(_LATER_LINE, line, number)
    if isinstance(part, _Footer):
        raise invalid(f"line {number}: a footer")
    return _reading(part, number)


def invalid(problem: str) -> FaultError:
    """Say what is not as docs/snapshot.md describes it."""
    return FaultError(f"is not a valid snapshot: {problem}")


def _encoded(part: Header | _Reading | _Footer) -> bytes:
    try:
        return msgspec.json.encode(part) + b"\n"
    except UnicodeEncodeError as error:
        msg = f"cannot be written: {error.object!a:.{_SHOWN}} is not Unicode"
        raise FaultError(msg, "correct that text") from error


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


def _reading(part: _Reading, number: int) -> Reading:
    match part.body, part.body_base64:
        case str(text), msgspec.UNSET:
            body = text.encode()
        case msgspec.UNSET, bytes(other):
            body = other
        case _:
            raise invalid(f"line {number}: give either body or body_base64")
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
        raise invalid(f"its footer counts {footer.readings} readings and there are {readings}")
    if footer.sha256 != digest:
        raise invalid("its footer has another SHA-256 than its lines")


def _parsed(decoder: msgspec.json.Decoder[T], line: bytes, number: int) -> T:
    try:
        return decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise invalid(f"line {number}: {_short(error)}") from error


def _too_large(limits: Limits) -> FaultError:
    most = f"{limits.all_bytes:,} bytes"
    return FaultError(f"holds more than {most}, too many for a snapshot")


def _short(text: object) -> str:
    return shown(str(text)[:_SHOWN])[:_SHOWN]
