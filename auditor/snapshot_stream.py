"""A snapshot that is written while a tenant is read, and read back one answer at a time.

Each answer is a zstd frame of its own. Until the last one is there the file is called
``NAME.partial`` and has no seal; what an interrupted run left there is complete up to the last
whole frame, and the next run goes on behind it. Whoever writes it has it locked.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import zstandard

from auditor.errors import UsageError
from auditor.file_lock import take_lock
from auditor.files import shown
from auditor.model.snapshot import Reading
from auditor.snapshot_format import (
    FaultError,
    Limits,
    check_seal,
    compressor,
    frames,
    named,
    opened,
    seal,
    text_of,
)
from auditor.snapshot_lines import (
    SCHEMA,
    Header,
    LineReader,
    LineWriter,
    header_of,
    reading_of,
)

_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_COMMAND = "inventory"
"""What writes these files."""
_TOO_MUCH = "the tenant is too large for one inventory: report it"
_OLD_FILE = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class StreamedSnapshot:
    """An open snapshot; its readings can be gone through once."""

    header: Header
    readings: Iterator[Reading]
    """Raises ``SnapshotError`` at the latest behind the last one, where the file is damaged."""


@contextmanager
def stream_snapshot(path: Path) -> Iterator[StreamedSnapshot]:
    """Read a snapshot file one answer at a time, distrusting every byte of it.

    Raises:
        SnapshotError: It is missing, unreadable, no snapshot, damaged, too large or of an unknown
            version.
    """
    limits = Limits()
    with named(path, _COMMAND), opened(path) as file:
        check_seal(file, os.fstat(file.fileno()).st_size, limits)
        reader = LineReader(text_of(file, limits))
        yield StreamedSnapshot(reader.header, reader.readings())


def partial_path(path: Path) -> Path:
    """Say where a snapshot grows."""
    return path.with_name(f"{path.name}.partial")


class SnapshotWriter:
    """Writes readings as they come; ``finish`` makes them a snapshot."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        """Take an open and empty partial file; ``begin`` and ``resume`` make one."""
        self._path = path
        self._file = file
        self._lines = LineWriter(Limits(), _TOO_MUCH)
        self._compressor = compressor()
        self._digest = sha256()
        self.read = 0
        """Readings that Graph answered."""

    @classmethod
    def begin(cls, path: Path, header: Header) -> Self:
        """Begin a new partial file; an old one is thrown away.

        Args:
            path: Of the snapshot; what is there is replaced when this one is whole.
            header: The first line.

        Raises:
            UsageError: The file cannot be made, or another run is writing it.
            SnapshotError: The header has text that is not Unicode.
        """
        with named(path, _COMMAND):
            first = LineWriter(Limits(), _TOO_MUCH).header(header)
        with _writing(path):
            if old := _old(path):
                _moved(old, partial_path(path).unlink)
            found = cls(path, _locked(path, _NEW_FILE))
        found._lines.again(first, is_reading=False)
        found._write(first)
        return found

    @classmethod
    def resume(
        cls, path: Path, accepts: Callable[[Header], bool], seen: Callable[[Reading], None]
    ) -> Self | None:
        """Go on behind the last whole answer of an interrupted run.

        Args:
            path: Of the snapshot.
            accepts: Says by the header whether to go on with that file.
            seen: Told each reading that is there.

        Returns:
            None where there is nothing to go on with.

        Raises:
            UsageError: The partial file is there and cannot be opened, or another run writes it.
        """
        with _writing(path):
            old = _old(path)
        if old is None:
            return None
        found = cls(path, old)
        try:
            if found._replayed(accepts, seen):
                return found
        except BaseException:
            found._file.close()
            raise
        found._file.close()
        return None

    def add(self, reading: Reading) -> None:
        """Write one answer as a frame of its own.

        Raises:
            UsageError: The disk takes no more.
            SnapshotError: The snapshot is too large.
        """
        with named(self._path, _COMMAND):
            text = self._lines.reading(reading)
        self._write(text)
        self.read += reading.is_read

    def finish(self) -> None:
        """Write the footer and the seal, and put the file in its place.

        Raises:
            UsageError: The disk takes no more.
        """
        with named(self._path, _COMMAND):
            line = self._lines.footer()
        self._write(line)
        with _writing(self._path):
            self._file.write(seal(self._digest.digest()))
            self._file.flush()
            os.fsync(self._file.fileno())
            _moved(self._file, lambda: partial_path(self._path).replace(self._path))

    def close(self) -> None:
        """Close; an unfinished file stays for the next run.

        Raises:
            UsageError: The disk does not take what was not written yet.
        """
        with _writing(self._path):
            self._file.close()

    def __enter__(self) -> Self:
        """Write."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _write(self, text: bytes) -> None:
        frame = self._compressor.compress(text)
        self._digest.update(frame)
        with _writing(self._path):
            self._file.write(frame)

    def _replayed(self, accepts: Callable[[Header], bool], seen: Callable[[Reading], None]) -> bool:
        """Read the whole frames again, and cut off the rest."""
        end = 0
        with suppress(FaultError, zstandard.ZstdError):
            for number, (text, frame) in enumerate(frames(self._file, Limits()), start=1):
                if number == 1:
                    header = header_of(text)
                    if header.schema != SCHEMA or not accepts(header):
                        return False
                    self._lines.again(text, is_reading=False)
                else:
                    reading = reading_of(text, number)
                    seen(reading)
                    self.read += reading.is_read
                    self._lines.again(text)
                self._digest.update(frame)
                end += len(frame)
        self._file.seek(end)
        self._file.truncate()
        return end > 0


def _old(path: Path) -> BinaryIO | None:
    """Open what an interrupted run left; None where there is nothing."""
    try:
        return _locked(path, _OLD_FILE)
    except FileNotFoundError:
        return None


def _locked(path: Path, flags: int) -> BinaryIO:
    """Open the partial file for this run alone.

    Raises:
        UsageError: Another run has it, or has just put it in its place or begun a new one.
    """
    partial = partial_path(path)
    try:
        file = os.fdopen(os.open(partial, flags, 0o600), "r+b")
    except FileExistsError as error:
        raise _taken(path) from error
    if take_lock(file) and _is_at(partial, file):
        return file
    file.close()
    raise _taken(path)


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _moved(file: BinaryIO, move: Callable[[], object]) -> None:
    """Rename or delete a locked file, before another run can take it."""
    if os.name != "posix":
        file.close()  # Windows moves no open file
    try:
        move()
    finally:
        file.close()


def _taken(path: Path) -> UsageError:
    advice = "wait until it has ended, or give another file with --save-snapshot"
    return UsageError(f"{shown(path)}: another run is writing this inventory: {advice}")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Name the file that the disk does not take.

    Raises:
        UsageError: It does not.
    """
    try:
        yield
    except OSError as error:
        problem = f"{shown(path)}: cannot be written: {error.strerror or error}"
        msg = f"{problem}; check that its folder exists, is writable and has room"
        raise UsageError(msg) from error
