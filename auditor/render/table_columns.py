"""Tables as columns, some thousand rows at a time, made once for all formats.

Looking at each of several million cells takes most of the time of writing. So what several rows
share is written once, and a column is looked at as one text first: where nothing in it is
suspicious, its cells are taken as they are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Protocol, cast

from auditor.render.clean import clean_all
from auditor.render.inventory_tables import LIMITS, Cell, Column, ColumnType, Part, Row, Table

CHUNK_ROWS = 2_000

Cells = Sequence[Cell]
"""One column."""
Piece = tuple[str, bytes]
"""The name of a file, and what comes next in it."""
Marks = tuple[str, str, str]
"""What stands before a row, between two cells, and behind a row."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One part of some rows."""

    columns: tuple[tuple[ColumnType, Cells], ...]
    """Of the parts that differ; text is cleaned."""
    places: Sequence[int]
    """For each row, which of them it has."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table."""

    table: Table
    number: int
    rows: int
    is_last: bool
    parts: tuple[Shared, ...]


class TableWriter(Protocol):
    """Writes tables in one format: gets their chunks in order."""

    def names(self, tables: Iterable[Table]) -> tuple[str, ...]:
        """Name the files."""

    def write(self, chunk: Chunk) -> Iterator[Piece]:
        """Write some rows."""

    def close(self) -> Iterator[Piece]:
        """Write what comes behind the last table."""


def chunks(table: Table) -> Iterator[Chunk]:
    """Cut a table; an empty one is one chunk without rows."""
    rows, number = table.rows(), 0
    some = list(islice(rows, CHUNK_ROWS))
    while some or not number:
        more = list(islice(rows, CHUNK_ROWS))
        yield Chunk(table, number, len(some), not more, tuple(_parts(table, some)))
        some, number = more, number + 1


def _parts(table: Table, rows: list[Row]) -> Iterator[Shared]:
    """Turn rows into columns, part by part."""
    for columns, part in zip(table.parts, zip(*rows, strict=True), strict=bool(rows)):
        places: defaultdict[Part, int] = defaultdict(count().__next__)
        taken = [places[cells] for cells in part]
        yield Shared(_columns(columns, places), taken)


def _columns(
    columns: tuple[Column, ...], parts: Iterable[Part]
) -> tuple[tuple[ColumnType, Cells], ...]:
    made = zip(columns, zip(*parts, strict=True), strict=True)
    return tuple((kind, _cleaned(kind, cells)) for (_, kind), cells in made)


def _cleaned(kind: ColumnType, cells: Cells) -> Cells:
    limit = LIMITS.get(kind)
    return cells if limit is None else clean_all(texts(cells), limit)


def texts(cells: Cells) -> Sequence[str]:
    """Return a column of text, whose type says that no other cells are in it."""
    return cast("Sequence[str]", cells)


def lines(
    chunk: Chunk, writers: Mapping[ColumnType, Callable[[Cells], Iterable[str]]], marks: Marks
) -> bytes:
    """Write rows as text.

    Args:
        chunk: Some rows.
        writers: How a format writes a column of each type.
        marks: What stands before a row, between two cells, and behind a row.
    """
    before, between, behind = marks
    last, begin, written = len(chunk.parts) - 1, before, []
    for number, one in enumerate(chunk.parts):
        columns = [writers[kind](cells) for kind, cells in one.columns]
        rows = zip(*columns, strict=True)
        end = behind if number == last else between
        made = [f"{begin}{between.join(cells)}{end}".encode() for cells in rows]
        written.append(map(made.__getitem__, one.places))
        begin = ""
    return b"".join(chain.from_iterable(zip(*written, strict=True)))


def is_plain(cells: Sequence[str], marks: Iterable[str]) -> bool:
    r"""Say whether a column is ASCII without any of these marks; ``\n`` stands around each cell."""
    text = "\n".join(("", *cells, ""))
    return text.isascii() and not any(mark in text for mark in marks)
