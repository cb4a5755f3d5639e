"""The snapshot file: a text in zstd frames, then a seal. docs/snapshot.md describes it.

The seal is the SHA-256 of the frames. It is needed because zstd takes some damaged frames for good
ones: not every bit of a frame has a meaning. A file is foreign until proven otherwise: the seal is
compared before anything is decompressed, and no more than one line and its body are held in memory.
"""

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

from auditor.errors import SnapshotError
from auditor.files import shown

MAX_BYTES = 2 * 1024**3
"""Of the decompressed text."""

MAX_LINE = 256 * 1024**2
"""Bytes of one line, and of one body with its line feed."""

_LEVEL = 1
_MAX_WINDOW = 8 * 1024**2  # what RFC 8878, section 3.1.1.1.2, asks every decoder to support
_CHUNK = 1024**2
_SMALL_CHUNK = 8 * 1024
"""Of frames that are decompressed as they come: a byte of a frame may swell to 32,000."""
SHOWN = 150
"""Characters of text that comes out of a file."""

_ZSTD = b"\x28\xb5\x2f\xfd"
_SEAL = b"\x55\x2a\x4d\x18" + (32).to_bytes(4, "little")  # a skippable frame of 32 bytes
_SEAL_SIZE = len(_SEAL) + 32

_GIVE = "give a file that consent-auditor {command} wrote"
_AGAIN = "copy it again, or write a new one with consent-auditor {command}"


class Limits(msgspec.Struct, frozen=True):
    """What a file may hold."""

    all_bytes: int = MAX_BYTES
    line_bytes: int = MAX_LINE


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
            raise invalid(short(error)) from error
        except OSError as error:
            problem = f"cannot be read: {error.strerror or error}"
            raise FaultError(problem) from error
    except FaultError as error:
        msg = f"{shown(what)}: {error}; {error.advice.format(command=command)}"
        raise SnapshotError(msg) from error


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


def text_of(file: BinaryIO, limits: Limits) -> "Text":
    """Decompress a file as it is read."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    stream = decompressor.stream_reader(file, read_across_frames=True)
    return Text(io.BufferedReader(stream, _CHUNK), limits)


class Text:
    """A text that is gone through once, within the limits."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """Take what it is read from."""
        self._file = file
        self._limits = limits
        self._left = limits.all_bytes

    def line(self) -> bytes:
        """Return the next line with its line feed; nothing at the end."""
        most = self._limits.line_bytes
        line = self._file.readline(min(most, self._left) + 1)
        self._take(len(line))
        if len(line) > most:
            raise invalid(f"a line of more than {most:,} bytes")
        if line and not line.endswith(b"\n"):
            raise invalid("its last line has no end")
        return line

    def body(self, size: int, where: str) -> bytes:
        """Return the next bytes, so many, that a line feed ends.

        Args:
            size: Of the body.
            where: Which line gave that number, for the message.
        """
        if size >= self._limits.line_bytes:
            raise invalid(f"{where}: a body of {size:,} bytes is too large")
        self._take(size + 1)
        body = self._file.read(size)
        if len(body) < size or self._file.read(1) != b"\n":
            raise invalid(f"{where}: its body does not have {size:,} bytes")
        return body

    def _take(self, size: int) -> None:
        if size > self._left:
            raise _too_large(self._limits)
        self._left -= size


def frames(file: BinaryIO, limits: Limits) -> Iterator[tuple[bytes, bytes]]:
    """Yield the content and the bytes of each whole frame, up to the first one that is not."""
    rest = b""
    while True:
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).decompressobj()
        content, frame, size = list[bytes](), list[bytes](), 0
        while not decompressor.eof:
            chunk = rest or file.read(_SMALL_CHUNK)
            rest = b""
            if not chunk:
                return
            content.append(decompressor.decompress(chunk))
            frame.append(chunk)
            size += len(content[-1])
            if size > 2 * limits.line_bytes:  # a line and its body
                raise _too_large(limits)
        rest = decompressor.unused_data
        whole = b"".join(frame)
        yield b"".join(content), whole[: len(whole) - len(rest)]


def invalid(problem: str) -> FaultError:
    """Say what is not as docs/snapshot.md describes it."""
    return FaultError(f"is not a valid snapshot: {problem}")


def short(text: object) -> str:
    """Show text out of a file, no more than can be read at a glance."""
    return shown(str(text)[:SHOWN])[:SHOWN]


def _too_large(limits: Limits) -> FaultError:
    most = f"{limits.all_bytes:,} bytes"
    return FaultError(f"holds more than {most}, too many for a snapshot")
