"""Writes a snapshot to a file and reads it back, exactly; docs/snapshot.md has the format."""

import io
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from auditor.files import write_whole
from auditor.model.snapshot import Snapshot
from auditor.snapshot_format import (
    MAX_BYTES,
    MAX_LINE,
    Limits,
    check_seal,
    compressor,
    named,
    opened,
    seal,
    text_of,
)
from auditor.snapshot_lines import LineReader, LineWriter, make_header

_ZIP = b"PK\x03\x04"


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
        max_line: Bytes of one line, or of one body with its line feed; likewise.

    Raises:
        UsageError: The file cannot be written.
        SnapshotError: The snapshot is too large, or has text that is not Unicode.
    """
    text = _text(snapshot, tool_version, Limits(max_bytes, max_line))
    with named(path):
        write_whole(path, _sealed(_compressed(text)), mode=0o600)


def snapshot_bytes(snapshot: Snapshot, *, tool_version: str) -> bytes:
    """Return what ``write_snapshot`` would write.

    Raises:
        SnapshotError: The snapshot has text that is not Unicode.
    """
    with named("the snapshot"):
        return b"".join(_sealed(_compressed(_text(snapshot, tool_version, Limits()))))


def is_bundle(path: Path) -> bool:
    """Say whether a file begins like a bundle; no where it cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_ZIP)) == _ZIP
    except (OSError, ValueError):
        return False


def read_snapshot(path: Path, *, max_bytes: int = MAX_BYTES, max_line: int = MAX_LINE) -> Snapshot:
    """Read a snapshot file, distrusting every byte of it.

    Args:
        path: A regular file or a symbolic link to one.
        max_bytes: The decompressed text may have.
        max_line: Bytes that one line may have, or one body with its line feed.

    Raises:
        SnapshotError: It is missing, unreadable, no snapshot, damaged, too large or of an unknown
            version.
    """
    with named(path), opened(path) as file:
        return _read(file, os.fstat(file.fileno()).st_size, Limits(max_bytes, max_line))


def parse_snapshot(content: bytes, name: str, *, max_bytes: int = MAX_BYTES) -> Snapshot:
    """Read a snapshot that is no file of its own, as strictly.

    Raises:
        SnapshotError: As ``read_snapshot``; the message begins with ``name``.
    """
    with named(name):
        return _read(io.BytesIO(content), len(content), Limits(max_bytes))


def _read(file: BinaryIO, size: int, limits: Limits) -> Snapshot:
    check_seal(file, size, limits)
    reader = LineReader(text_of(file, limits))
    header, readings = reader.header, tuple(reader.readings())
    return Snapshot(header.tenant, header.cloud, header.collected_at, readings, header.share_safe)


def _text(snapshot: Snapshot, tool_version: str, limits: Limits) -> Iterator[bytes]:
    """Encode header, readings and footer; each line ends with a line feed."""
    writer = LineWriter(limits)
    yield writer.header(
        make_header(
            tool_version,
            snapshot.tenant,
            snapshot.cloud,
            snapshot.collected_at,
            share_safe=snapshot.share_safe,
        )
    )
    yield from map(writer.reading, snapshot.readings)
    yield writer.footer()


def _compressed(text: Iterable[bytes]) -> Iterator[bytes]:
    frame = compressor().compressobj()
    for line in text:
        yield frame.compress(line)
    yield frame.flush()


def _sealed(frames: Iterable[bytes]) -> Iterator[bytes]:
    digest = sha256()
    for chunk in frames:
        digest.update(chunk)
        yield chunk
    yield seal(digest.digest())
