"""The table of Microsoft's own apps."""

import csv
import re

from auditor.inventory.first_party import load_first_party, look
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.resources import resource

ROWS = list(
    csv.DictReader(
        resource("policies", "first-party", "apps.csv").read_text(encoding="utf-8").splitlines(),
        strict=True,
    )
)


def test_rows_are_whole_sorted_and_there_once() -> None:
    ids = [row["app_id"] for row in ROWS]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)
    assert all(row["name"].strip() == row["name"] != "" for row in ROWS)


def test_the_readme_counts_them() -> None:
    text = resource("policies", "first-party", "README.md").read_text(encoding="utf-8")
    assert f" {len(ROWS)} apps" in text.replace("\n", " ")


def test_only_names_with_a_brand_are_microsofts_alone() -> None:
    found = load_first_party()
    assert MICROSOFT_GRAPH in found.ids
    assert found.names[look("MICROSOFT graph")] == "Microsoft Graph"
    assert look("Connectors") not in found.names
    assert "" not in found.names
