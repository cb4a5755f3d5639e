"""One door to every format of an inventory; each is imported only when it is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.model.inventory import InventoryReport

# ruff: noqa: PLC0415


@dataclass(frozen=True, slots=True)
class InventoryDocument:
    """One finished file."""

    name: str
    content: Iterable[bytes]
    """In pieces; a large tenant's documents are never held whole."""


def inventory_formats() -> tuple[str, ...]:
    """Return the ids of all formats, in alphabetical order."""
    return ("json",)


def write_inventory(report: InventoryReport, format_id: str) -> tuple[InventoryDocument, ...]:
    """Write an inventory in one format, as one file or several."""
    match format_id:
        case "json":
            from auditor.render.inventory_json import render_inventory_json

            return (InventoryDocument("inventory.json", render_inventory_json(report)),)
        case _:
            raise ValueError(format_id)
