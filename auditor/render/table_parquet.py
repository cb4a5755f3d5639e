"""A table as Parquet; needs pyarrow, which is an extra."""

from io import BytesIO

from auditor.errors import UsageError
from auditor.render.frames import frames
from auditor.render.inventory_tables import ColumnType, Table

# pyarrow is imported when a table is written: it is not in every installation.
# ruff: noqa: PLC0415


def parquet_bytes(table: Table) -> bytes:
    """Write a table, compressed with Zstandard.

    Raises:
        UsageError: pyarrow is not installed.
    """
    check_parquet()
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {
        ColumnType.TEXT: pa.string(),
        ColumnType.NUMBER: pa.int64(),
        ColumnType.FLAG: pa.bool_(),
        ColumnType.MOMENT: pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in table.columns])
    buffer = BytesIO()
    with parquet.ParquetWriter(buffer, schema, compression="zstd") as writer:
        for frame in frames(table):
            writer.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False))
    return buffer.getvalue()


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
