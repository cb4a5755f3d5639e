"""Tables as one Excel workbook, written as a stream: a sheet for each table.

The known libraries take 4 to 10 µs for each cell, half a minute for a large tenant. What a table
needs of the format (ECMA-376, part 1) is small: text stands in the cell itself as an inline
string, which no program takes for a formula or a link.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from io import RawIOBase
from typing import IO, TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from auditor.render.clean import mended
from auditor.render.inventory_tables import ColumnType, Table
from auditor.render.plan_json import json_moment
from auditor.render.table_columns import (
    CHUNK_ROWS,
    Cells,
    Chunk,
    Piece,
    is_plain,
    lines,
    texts,
)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_NAME = "inventory.xlsx"
_LEVEL = 3
"""A third of the default's time, and a fifth more bytes."""
_CHUNKS = 1_048_575 // CHUNK_ROWS
"""Chunks whose rows fit in one sheet."""
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_FIRST_DATE = datetime(1900, 3, 1, tzinfo=UTC)
"""Before it, Excel counts a day that never was."""
_CODE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What Excel would read as the code of a character."""
_MARKS = ("&", "<", ">", "_x", "  ", "\n ", " \n")
"""Of text that has to be escaped, or keeps its blanks only when it says so."""
_ROW = "<row>", "", "</row>"
_OPEN, _CLOSE = '<c t="inlineStr"><is><t>', "</t></is></c>"
_OPEN_KEEPING = '<c t="inlineStr"><is><t xml:space="preserve">'
"""Of text that may have blanks at its ends or several in a row."""
_WIDTHS = {
    ColumnType.TEXT: 28,
    ColumnType.SENTENCE: 28,
    ColumnType.LIST: 28,
    ColumnType.NUMBER: 12,
    ColumnType.FLAG: 12,
    ColumnType.MOMENT: 18,
}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class _Sink(RawIOBase):
    """Where the archive goes: what was written is taken away, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: "ReadableBuffer") -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


class XlsxWriter:
    """Writes one workbook; moments are dates, in UTC, and an unknown cell is empty."""

    def __init__(self, sheet_chunks: int = _CHUNKS) -> None:
        """Begin.

        Args:
            sheet_chunks: Chunks of rows in one sheet; a longer table goes on in a further one.
        """
        self._sheet_chunks = sheet_chunks
        self._sink = _Sink()
        self._archive = ZipFile(self._sink, "w")
        self._titles: list[str] = []
        self._sheet: IO[bytes] | None = None
        self._rows = 1

    def names(self, _: Iterable[Table]) -> tuple[str, ...]:
        """Name the file."""
        return (_NAME,)

    def write(self, chunk: Chunk) -> Iterator[Piece]:
        """Write some rows."""
        sheet = self._sheet or self._begun(chunk)
        sheet.write(lines(chunk, _WRITERS, _ROW))
        self._rows += chunk.rows
        if chunk.is_last or (chunk.number + 1) % self._sheet_chunks == 0:
            last = chr(ord("A") + len(chunk.table.columns) - 1)
            end = f'</sheetData><autoFilter ref="A1:{last}{self._rows}"/></worksheet>'
            sheet.write(end.encode())
            sheet.close()
            self._sheet = None
        yield _NAME, self._sink.taken()

    def close(self) -> Iterator[Piece]:
        """Write the small files that name the sheets."""
        for name, text in _parts(self._titles).items():
            self._archive.writestr(_entry(name), text)
        self._archive.close()
        yield _NAME, self._sink.taken()

    def _begun(self, chunk: Chunk) -> IO[bytes]:
        number = chunk.number // self._sheet_chunks
        self._titles.append(f"{chunk.table.name} {number + 1}" if number else chunk.table.name)
        entry = _entry(f"xl/worksheets/sheet{len(self._titles)}.xml")
        self._sheet, self._rows = self._archive.open(entry, "w"), 1
        self._sheet.write(_sheet_head(chunk.table).encode())
        return self._sheet


def _entry(name: str) -> ZipInfo:
    """Name a file of the archive; the same for the same content, so without a clock."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    entry._compresslevel = _LEVEL  # type: ignore[attr-defined]  # noqa: SLF001 - typeshed lacks it
    return entry


def _sheet_head(table: Table) -> str:
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{_WIDTHS[kind]}" customWidth="1"/>'
        for at, (_, kind) in enumerate(table.columns, 1)
    )
    head = "".join(f'<c s="1" t="inlineStr"><is><t>{name}{_CLOSE}' for name, _ in table.columns)
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData><row>{head}</row>"
    )


def _texts(column: Cells) -> list[str]:
    cells = texts(column)
    escaped = mended(cells, _is_plain, _escaped)
    begin = _OPEN if escaped is cells else _OPEN_KEEPING
    return [f"{begin}{one}{_CLOSE}" if one else "<c/>" for one in escaped]


def _is_plain(cells: Sequence[str]) -> bool:
    return is_plain(cells, _MARKS)


def _escaped(text: str) -> str:
    return escape(_CODE.sub("_x005F_", text), quote=False)


def _numbers(column: Cells) -> list[str]:
    return ["<c/>" if cell is None else f"<c><v>{cell}</v></c>" for cell in column]


def _flags(column: Cells) -> list[str]:
    cells = {None: "<c/>", False: '<c t="b"><v>0</v></c>', True: '<c t="b"><v>1</v></c>'}
    return [cells[None if cell is None else bool(cell)] for cell in column]


def _moments(column: Cells) -> list[str]:
    return [_moment_cell(cell) if isinstance(cell, datetime) else "<c/>" for cell in column]


def _moment_cell(cell: datetime) -> str:
    if cell < _FIRST_DATE:
        return f"{_OPEN}{json_moment(cell)}{_CLOSE}"
    # A part of the last second of the year 9999, Microsoft's "never", would round up to 10000.
    days = (cell.replace(microsecond=0) - _EPOCH) / timedelta(days=1)
    return f'<c s="2"><v>{days:.10f}</v></c>'


_WRITERS = {
    ColumnType.TEXT: _texts,
    ColumnType.SENTENCE: _texts,
    ColumnType.LIST: _texts,
    ColumnType.NUMBER: _numbers,
    ColumnType.FLAG: _flags,
    ColumnType.MOMENT: _moments,
}


def _parts(titles: list[str]) -> dict[str, str]:
    """Write the small files that name the sheets."""
    numbers = range(1, len(titles) + 1)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{one}.xml" ContentType="{_PART}.worksheet+xml"/>'
        for one in numbers
    )
    sheets = "".join(
        f'<sheet name="{title}" sheetId="{one}" r:id="rId{one}"/>'
        for one, title in zip(numbers, titles, strict=True)
    )
    links = "".join(_link(one, f"worksheets/sheet{one}.xml", "worksheet") for one in numbers)
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_PART}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_PART}.styles+xml"/>{kinds}</Types>',
        "_rels/.rels": _links(_link(1, "xl/workbook.xml", "officeDocument")),
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _links(
            links + _link(len(titles) + 1, "styles.xml", "styles")
        ),
        "xl/styles.xml": _STYLES,
    }


def _links(links: str) -> str:
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _link(number: int, target: str, kind: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
