"""A table as CSV, in pieces; no cell starts a formula."""

import csv
from collections.abc import Iterator

from auditor.render.frames import frames, names_of
from auditor.render.inventory_tables import ColumnType, Table
from auditor.render.plan_json import json_moment
from auditor.render.table import harden

_FLAGS = {True: "true", False: "false", None: ""}


def csv_pieces(table: Table) -> Iterator[bytes]:
    """Write a table as UTF-8; every cell is quoted, and an unknown one is empty."""
    for number, frame in enumerate(frames(table)):
        for name in names_of(table, ColumnType.TEXT):
            frame[name] = _hardened(frame[name].tolist())
        for name in names_of(table, ColumnType.FLAG):
            frame[name] = [_FLAGS[cell] for cell in frame[name].tolist()]
        for name in names_of(table, ColumnType.MOMENT):
            frame[name] = [json_moment(cell) if cell else "" for cell in frame[name].tolist()]
        text = frame.to_csv(
            index=False, header=number == 0, lineterminator="\n", quoting=csv.QUOTE_ALL
        )
        yield text.encode()


def _hardened(column: list[str]) -> list[str]:
    """Harden a column; of equal texts only the first is looked at."""
    made = {cell: harden(cell) for cell in set(column)}
    return [made[cell] for cell in column]
