"""Writes a snapshot to a file and reads it back, exactly; ``snapshot_format.py`` has the format."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from auditor.files import write_whole
from auditor.model.snapshot import Snapshot
from auditor.snapshot_format import (
    MAX_BYTES,
    MAX_LINE,
    Limits,
    LineWriter,
    check_seal,
    compressor,
    lines,
    make_header,
    named,
    opened,
    parse_header,
    parse_readings,
    seal,
)


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
    text = _text(snapshot, tool_version, LineWriter(Limits(max_bytes, max_line)))
    with named(path):
        write_whole(path, _sealed(_compressed(text)), mode=0o600)


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
    limits = Limits(max_bytes, max_line)
    with named(path), opened(path) as file:
        check_seal(file, limits)
        text = lines(file, limits)
        first = next(text, b"")
        header = parse_header(first)
        readings = tuple(parse_readings(first, text))
    return Snapshot(header.tenant, header.cloud, header.collected_at, readings)


def _text(snapshot: Snapshot, tool_version: str, writer: LineWriter) -> Iterator[bytes]:
    """Encode header, readings and footer; each line ends with a line feed."""
    yield writer.header(
        make_header(tool_version, snapshot.tenant, snapshot.cloud, snapshot.collected_at)
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
