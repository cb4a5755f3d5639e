"""The tables of an inventory as CSV, Excel and Parquet: complete, typed, and no formula."""

import csv
import importlib.util
import io
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from pyarrow import parquet

from auditor.errors import UsageError
from auditor.listings.moments import moment
from auditor.model.inventory import AppOwners
from auditor.render.clean import NAME_LIMIT, harden
from auditor.render.inventory_tables import LIMITS, ColumnType, Table, inventory_tables, next_expiry
from auditor.render.table_columns import CHUNK_ROWS, TableWriter, chunks
from auditor.render.table_csv import CsvWriter, csv_pieces
from auditor.render.table_parquet import ParquetWriter
from auditor.render.table_xlsx import XlsxWriter
from tests.unit import inventory_report_case as case

NAMES = ["apps", "permissions", "registrations", "credentials", "findings"]
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def table(name: str, report: object = None) -> Table:
    made = inventory_tables(report if isinstance(report, type(case.small())) else case.small())
    return next(one for one in made if one.name == name)


def written(writer: TableWriter, *tables: Table) -> bytes:
    """Write tables to the one file that comes of them."""
    chunked = [chunk for one in tables for chunk in chunks(one)]
    pieces = [*(piece for chunk in chunked for piece in writer.write(chunk)), *writer.close()]
    assert {name for name, _ in pieces} == set(writer.names(tables))
    return b"".join(piece for _, piece in pieces)


def xlsx_bytes(tables: tuple[Table, ...], *, sheet_chunks: int = 100) -> bytes:
    return written(XlsxWriter(sheet_chunks), *tables)


def parquet_bytes(one: Table) -> bytes:
    return written(ParquetWriter(), one)


def unescape(text: str) -> str:
    """Read the underscore that Excel would take for the begin of a code."""
    return text.replace("_x005F_", "_")


