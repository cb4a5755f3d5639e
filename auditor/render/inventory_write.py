"""One door to every format of an inventory; each is imported only when it is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.model.inventory import InventoryReport

# ruff: noqa: PLC0415

SEVERAL_FILES = frozenset({"csv", "parquet"})
"""Formats with a file for each table."""
BINARY = frozenset({"parquet", "xlsx"})


@dataclass(frozen=True, slots=True)
class InventoryDocument:
    """One finished file."""

    name: str
    content: Iterable[bytes]
    """In pieces, made as they are asked for; a large tenant's documents are never held whole."""


def inventory_formats() -> tuple[str, ...]:
    """Return the ids of all formats, in alphabetical order."""
    return tuple(sorted(_WRITERS))


def write_inventory(
    report: InventoryReport, formats: Sequence[str], *, folder: bool
) -> tuple[InventoryDocument, ...]:
    """Write an inventory.

    Args:
        report: What is said of the tenant.
        formats: Some of ``inventory_formats()``.
        folder: All files go to one folder, so that a page can name what lies beside it.
    """
    documents = [one for name in formats for one in _WRITERS[name](report, folder=folder)]
    return tuple({one.name: one for one in documents}.values())


def check_formats(formats: Sequence[str]) -> None:
    """Find out, before anything is read, whether these can be written.

    Raises:
        UsageError: One of them needs a package that is not installed.
    """
    if "parquet" in formats:
        from auditor.render.table_parquet import check_parquet

        check_parquet()


def _json(report: InventoryReport, *, folder: bool) -> Iterator[InventoryDocument]:
    from auditor.render.inventory_json import render_inventory_json

    _ = folder
    yield InventoryDocument("inventory.json", render_inventory_json(report))


def _csv(report: InventoryReport, *, folder: bool) -> Iterator[InventoryDocument]:
    from auditor.render.inventory_tables import inventory_tables
    from auditor.render.table_csv import csv_pieces

    _ = folder
    for table in inventory_tables(report):
        yield InventoryDocument(f"inventory-{table.name}.csv", csv_pieces(table))


def _parquet(report: InventoryReport, *, folder: bool) -> Iterator[InventoryDocument]:
    from auditor.render.inventory_tables import inventory_tables
    from auditor.render.table_parquet import parquet_bytes

    _ = folder
    for table in inventory_tables(report):
        yield InventoryDocument(f"inventory-{table.name}.parquet", map(parquet_bytes, (table,)))


def _xlsx(report: InventoryReport, *, folder: bool) -> Iterator[InventoryDocument]:
    from auditor.render.inventory_tables import inventory_tables
    from auditor.render.table_xlsx import xlsx_bytes

    _ = folder
    yield InventoryDocument("inventory.xlsx", map(xlsx_bytes, (inventory_tables(report),)))


def _html(report: InventoryReport, *, folder: bool) -> Iterator[InventoryDocument]:
    from auditor.render.inventory_page import render_inventory_html

    page = render_inventory_html(report, beside=folder)
    yield InventoryDocument("inventory.html", (page,))
    if folder:
        yield from _csv(report, folder=folder)


def _markdown(report: InventoryReport, *, folder: bool) -> Iterator[InventoryDocument]:
    from auditor.render.inventory_page import render_inventory_markdown

    _ = folder
    yield InventoryDocument("inventory.md", (render_inventory_markdown(report),))


_WRITERS = {
    "csv": _csv,
    "html": _html,
    "json": _json,
    "markdown": _markdown,
    "parquet": _parquet,
    "xlsx": _xlsx,
}
