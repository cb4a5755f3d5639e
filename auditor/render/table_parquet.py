"""Tables as Parquet; needs pyarrow, which is an extra."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from auditor.errors import UsageError
from auditor.render.inventory_tables import LIMITS, Cell, ColumnType, Table
from auditor.render.table_columns import Cells, Chunk, Piece, Shared, texts

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter as File

# pyarrow is imported when a table is written: it is not in every installation.
# ruff: noqa: PLC0415

_GROUP_CHUNKS = 10
"""Chunks that are one row group: in it, what repeats is written once."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class ParquetWriter:
    """Writes a file for each table, compressed with Zstandard."""

    def __init__(self) -> None:
        """Begin.

        Raises:
            UsageError: pyarrow is not installed.
        """
        check_parquet()
        import pyarrow as pa

        # pyarrow's own allocator keeps 20 MB more of what was freed.
        pa.set_memory_pool(pa.system_memory_pool())
        self._types = {
            ColumnType.NUMBER: pa.int64(),
            ColumnType.FLAG: pa.bool_(),
            ColumnType.MOMENT: pa.timestamp("us", tz="UTC"),
        }
        self._text = pa.dictionary(pa.int32(), pa.string())
        self._buffer = BytesIO()
        self._file: File | None = None
        self._waiting: list[pa.RecordBatch] = []

    def names(self, tables: Iterable[Table]) -> tuple[str, ...]:
        """Name the files."""
        return tuple(map(_name, tables))

    def write(self, chunk: Chunk) -> Iterator[Piece]:
        """Write some rows; the file is there behind the last."""
        import pyarrow as pa

        file = self._file or self._begun(chunk.table)
        if chunk.rows:
            arrays = [array for one in chunk.parts for array in self._arrays(one)]
            self._waiting.append(pa.record_batch(arrays, file.schema))
        if self._waiting and (chunk.is_last or len(self._waiting) == _GROUP_CHUNKS):
            file.write_table(pa.Table.from_batches(self._waiting).unify_dictionaries())
            self._waiting = []
        if chunk.is_last:
            file.close()
            yield _name(chunk.table), self._buffer.getvalue()
            self._buffer, self._file = BytesIO(), None

    def close(self) -> Iterator[Piece]:
        """Write nothing: each file is complete."""
        yield from ()

    def _arrays(self, part: Shared) -> Iterator["pa.Array"]:
        import numpy as np
        import pyarrow as pa

        taken = np.array(part.places, np.int32)
        places = _array(pa.int32(), len(taken), None, taken)
        for kind, cells in part.columns:
            if kind in LIMITS:
                yield pa.DictionaryArray.from_arrays(places, _strings(texts(cells)), safe=False)
            else:
                yield self._numbers(kind, cells).take(places)

    def _numbers(self, kind: ColumnType, cells: Cells) -> "pa.Array":
        import numpy as np

        present = [cell is not None for cell in cells]
        numbers = np.fromiter(map(_number, cells), np.int64, len(cells))
        is_flag = kind is ColumnType.FLAG
        data = np.packbits(numbers != 0, bitorder="little") if is_flag else numbers
        known = None if all(present) else np.packbits(present, bitorder="little")
        return _array(self._types[kind], len(cells), known, data)

    def _begun(self, table: Table) -> "File":
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter as File

        types = [(name, self._types.get(kind, self._text)) for name, kind in table.columns]
        # Without Arrow's own schema in it, a file says nothing of dictionaries: text is text.
        self._file = File(self._buffer, pa.schema(types), compression="zstd", store_schema=False)
        return self._file


def _number(cell: Cell) -> int:
    return (cell - _EPOCH) // _MICROSECOND if isinstance(cell, datetime) else int(cell or 0)


# pyarrow.array would do all of this, but imports pandas first: 50 MB and 0.4 s.


def _strings(cells: Sequence[str]) -> "pa.Array":
    import numpy as np
    import pyarrow as pa

    data = [cell.encode() for cell in cells]
    offsets = np.zeros(len(data) + 1, np.int32)
    np.cumsum([len(one) for one in data], out=offsets[1:])
    return _array(pa.string(), len(data), None, offsets, b"".join(data))


def _array(kind: "pa.DataType", length: int, *buffers: object) -> "pa.Array":
    import pyarrow as pa

    made = [None if one is None else pa.py_buffer(one) for one in buffers]
    return pa.Array.from_buffers(kind, length, made)


def _name(table: Table) -> str:
    return f"inventory-{table.name}.parquet"


def check_parquet() -> None:
    """Find out, before anything is read, whether Parquet can be written.

    Raises:
        UsageError: pyarrow is not installed.
    """
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise UsageError(
            "parquet needs pyarrow, which is not installed: "
            "install 'entra-consent-auditor[tables]', or choose csv or xlsx"
        )
