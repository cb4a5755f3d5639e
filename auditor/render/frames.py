"""Tables as pandas data frames, a limited number of rows at a time."""

from collections.abc import Iterator
from itertools import islice

import pandas as pd

from auditor.render.inventory_tables import ColumnType, Table

FRAME_ROWS = 5_000


def frames(table: Table) -> Iterator[pd.DataFrame]:
    """Cut a table in frames; an empty one is one frame without rows."""
    rows = table.rows()
    columns = pd.Index([name for name, _ in table.columns])
    some = list(islice(rows, FRAME_ROWS))
    while True:
        yield pd.DataFrame(some, columns=columns, dtype="object")
        some = list(islice(rows, FRAME_ROWS))
        if not some:
            return


def names_of(table: Table, wanted: ColumnType) -> list[str]:
    """Return the columns of one type."""
    return [name for name, kind in table.columns if kind is wanted]
