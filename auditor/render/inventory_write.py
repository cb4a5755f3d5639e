"""One door to every format of an inventory; each is imported only when it is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from auditor.model.inventory import InventoryReport

if TYPE_CHECKING:
    from auditor.render.inventory_overview import Overview
    from auditor.render.inventory_tables import Table
    from auditor.render.table_columns import Piece, TableWriter

# ruff: noqa: PLC0415

_DOCUMENTS = {"html": "inventory.html", "json": "inventory.json", "markdown": "inventory.md"}
_TABLES = ("csv", "parquet", "xlsx")


@dataclass(frozen=True, slots=True)
class InventoryFiles:
    """What is written."""

    names: tuple[str, ...]
    pieces: Iterator["Piece"]
    """Of all files, side by side, made as they are asked for; a large tenant's are never whole."""


def inventory_formats() -> tuple[str, ...]:
    """Return the ids of all formats, in alphabetical order."""
    return tuple(sorted((*_DOCUMENTS, *_TABLES)))


def write_inventory(
    report: InventoryReport, formats: Sequence[str], *, folder: bool
) -> InventoryFiles:
    """Write an inventory; tables are made once for all formats that have them.

    Args:
        report: What is said of the tenant.
        formats: Some of ``inventory_formats()``.
        folder: All files go to one folder, so that a page can name what lies beside it.
    """
    from auditor.render.inventory_tables import inventory_tables

    beside = ("csv",) if "html" in formats and folder else ()
    chosen, tables = dict.fromkeys((*formats, *beside)), inventory_tables(report)
    documents = [one for one in chosen if one in _DOCUMENTS]
    writers = [_table_writer(one) for one in chosen if one in _TABLES]
    named = (_DOCUMENTS[one] for one in documents)
    names = (*named, *(name for one in writers for name in one.names(tables)))
    made = _documents(report, documents, folder=folder)
    return InventoryFiles(names, chain(made, _tables(tables, writers)))


def _documents(
    report: InventoryReport, formats: Sequence[str], *, folder: bool
) -> Iterator["Piece"]:
    """Write what is no table; what pages have in common is worked out once for all of them."""
    from auditor.render.inventory_overview import Overview

    overview = Overview(report)
    for one in formats:
        match one:
            case "json":
                pieces = _json(report)
            case "html":
                pieces = _html(overview, beside=folder)
            case _:
                pieces = _markdown(overview)
        yield from ((_DOCUMENTS[one], piece) for piece in pieces)


def _tables(tables: Iterable["Table"], writers: Sequence["TableWriter"]) -> Iterator["Piece"]:
    from auditor.render.table_columns import chunks

    for table in tables if writers else ():
        for chunk in chunks(table):
            for writer in writers:
                yield from writer.write(chunk)
    for writer in writers:
        yield from writer.close()


def check_formats(formats: Sequence[str]) -> None:
    """Find out, before anything is read, whether these can be written.

    Raises:
        UsageError: One of them needs a package that is not installed.
    """
    if "parquet" in formats:
        from auditor.render.table_parquet import check_parquet

        check_parquet()


def _table_writer(name: str) -> "TableWriter":
    """Import a format that has tables."""
    match name:
        case "csv":
            from auditor.render.table_csv import CsvWriter

            return CsvWriter()
        case "parquet":
            from auditor.render.table_parquet import ParquetWriter

            return ParquetWriter()
        case _:
            from auditor.render.table_xlsx import XlsxWriter

            return XlsxWriter()


def _json(report: InventoryReport) -> Iterator[bytes]:
    from auditor.render.inventory_json import render_inventory_json

    return render_inventory_json(report)


def _html(overview: "Overview", *, beside: bool) -> Iterator[bytes]:
    from auditor.render.inventory_page import render_inventory_html

    yield render_inventory_html(overview, beside=beside)


def _markdown(overview: "Overview") -> Iterator[bytes]:
    from auditor.render.inventory_page import render_inventory_markdown

    yield render_inventory_markdown(overview)
