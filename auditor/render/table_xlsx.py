"""Tables as one Excel workbook, written as a stream: a sheet for each table.

The known libraries take 4 to 10 µs for each cell, half a minute for a large tenant. What a table
needs of the format (ECMA-376, part 1) is small: text stands in the cell itself as an inline
string, which no program takes for a formula or a link.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from io import BytesIO
from itertools import groupby
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd

from auditor.render.frames import FRAME_ROWS, frames
from auditor.render.inventory_tables import Cell, ColumnType, Table
from auditor.render.plan_json import json_moment

_FRAMES = 1_048_575 // FRAME_ROWS
"""Frames whose rows fit in one sheet."""
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_FIRST_DATE = datetime(1900, 3, 1, tzinfo=UTC)
"""Before it, Excel counts a day that never was."""
_SPACE = re.compile(r"^\s|\s$|\s\s")
_CODE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What Excel would read as the code of a character."""
_WIDTHS = {
    ColumnType.TEXT: 28,
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


def xlsx_bytes(tables: tuple[Table, ...], *, sheet_frames: int = _FRAMES) -> bytes:
    """Write a workbook; moments are dates, in UTC, and an unknown cell is empty.

    Args:
        tables: A sheet for each.
        sheet_frames: Frames in one sheet; a longer table goes on in a further one.
    """
    buffer, titles = BytesIO(), list[str]()
    with ZipFile(buffer, "w", compresslevel=1) as archive:
        for table in tables:
            parts = groupby(enumerate(frames(table)), key=lambda pair: pair[0] // sheet_frames)
            for number, part in parts:
                titles.append(f"{table.name} {number + 1}" if number else table.name)
                with archive.open(_entry(f"xl/worksheets/sheet{len(titles)}.xml"), "w") as file:
                    _write_sheet(file, table, (frame for _, frame in part))
        for name, text in _parts(titles).items():
            archive.writestr(_entry(name), text)
    return buffer.getvalue()


def _entry(name: str) -> ZipInfo:
    """Name a file of the archive; the same for the same content, so without a clock."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _write_sheet(file: IO[bytes], table: Table, some: Iterator[pd.DataFrame]) -> None:
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{_WIDTHS[kind]}" customWidth="1"/>'
        for at, (_, kind) in enumerate(table.columns, 1)
    )
    head = "".join(_text_cell(name, ' s="1"') for name, _ in table.columns)
    file.write(
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData><row>{head}</row>".encode()
    )
    rows = 1
    for frame in some:
        cells = [_cells(frame[name].tolist(), kind) for name, kind in table.columns]
        file.write("".join(map(_row, zip(*cells, strict=True))).encode())
        rows += len(frame)
    last = chr(ord("A") + len(table.columns) - 1)
    file.write(f'</sheetData><autoFilter ref="A1:{last}{rows}"/></worksheet>'.encode())


def _row(cells: tuple[str, ...]) -> str:
    return f"<row>{''.join(cells)}</row>"


def _cells(column: list[Cell], kind: ColumnType) -> list[str]:
    """Write a column; of equal texts only the first is made."""
    match kind:
        case ColumnType.TEXT:
            made = {cell: _text_cell(cell) for cell in set(column) if isinstance(cell, str)}
            return [made.get(str(cell), "<c/>") for cell in column]
        case ColumnType.NUMBER:
            return ["<c/>" if cell is None else f"<c><v>{cell}</v></c>" for cell in column]
        case ColumnType.FLAG:
            return [_flag_cell(cell) for cell in column]
        case ColumnType.MOMENT:
            return [_moment_cell(cell) for cell in column]


def _text_cell(text: str, style: str = "") -> str:
    if not text:
        return "<c/>"
    space = ' xml:space="preserve"' if _SPACE.search(text) else ""
    shown = escape(_CODE.sub("_x005F_", text), quote=False)
    return f'<c{style} t="inlineStr"><is><t{space}>{shown}</t></is></c>'


def _flag_cell(cell: Cell) -> str:
    return "<c/>" if cell is None else f'<c t="b"><v>{1 if cell else 0}</v></c>'


def _moment_cell(cell: Cell) -> str:
    if not isinstance(cell, datetime):
        return "<c/>"
    if cell < _FIRST_DATE:
        return _text_cell(json_moment(cell))
    return f'<c s="2"><v>{(cell - _EPOCH) / timedelta(days=1):.8f}</v></c>'


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
