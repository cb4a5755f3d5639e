"""Tables as CSV, in pieces; no cell starts a formula."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from auditor.render.clean import harden, mended
from auditor.render.inventory_tables import ColumnType, Table
from auditor.render.plan_json import json_moment
from auditor.render.table_columns import Cells, Chunk, Piece, chunks, is_plain, lines, texts

_MARKS = (
    *('"', "\n ", "\n=", "\n+", "\n-", "\n@"),
    *(";=", ";+", ";-", ";@", "; =", "; +", "; -", "; @", ";  "),
)
"""Of text that may have to be escaped or hardened."""


_ROW = '"', '","', '"\n'


class CsvWriter:
    """Writes a file for each table."""

    def names(self, tables: Iterable[Table]) -> tuple[str, ...]:
        """Name the files."""
        return tuple(map(_name, tables))

    def write(self, chunk: Chunk) -> Iterator[Piece]:
        """Write some rows, the head before the first."""
        yield _name(chunk.table), _csv(chunk)

    def close(self) -> Iterator[Piece]:
        """Write nothing: each file is complete."""
        yield from ()


def csv_pieces(table: Table) -> Iterator[bytes]:
    """Write one table as UTF-8; every cell is quoted, and an unknown one is empty."""
    return map(_csv, chunks(table))


def _name(table: Table) -> str:
    return f"inventory-{table.name}.csv"


def _csv(chunk: Chunk) -> bytes:
    rows = lines(chunk, _WRITERS, _ROW)
    if chunk.number:
        return rows
    before, between, behind = _ROW
    head = between.join(name for name, _ in chunk.table.columns)
    return f"{before}{head}{behind}".encode() + rows


def _texts(column: Cells) -> Sequence[str]:
    return mended(texts(column), _is_plain, _text_cell)


def _is_plain(cells: Sequence[str]) -> bool:
    return is_plain(cells, _MARKS)


def _text_cell(text: str) -> str:
    return harden(text).replace('"', '""')


def _numbers(column: Cells) -> list[str]:
    return ["" if cell is None else str(cell) for cell in column]


def _flags(column: Cells) -> list[str]:
    return ["" if cell is None else "true" if cell else "false" for cell in column]


def _moments(column: Cells) -> list[str]:
    return [json_moment(cell) if isinstance(cell, datetime) else "" for cell in column]


_WRITERS = {
    ColumnType.TEXT: _texts,
    ColumnType.SENTENCE: _texts,
    ColumnType.LIST: _texts,
    ColumnType.NUMBER: _numbers,
    ColumnType.FLAG: _flags,
    ColumnType.MOMENT: _moments,
}