def rows(one: Table) -> list[dict[str, str]]:
    """Write as CSV and read back."""
    text = b"".join(csv_pieces(one)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_tables_and_their_rows() -> None:
    assert [one.name for one in inventory_tables(case.small())] == NAMES
    assert [len(rows(table(name))) for name in NAMES] == [7, 8, 2, 5, 5]
    assert [len(rows(table(name, case.empty()))) for name in NAMES] == [0, 0, 0, 0, 0]


def test_permissions_say_who_consented_and_how_bad_it_is() -> None:
    found = {(one["app"], one["permission"]): one for one in rows(table("permissions"))}
    both = found["Mail Helper", "Mail.ReadWrite"]
    assert (both["consent"], both["users"], both["risk"]) == ("all-and-user", "12", "high")
    assert found["Mail Helper", "User.Read"]["consent"] == "user"
    assert found["Contoso Intranet", "openid"]["consent"] == "all"
    role = found["Backup Robot", case.ROLE_MANAGEMENT_ROLE]
    assert (role["kind"], role["consent"], role["users"]) == ("application", "application", "")
    assert (role["resource"], role["risk"]) == ("Microsoft Graph", "critical")
    odd = found["Northwind Sync", "Odd.Scope"]
    assert (odd["risk"], odd["path_to_admin"]) == ("unrated", "")


def test_apps_and_credentials_know_what_ends_next() -> None:
    old, intranet = rows(table("registrations"))[::-1]
    assert old["next_expiry"] == ""
    assert intranet["next_expiry"] == "2026-08-26T09:30:00Z"
    days = [one["days_left"] for one in rows(table("credentials"))]
    assert days == ["12", "400", "-400", "", "-20"]
    assert next_expiry((), case.NOW) is None
    (robot,) = [one for one in rows(table("apps")) if one["name"] == "Backup Robot"]
    assert (robot["verified"], robot["enabled"], robot["credentials"]) == ("false", "true", "1")


def test_apps_know_who_owns_them_and_when_they_were_used() -> None:
    apps = {one["name"]: one for one in rows(table("apps"))}
    told = {
        name: (one["last_used"], one["owners"], one["owner_names"])
        for name, one in apps.items()
        if one["last_used"] or one["owners"]
    }
    assert told == {
        "Backup Robot": ("2026-01-26T09:30:00Z", "2", "ada@contoso.example, Bob Builder"),
        "Contoso Intranet": ("2026-08-14T09:30:00Z", "", ""),
    }
    used = {one["name"]: one["last_used"] for one in rows(table("registrations"))}
    assert used == {"Contoso Intranet": "2026-08-14T09:30:00Z", "Old Tool": ""}


def test_no_owner_is_told_from_unknown_owners() -> None:
    made = case.small()
    none, some = AppOwners(()), AppOwners((case.owner(50, "Ada"),), "HTTP 403")
    owners = {case.APPS[1].id: none, case.APPS[6].id: some}
    made = replace(made, inventory=replace(made.inventory, owners=owners))
    found = {one["name"]: (one["owners"], one["owner_names"]) for one in rows(table("apps", made))}
    assert found["Backup Robot"] == ("0", "")
    assert found[case.APPS[6].name] == ("", "Ada")
    assert found["Sleeping Beauty"] == ("", "")


def test_every_affected_has_a_row_and_a_finding_without_any_has_one() -> None:
    found = [(one["check"], one["affected"]) for one in rows(table("findings"))]
    assert ("consent-workflow-has-reviewers", "reviewers") in found
    assert ("users-cannot-register-apps", "") in found


@pytest.mark.parametrize("name", NAMES)
def test_no_csv_cell_of_a_hostile_tenant_starts_a_formula_or_a_line(name: str) -> None:
    raw = b"".join(csv_pieces(table(name, case.hostile()))).decode()
    found = rows(table(name, case.hostile()))
    assert raw.count("\n") == len(found) + 1
    numbers = {column for column, kind in table(name).columns if kind is ColumnType.NUMBER}
    cells = [cell for one in found for key, cell in one.items() if key not in numbers]
    assert [one for one in cells if one.lstrip().startswith(FORMULA)] == []
    assert all(one.isprintable() for one in cells)


@pytest.mark.parametrize("sign", FORMULA)
@pytest.mark.parametrize("before", ["", " ", "   ", '"', ' " ', '"" "'])
def test_no_csv_cell_starts_a_formula_where_semicolons_separate(before: str, sign: str) -> None:
    """As Excel does in a country whose decimal mark is a comma."""
    cells = ("plain", f"x;{before}{sign}1+1;y", f"x{before};{before}{sign}1")
    one = Table("t", ((("a", ColumnType.TEXT),) * 2,), lambda: (((x, x),) for x in cells))
    raw = b"".join(csv_pieces(one)).decode()
    found = [
        cell for row in csv.reader(io.StringIO(raw, newline=""), delimiter=";") for cell in row
    ]
    assert "x;" in raw.replace('"', "")
    assert [cell for cell in found if cell.lstrip().startswith(FORMULA)] == []


def test_a_table_of_several_chunks_has_one_head() -> None:
    columns = (("n", ColumnType.NUMBER), ("t", ColumnType.TEXT))
    long = Table("long", (columns,), lambda: (((at, "x"),) for at in range(CHUNK_ROWS * 2 + 1)))
    found = rows(long)
    assert len(found) == CHUNK_ROWS * 2 + 1
    assert found[-1] == {"n": str(CHUNK_ROWS * 2), "t": "x"}


def test_a_workbook_has_a_sheet_for_each_table_and_real_types() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(inventory_tables(case.small()))))
    assert book.sheetnames == NAMES
    sheet = book["credentials"]
    head = [cell.value for cell in sheet[1]]
    assert head == [name for name, _ in table("credentials").columns]
    ends, left = sheet.cell(2, head.index("ends") + 1), sheet.cell(2, head.index("days_left") + 1)
    assert abs(ends.value - datetime(2026, 8, 26, 9, 30)) < timedelta(seconds=1)  # noqa: DTZ001
    assert (ends.is_date, left.value, left.data_type) == (True, 12, "n")
    assert book["apps"].cell(2, 8).value is False
    assert book["apps"].auto_filter.ref == "A1:W8"
    assert book["apps"].freeze_panes == "A2"


