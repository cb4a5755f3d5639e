"""A query finds the apps that fit, and shows the permissions that made them fit."""

import csv
import io
import re

import pytest

from auditor.inventory.query import Query, Sort, select
from auditor.model.holding import Consent, Found
from auditor.model.inventory import InventoryReport, Owner
from auditor.model.risk import Risk
from auditor.render.inventory_query import csv_found, print_found
from tests.unit import inventory_report_case as case

ALL = {one.name for one in case.APPS}


def ask(query: Query, sort: Sort = Sort.RISK, report: InventoryReport | None = None) -> list[Found]:
    made = report or case.small()
    return select(made.inventory, made.ratings, query, sort)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query(), ALL),
        (Query(app="HELPER"), {"Mail Helper"}),
        (Query(app=case.object_id(3)), {"Mail Helper"}),
        (Query(app=case.GRAPH.upper()), {"Microsoft Graph"}),
        (Query(app="no such app"), set()),
        (Query(permission="mail.readwrite"), {"Mail Helper"}),
        (Query(permission="*.Read"), {"Mail Helper", "Contoso Intranet", "Northwind Sync"}),
        (Query(permission="Mail"), set()),
        (Query(permission="[a-z.]*"), set()),
        (Query(publisher="verified"), {"Northwind Sync"}),
        (Query(publisher="UNVERIFIED"), ALL - {"Northwind Sync", "Microsoft Graph"}),
        (Query(publisher="sync ltd"), {"Northwind Sync"}),
        (Query(consent=Consent.ALL), {"Mail Helper", "Contoso Intranet"}),
        (Query(consent=Consent.USER), {"Mail Helper", "Northwind Sync"}),
        (Query(consent=Consent.APPLICATION), {"Backup Robot", "Ünïcode 東京"}),
        (Query(consent=Consent.ALL, permission="User.Read"), {"Contoso Intranet"}),
        (Query(owner=Owner.MICROSOFT), {"Microsoft Graph"}),
        (Query(owner=Owner.UNKNOWN), {"Ünïcode 東京"}),
        (Query(risk=Risk.CRITICAL), {"Backup Robot"}),
        (Query(risk=Risk.HIGH), {"Backup Robot", "Mail Helper"}),
        (Query(min_users=40), {"Mail Helper"}),
        (Query(risk=Risk.HIGH, consent=Consent.USER, min_users=1), {"Mail Helper"}),
    ],
)
def test_filters(query: Query, names: set[str]) -> None:
    assert {one.app.name for one in ask(query)} == names


def test_only_the_permissions_that_fit_come_along_the_worst_first() -> None:
    (found,) = ask(Query(app="Mail Helper"))
    assert [one.permission for one in found.held] == ["Mail.ReadWrite", "User.Read"]
    (found,) = ask(Query(app="Mail Helper", permission="User.*"))
    assert [one.permission for one in found.held] == ["User.Read"]
    assert found.risk is Risk.LOW


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        (Sort.RISK, "Backup Robot"),
        (Sort.USERS, "Mail Helper"),
        (Sort.PERMISSIONS, "Mail Helper"),
        (Sort.NAME, "Backup Robot"),
    ],
)
def test_sorts(sort: Sort, first: str) -> None:
    assert ask(Query(), sort)[0].app.name == first


def test_text_shows_hostile_names_harmlessly() -> None:
    stream = io.StringIO()
    print_found(ask(Query(), report=case.hostile()), stream)
    text = stream.getvalue()
    assert "⟨U+202E⟩gnp.exe" in text
    assert "<script>alert(1)</script>" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert max(map(len, text.splitlines())) <= 100


def test_text_says_who_consented() -> None:
    stream = io.StringIO()
    print_found(ask(Query(app="Mail Helper")), stream)
    squeezed = " ".join(stream.getvalue().split())
    assert "Unverified publisher High 40 Mail.ReadWrite" in squeezed
    assert "(everybody," in squeezed
    assert "User.Read (40 users)" in squeezed
    empty = io.StringIO()
    print_found([], empty)
    assert empty.getvalue() == ""


def test_csv_has_the_columns_of_the_permissions_and_a_row_for_who_holds_none() -> None:
    text = b"".join(csv_found(ask(Query()))).decode()
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [one["permission"] for one in found if one["app"] == "Sleeping Beauty"] == [""]
    assert len(found) == 8 + 2
    hostile = b"".join(csv_found(ask(Query(), report=case.hostile()))).decode()
    assert not re.search(r'(?:^|,)"\s*[=+@-]', hostile, re.MULTILINE)
