"""The table of risks: complete, without contradictions, and of one mind with the permissions."""

import csv
import re
from collections import Counter

import pytest

from auditor.inventory.risk import load_risks, worst
from auditor.model.risk import Kind, Risk
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE
from auditor.resources import resource

Row = dict[str, str]

COLUMNS = ["resource_app_id", "kind", "value", "id", "risk", "path_to_admin", "reason", "source"]
PERMISSIONS = (
    (MICROSOFT_GRAPH, "delegated", "microsoft-graph.csv"),
    (MICROSOFT_GRAPH, "application", "microsoft-graph-application.csv"),
    (EXCHANGE_ONLINE, "delegated", "exchange-online.csv"),
    (SHAREPOINT_ONLINE, "delegated", "sharepoint-online.csv"),
)


def rows(folder: str, file: str) -> list[Row]:
    text = resource("policies", folder, file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), strict=True))


TABLE = rows("risk", "permissions.csv")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['kind']} {row['value']}")
def test_a_row_has_a_reason_and_a_source(row: Row) -> None:
    assert list(row) == COLUMNS
    assert re.fullmatch(r"[A-Z].{20,}\.", row["reason"])
    assert len(row["reason"]) <= 130
    assert re.fullmatch(r"https://\S+( https://\S+)*", row["source"])
    assert row["path_to_admin"] in {"true", "false"}
    assert Risk(row["risk"]) is not Risk.UNRATED
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row["id"])


def test_no_row_is_there_twice() -> None:
    ids = Counter((row["resource_app_id"], row["kind"], row["id"]) for row in TABLE)
    assert ids.most_common(1)[0][1] == 1


def test_a_name_has_one_rating() -> None:
    found: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for row in TABLE:
        key = row["resource_app_id"], row["kind"], row["value"]
        found.setdefault(key, set()).add((row["risk"], row["path_to_admin"]))
    assert {key for key, ratings in found.items() if len(ratings) > 1} == set()


def test_rows_are_sorted() -> None:
    keys = [tuple(row[name] for name in COLUMNS[:4]) for row in TABLE]
    assert keys == sorted(keys)


@pytest.mark.parametrize(("app_id", "kind", "file"), PERMISSIONS)
def test_names_and_ids_agree_with_the_permissions(app_id: str, kind: str, file: str) -> None:
    ids = {row["value"]: row["id"] for row in rows("permissions", file)}
    names = {found: value for value, found in ids.items() if found}
    mine = [row for row in TABLE if (row["resource_app_id"], row["kind"]) == (app_id, kind)]
    assert mine
    for row in mine:
        assert names.get(row["id"], row["value"]) == row["value"]
        assert row["value"] in ids
        assert ids[row["value"]] in {"", row["id"]}


def test_a_path_to_global_administrator_is_critical() -> None:
    paths = [row for row in TABLE if row["path_to_admin"] == "true"]
    assert {row["risk"] for row in paths} == {"critical"}
    assert {row["kind"] for row in paths} == {"application"}
    names = {row["value"] for row in paths}
    assert {"RoleManagement.ReadWrite.Directory", "AppRoleAssignment.ReadWrite.All"} <= names
    assert names.isdisjoint({"Directory.ReadWrite.All", "Group.ReadWrite.All", "User.Read.All"})


def test_look_ups_take_names_and_ids_in_any_letter_case() -> None:
    table = load_risks()
    by_name = table.rate(MICROSOFT_GRAPH, Kind.APPLICATION, "ROLEMANAGEMENT.readwrite.directory")
    by_id = table.rate(MICROSOFT_GRAPH, Kind.APPLICATION, "9E3F62CF-CA93-4989-B6CE-BF83C28F9FE8")
    assert by_name == by_id
    assert (by_id.risk, by_id.path_to_admin) == (Risk.CRITICAL, True)


@pytest.mark.parametrize("name", ["", "<script>", "Mail.Read\u202e", "Mail.Read "])
def test_what_no_row_has_is_unrated(name: str) -> None:
    rated = load_risks().rate(MICROSOFT_GRAPH, Kind.DELEGATED, name)
    assert (rated.risk, rated.path_to_admin) == (Risk.UNRATED, False)


def test_kinds_are_told_apart() -> None:
    table = load_risks()
    rated = [table.rate(MICROSOFT_GRAPH, kind, "Mail.Read").risk for kind in Kind]
    assert rated == [Risk.MEDIUM, Risk.HIGH]
    assert worst(rated) is Risk.HIGH
    assert worst([]) is Risk.UNRATED