def test_hostile_cells_of_a_workbook_are_strings() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(inventory_tables(case.hostile()))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "d", "inlineStr"}
    assert not any(cell.hyperlink for cell in cells)
    values = {cell.value for cell in cells}
    assert {'=HYPERLINK("http://evil.example","x")', "⟨U+202E⟩gnp.exe"} <= values


def test_a_workbook_has_no_link_no_formula_and_no_code_of_a_character() -> None:
    content = xlsx_bytes(inventory_tables(case.hostile()))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            tags = {one.tag.rpartition("}")[2] for one in ET.fromstring(archive.read(name)).iter()}
            assert not tags & {"f", "hyperlink", "externalReference", "definedName"}
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "_x005F_x003D_1" in sheet
    assert content == xlsx_bytes(inventory_tables(case.hostile()))


def test_a_table_that_is_too_long_goes_on_in_a_further_sheet() -> None:
    columns = (("t", ColumnType.TEXT),)
    long = Table("long", (columns,), lambda: (((str(at),),) for at in range(CHUNK_ROWS + 1)))
    content = xlsx_bytes((long, table("apps")), sheet_chunks=1)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    assert book.sheetnames == ["long", "long 2", "apps"]
    assert [*book["long 2"].iter_rows(values_only=True)] == [("t",), (str(CHUNK_ROWS),)]


def test_a_date_that_excel_does_not_know_is_text() -> None:
    early = datetime(1601, 1, 1, tzinfo=UTC)
    made = Table("t", ((("at", ColumnType.MOMENT),),), lambda: iter([((early,),), ((None,),)]))
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes((made,))))
    assert book["t"].cell(2, 1).value == "1601-01-01T00:00:00Z"


@pytest.mark.parametrize("at", ["2026-01-01T08:00:00", "9999-12-31T23:59:59.999999"])
def test_a_moment_of_a_workbook_is_its_second(at: str) -> None:
    made = Table("t", ((("at", ColumnType.MOMENT),),), lambda: iter([((moment(f"{at}Z"),),)]))
    content = xlsx_bytes((made,))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    days = Decimal(sheet.rpartition("<v>")[2].partition("</v>")[0])
    seconds = days * 86_400 % 86_400
    assert abs(seconds - round(seconds)) < Decimal("0.0001")
    value = openpyxl.load_workbook(io.BytesIO(content))["t"].cell(2, 1).value
    assert value == datetime.fromisoformat(at[:19])


def test_no_cell_is_longer_than_a_spreadsheet_takes() -> None:
    longest = "\U000e0041" * 40_000
    columns = tuple((kind.value, kind) for kind in LIMITS)
    made = Table("t", (columns,), lambda: iter([((longest, longest, longest),)]))
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes((made,))))
    for value in next(book["t"].iter_rows(min_row=2, values_only=True)):
        assert len(str(value).encode("utf-16-le")) // 2 <= 32_767


@pytest.mark.parametrize("name", NAMES)
def test_parquet_has_the_same_rows_and_stable_types(name: str) -> None:
    for report in (case.small(), case.hostile(), case.empty()):
        one = table(name, report)
        read = parquet.read_table(io.BytesIO(parquet_bytes(one)))
        assert read.num_rows == len(rows(one))
        assert read.schema == parquet.read_table(io.BytesIO(parquet_bytes(table(name)))).schema
    first = parquet.read_table(io.BytesIO(parquet_bytes(table("apps")))).to_pylist()[1]
    assert (first["name"], first["verified"], first["users"]) == ("Backup Robot", False, 0)


