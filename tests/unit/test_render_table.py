"""The CSV has one row per permission and starts no formula."""

import csv
import io
from dataclasses import replace

import pytest

from auditor.model.report import Report
from auditor.render.clean import harden
from auditor.render.table import COLUMNS, render_csv
from tests.unit import report_fixture as fixture


def rows(report: Report) -> list[dict[str, str]]:
    """Read the CSV back."""
    return list(csv.DictReader(io.StringIO(render_csv(report).decode(), newline="")))


def test_one_row_per_profile_and_permission() -> None:
    table = rows(fixture.several())
    assert list(table[0]) == list(COLUMNS)
    expected = [
        (item.request.profile_id, one.asked.requirement.value, one.outcome.value)
        for item in fixture.several().assessments
        for one in item.decision.permissions
    ]
    found = [(row["profile"], row["permission"], row["outcome"]) for row in table]
    assert found == expected
    assert table[1]["features"] == "Mail sync; Sequences"
    assert table[5]["caveats"] == "risk-rule"
    assert (table[0]["plan"], table[0]["plan_title"]) == (
        "tenant-wide-consent",
        "Consent to this one app for everybody",
    )
    assert (table[5]["plan"], table[5]["plan_title"]) == ("", "")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", " =1", "\uff1d1", "\uff20x"])
def test_formulas_are_disarmed(cell: str) -> None:
    assert harden(cell) == f"'{cell}"
    assert harden(f"a{cell}") == f"a{cell}"


def test_no_cell_of_a_hostile_report_starts_a_formula_or_a_line() -> None:
    raw = render_csv(fixture.hostile()).decode()
    table = rows(fixture.hostile())
    assert len(table) == len(fixture.HOSTILE)
    assert raw.count("\n") == len(fixture.HOSTILE) + 1
    cells = [cell for row in table for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert all(cell.isprintable() for cell in cells)


def test_a_report_without_assessments_has_the_header_alone() -> None:
    assert render_csv(replace(fixture.single(), assessments=())).count(b"\n") == 1
