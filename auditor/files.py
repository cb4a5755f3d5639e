"""Writes a file whole or not at all, and shows paths safely."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

from auditor.errors import UsageError

# O_BINARY exists on Windows only; without it every \n would become \r\n there.
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write_whole(path: Path, data: bytes | Iterable[bytes], *, mode: int = 0o644) -> None:
    """Write a new file beside ``path``, then put it in its place in one step.

    Whatever goes wrong, an exception of ``data`` included, the old file stays as it was and
    nothing is left behind. A symbolic link is never followed.

    Args:
        path: A regular file, which is replaced, or nothing yet; its folder must exist.
        data: The content, or its pieces in order; these are never held together.
        mode: Permission bits from the first byte on. The umask and the permissions of a file
            that is replaced can take bits away, never add some.

    Raises:
        UsageError: There is something else at ``path``, or the folder takes no such file.
    """
    pieces = (data,) if isinstance(data, bytes) else data
    write_together(chain(((path, b""),), ((path, one) for one in pieces)), mode=mode)


def write_together(pieces: Iterable[tuple[Path, bytes]], *, mode: int = 0o644) -> None:
    """Write several files side by side; none comes to its place before all of them are complete.

    Args:
        pieces: Of all files, each file's in order.
        mode: As there.

    Raises:
        UsageError: One of them cannot be written.
    """
    files: dict[Path, _Temporary] = {}
    try:
        for path, piece in pieces:
            if path not in files:
                files[path] = _Temporary(path, mode)
            files[path].write(piece)
        for one in files.values():
            one.finish()
        for one in files.values():
            one.put()
    finally:
        for one in files.values():
            one.discard()


class _Temporary:
    """A new file beside the place where it will stand."""

    def __init__(self, path: Path, mode: int) -> None:
        self._path = path
        mode &= _permissions(path)
        self._temporary = path.with_name(f".consent-auditor-{os.urandom(8).hex()}.tmp")
        with _refusing(path):
            self._file = os.fdopen(os.open(self._temporary, _NEW_FILE, mode), "wb")

    def write(self, piece: bytes) -> None:
        with _refusing(self._path):
            self._file.write(piece)

    def finish(self) -> None:
        """Have everything on the disk."""
        with _refusing(self._path), self._file:
            self._file.flush()
            os.fsync(self._file.fileno())

    def put(self) -> None:
        with _refusing(self._path):
            self._temporary.replace(self._path)

    def discard(self) -> None:
        """Leave nothing behind, where it was not put in its place."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._temporary.unlink()


def write_new(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file where there is none; whatever goes wrong, nothing is left behind.

    Args:
        path: Its folder must exist.
        data: The content.
        mode: Permission bits from the first byte on; the umask can take bits away.

    Raises:
        UsageError: There is something at ``path``, or the folder takes no such file.
    """
    _permissions(path)
    try:
        descriptor = os.open(path, _NEW_FILE, mode)
    except FileExistsError as error:
        msg = f"{shown(path)} exists already: nothing is overwritten; give another name or folder"
        raise UsageError(msg) from error
    except OSError as error:
        raise _refusal(path, error) from error
    try:
        _fill(descriptor, (data,))
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise _refusal(path, error) from error
        raise


def shown(text: Path | str) -> str:
    """Return ``text`` on one line; what is not printable becomes a Python escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def _fill(descriptor: int, chunks: Iterable[bytes]) -> None:
    with os.fdopen(descriptor, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(descriptor)


def _permissions(path: Path) -> int:
    """Return the permission bits of the regular file at ``path``, or all if there is none."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return 0o777
    except OSError as error:
        raise _refusal(path, error) from error
    except ValueError as error:  # a NUL character, or a lone surrogate that is no byte
        msg = f"{shown(path)}: not a path; give the path of a file"
        raise UsageError(msg) from error
    if not stat.S_ISREG(found):
        msg = f"{shown(path)}: cannot be written: it is {_name(found)}; give the path of a file"
        raise UsageError(msg)
    return stat.S_IMODE(found)


def _name(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "no regular file"


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> UsageError:
    problem = f"{shown(path)}: cannot be written: {error.strerror or error}"
    advice = "check that its folder exists, is writable and has room"
    return UsageError(f"{problem}; {advice}")