@pytest.mark.parametrize("name", NAMES)
def test_all_formats_hold_the_same_text(name: str) -> None:
    for report in (case.small(), case.hostile()):
        one = table(name, report)
        texts = [column for column, kind in one.columns if kind in LIMITS]
        read = parquet.read_table(io.BytesIO(parquet_bytes(one))).to_pylist()
        sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes((one,))))[name]
        head, *cells = sheet.iter_rows(values_only=True)
        for csv_row, parquet_row, cell in zip(rows(one), read, cells, strict=True):
            excel = dict(zip(head, cell, strict=True))
            for text in texts:
                written = parquet_row[text]
                assert csv_row[text] == harden(written)
                assert unescape(excel[text] or "") == written


def test_what_several_rows_share_is_made_once() -> None:
    columns = (("a", ColumnType.TEXT),), (("b", ColumnType.TEXT),)
    one = Table("t", columns, lambda: iter([(("x",), ("1",)), (("x",), ("2",)), (("y",), ("1",))]))
    (chunk,) = chunks(one)
    assert [list(part.places) for part in chunk.parts] == [[0, 0, 1], [0, 1, 0]]
    assert [part.columns[0][1] for part in chunk.parts] == [("x", "y"), ("1", "2")]


def test_one_hostile_cell_has_its_whole_column_looked_at() -> None:
    cells = ("plain", "\u202egnp", "=1", 'a"b', "x" * (NAME_LIMIT + 1), " <&>  ", "_x0041_")
    one = Table("t", ((("a", ColumnType.TEXT),),), lambda: (((cell,),) for cell in cells))
    found = [row["a"] for row in rows(one)]
    assert found[:4] == ["plain", "⟨U+202E⟩gnp", "'=1", 'a"b']
    assert found[4].endswith("… (1 more characters)")
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes((one,))))["t"]
    assert [cell.value for (cell,) in sheet.iter_rows(min_row=2)][5:] == [" <&>  ", "_x005F_x0041_"]


@pytest.mark.parametrize("at", [0, 49, 50, 119])
def test_an_odd_cell_is_mended_wherever_it_stands(at: int) -> None:
    cells = [f"name {number}" for number in range(120)]
    cells[at] = "=\u202e<b>  "
    one = Table("t", ((("a", ColumnType.TEXT),),), lambda: (((cell,),) for cell in cells))
    assert [row["a"] for row in rows(one)] == [
        "'=⟨U+202E⟩<b>  " if number == at else cell for number, cell in enumerate(cells)
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes((one,))))["t"]
    found = [cell.value for (cell,) in sheet.iter_rows(min_row=2)]
    assert found == [*cells[:at], "=⟨U+202E⟩<b>  ", *cells[at + 1 :]]


def test_parquet_keeps_text_that_repeats_in_far_chunks_as_text() -> None:
    columns = (("n", ColumnType.NUMBER),), (("t", ColumnType.TEXT),)
    number = CHUNK_ROWS * 11 + 1
    one = Table("t", columns, lambda: (((at,), (f"text {at % 7}",)) for at in range(number)))
    file = parquet.ParquetFile(io.BytesIO(parquet_bytes(one)))
    assert file.num_row_groups == 2
    assert [str(kind) for kind in file.schema_arrow.types] == ["int64", "string"]
    read = file.read().to_pydict()
    assert read["n"] == list(range(number))
    assert read["t"] == [f"text {at % 7}" for at in range(number)]


def test_csv_pieces_are_the_file_of_a_table() -> None:
    for one in inventory_tables(case.hostile()):
        assert written(CsvWriter(), one) == b"".join(csv_pieces(one))


def test_parquet_without_pyarrow_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"install 'entra-consent-auditor\[tables\]'"):
        parquet_bytes(table("apps"))
