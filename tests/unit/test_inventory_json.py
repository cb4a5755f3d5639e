"""The JSON of an inventory and of a query keep their contracts."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from auditor.inventory.query import Query, Sort, select, unread
from auditor.model.inventory import AppOwners, InventoryReport
from auditor.pipeline import make_report, read_sample
from auditor.render.inventory_json import render_inventory_json
from auditor.render.inventory_query import json_found
from auditor.resources import resource
from auditor.samples import load_sample
from tests.unit import inventory_report_case as case

GOLDEN = Path(__file__).parents[1] / "golden" / "inventory.json"
REPORTS: dict[str, Callable[[], InventoryReport]] = {
    "small": case.small,
    "hostile": case.hostile,
    "empty": case.empty,
    "controls": lambda: with_controls(case.small()),
}


def with_controls(report: InventoryReport) -> InventoryReport:
    """Add what baselines say of a sample tenant."""
    judged = make_report(read_sample(load_sample("ready"), ()), ())
    return replace(report, controls=judged.baselines)


def schema(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(resource("reports", "json", name).read_bytes())
    Draft202012Validator.check_schema(found)
    return found


def written(report: InventoryReport) -> bytes:
    return b"".join(render_inventory_json(report))


@pytest.mark.parametrize("name", REPORTS)
def test_inventories_match_the_schema(name: str) -> None:
    validator = Draft202012Validator(schema("inventory-v1.schema.json"))
    document = json.loads(written(REPORTS[name]()))
    assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("name", REPORTS)
def test_queries_match_the_schema(name: str) -> None:
    report = REPORTS[name]()
    validator = Draft202012Validator(schema("inventory-query-v1.schema.json"))
    found = select(report.inventory, report.ratings, Query(), Sort.RISK)
    missing = unread(report.inventory)
    document = json.loads(
        json_found(report.inventory, found[:5], matched=len(found), unread=missing)
    )
    assert [error.message for error in validator.iter_errors(document)] == []
    assert set(document["unread"]) <= {"delegated-grants-all"}
    assert document["matched"] == len(report.inventory.apps)
    assert len(document["apps"]) == min(len(found), 5)


@pytest.mark.parametrize("name", ["inventory-v1.schema.json", "inventory-query-v1.schema.json"])
def test_the_schemas_are_strict_everywhere(name: str) -> None:
    whole = schema(name)
    definitions = whole["$defs"]
    assert isinstance(definitions, dict)
    parts = [part for part in (whole, *definitions.values()) if part.get("type") == "object"]
    assert len(parts) > 3
    for part in parts:
        assert part["additionalProperties"] is False
        assert sorted(part["required"]) == sorted(part["properties"])
    assert not Draft202012Validator(whole).is_valid({"schema": "other/v1"})


def test_apps_that_hold_nothing_are_counted_not_listed() -> None:
    document = json.loads(written(case.small()))
    assert document["counts"] == {
        "apps": 7,
        "apps_that_hold_something": 5,
        "registrations": 2,
        "delegated_grants": 58,
    }
    assert len(document["apps"]) == 5
    assert document["dangling_grants"][0]["grants"] == 2


def test_nothing_hides_in_the_text() -> None:
    text = written(case.hostile()).decode()
    assert "\u202e" not in text
    assert "\x1b" not in text
    names = [one["name"] for one in json.loads(text)["apps"]]
    assert "\u202egnp.exe" in names


def test_golden() -> None:
    found = written(case.small())
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.write_bytes(found)
    assert found == GOLDEN.read_bytes()


def test_no_owner_is_told_from_unknown_owners() -> None:
    made = case.small()
    robot, intranet, helper, other = (case.APPS[number].id for number in (1, 2, 3, 6))
    owners = {
        robot: AppOwners(()),
        intranet: AppOwners((case.owner(50, "Ada"),), "HTTP 429"),
        other: AppOwners((), "HTTP 403"),
    }
    made = replace(made, inventory=replace(made.inventory, owners=owners))
    found = {one["id"]: one for one in json.loads(written(made))["apps"]}
    told = {key: (one["owners"], one["owners_unread"]) for key, one in found.items()}
    assert told[robot] == ([], "")
    assert told[intranet] == (["Ada"], "HTTP 429")
    assert told[other] == (None, "HTTP 403")
    assert told[helper] == (None, "")


def test_what_was_not_in_the_report_of_sign_ins_has_no_last_use() -> None:
    document = json.loads(written(case.small()))
    used = {one["name"]: one["last_used"] for one in document["apps"]}
    assert used["Backup Robot"] == "2026-01-26T09:30:00Z"
    assert used["Mail Helper"] is None
    assert {one["name"]: one["last_used"] for one in document["registrations"]} == {
        "Contoso Intranet": "2026-08-14T09:30:00Z",
        "Old Tool": None,
    }
