"""The owners of several apps in one answer: what is taken of it, and what is left to a closer look."""

import json
from dataclasses import replace

import pytest

from auditor.inventory.fold import Fold
from auditor.listings import app_owners, registration_owners
from auditor.listings.owners_together import APPS, MOST, REGISTRATIONS, SURE, Together, fits
from auditor.model.inventory import Coverage, ListingCoverage
from auditor.model.snapshot import Reading
from tests.unit.consent_case import NOW, Json
from tests.unit.inventory_case import HOSTILE, Row, person

ONE, TWO = "0a000000-0000-4000-8000-000000000001", "0b000000-0000-4000-8000-000000000002"
APP: Row = {
    "@odata.type": "#microsoft.graph.servicePrincipal",
    "id": "SP",
    "displayName": HOSTILE,
    "accountEnabled": None,
}


def owned(one: str, *owners: Row, **members: Json) -> Row:
    row: Row = {"id": one.upper(), "appId": one.upper(), "owners": list(owners)}
    return row | members


def answer(
    *rows: Json,
    together: Together = APPS,
    status: int = 200,
    failure: str = "",
    next_link: str = "",
) -> Reading:
    link = {"@odata.nextLink": next_link} if next_link else {}
    body = json.dumps({"value": list(rows), **link}).encode()
    return Reading(together.name, f"{ONE},{TWO}", 0, "/x", status, body, NOW, failure)


def taken(reading: Reading, together: Together = APPS) -> dict[str, list[str] | int]:
    """Owners of each app that is settled; for a reading without any its status."""
    found: dict[str, list[str] | int] = {}
    for one in together.apart(reading):
        assert one.source == together.listing.name
        body = json.loads(one.body)["value"] if one.status == 200 and not one.failure else None
        found[one.subject] = one.status if body is None else [each["id"] for each in body]
    return found


def test_reads_are_of_the_documented_form() -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(MOST + 1)]
    first, second = APPS.items(ids)
    owners = "owners($select=id,displayName,userPrincipalName,userType,accountEnabled)"
    assert second.request == (
        f"/servicePrincipals?$filter=id in ('{ids[MOST]}')&$select=id&$expand={owners}"
    )
    assert first.subject == ",".join(ids[:MOST])
    assert len(first.request) < 2048
    (one,) = REGISTRATIONS.items([ONE, TWO])
    assert one.request == (
        f"/applications?$filter=appId in ('{ONE}','{TWO}')&$select=id,appId&$expand={owners}"
    )
    assert APPS.items([]) == []


@pytest.mark.parametrize(
    "odd", ["", "a", ONE.upper(), f"{ONE}'", f"{ONE},{TWO}", f"{ONE}\n", "\u0660"]
)
def test_only_ids_of_the_usual_form_are_asked_for_together(odd: str) -> None:
    assert fits(ONE)
    assert not fits(odd)


def test_what_single_reads_would_say_is_taken() -> None:
    rows = [owned(ONE, person(1), APP), owned(TWO)]
    assert taken(answer(*rows)) == {ONE: ["PERSON-1", "SP"], TWO: []}
    assert taken(answer(*reversed(rows), together=REGISTRATIONS), REGISTRATIONS) == {
        ONE: ["PERSON-1", "SP"],
        TWO: [],
    }


def test_owners_stay_as_graph_wrote_them() -> None:
    reading = answer(owned(ONE, person(1, displayName=HOSTILE, mail="\ud83d")), owned(TWO))
    (one, _) = APPS.apart(replace(reading, body=reading.body.replace(b"\\ud83d", b"x")))
    assert json.loads(one.body) == {"value": [person(1, displayName=HOSTILE, mail="x")]}
    assert taken(reading) == {ONE: ["PERSON-1"], TWO: []}


@pytest.mark.parametrize(
    "doubtful",
    [
        owned(ONE, *(person(each) for each in range(SURE))),
        owned(ONE, *(person(each) for each in range(20))),
        owned(ONE, person(1), **{"owners@odata.nextLink": "https://graph.test/v1.0/x"}),
        {"id": ONE},
        owned(ONE, owners=None),
        owned(ONE, owners={}),
        owned(ONE, owners=["x"]),
        owned(ONE, {"id": None}),
        owned(ONE, {key: value for key, value in person(1).items() if key != "userType"}),
        owned(ONE, {key: value for key, value in person(1).items() if key != "accountEnabled"}),
        owned(ONE, {"id": "of no known type"}),
        owned(ONE, person(1, accountEnabled="yes")),
    ],
)
def test_an_app_with_a_doubt_is_left_out(doubtful: Row) -> None:
    assert taken(answer(doubtful, owned(TWO, person(2)))) == {TWO: ["PERSON-2"]}


def test_a_few_owners_are_all_and_null_is_an_answer() -> None:
    hidden = person(0, userType=None, accountEnabled=None, userPrincipalName=None)
    rows = [hidden, *(person(each) for each in range(1, SURE - 1))]
    found = taken(answer(owned(ONE, *rows), owned(TWO)))[ONE]
    assert isinstance(found, list)
    assert len(found) == SURE - 1


def test_an_app_that_is_not_mentioned_is_no_app_without_owners() -> None:
    assert taken(answer(owned(ONE))) == {ONE: []}
    assert taken(answer(owned(ONE), together=REGISTRATIONS), REGISTRATIONS) == {ONE: []}
    half = answer(owned(ONE), together=REGISTRATIONS, next_link="https://x.test")
    assert taken(half, REGISTRATIONS) == {ONE: []}


@pytest.mark.parametrize(
    "rows",
    [
        [owned(ONE), owned(ONE, person(1))],
        [owned(ONE), owned("0c000000-0000-4000-8000-000000000003")],
        [owned(ONE), "x"],
        [owned(ONE), {"owners": []}],
    ],
)
@pytest.mark.parametrize("together", [APPS, REGISTRATIONS])
def test_of_an_answer_to_something_else_nothing_is_taken(
    rows: list[Json], together: Together
) -> None:
    assert taken(answer(*rows, together=together), together) == {}


@pytest.mark.parametrize("status", [400, 404, 414, 302])
def test_a_form_that_graph_does_not_take_leaves_all_open(status: int) -> None:
    assert taken(answer(status=status), APPS) == {}
    assert taken(answer(status=status, together=REGISTRATIONS), REGISTRATIONS) == {}
    for body in (b"", b"<html>", b"[]", b'{"error": {}}', b'{"value": 1}'):
        assert taken(replace(answer(), body=body)) == {}


@pytest.mark.parametrize(
    ("status", "failure"), [(401, ""), (403, ""), (429, ""), (503, ""), (0, "lost")]
)
def test_what_is_refused_is_refused_for_every_app(status: int, failure: str) -> None:
    assert taken(answer(owned(ONE), status=status, failure=failure)) == {ONE: status, TWO: status}


def test_a_subject_that_nobody_asked_for_is_passed_over() -> None:
    reading = replace(answer(status=403), subject=f"{ONE},,x,{TWO.upper()},{ONE}'")
    assert taken(reading) == {ONE: 403}
    assert len(APPS.asked(replace(reading, subject=",".join([ONE] * 1000)))) == MOST
    assert APPS.asked(replace(reading, subject="")) == []


def coverage(*readings: Reading, name: str = app_owners.LISTING.name) -> ListingCoverage:
    fold = Fold()
    for one in readings:
        fold.take(one)
    fold.finish()
    return next(one for one in fold.coverage() if one.name == name)


def test_a_listing_says_how_it_went() -> None:
    assert coverage(answer(owned(ONE, person(1)), owned(TWO, person(1)))).rows == 2
    refused = coverage(answer(status=403))
    assert (refused.coverage, refused.needs) == (Coverage.REFUSED, ("Application.Read.All",))
    lost = coverage(answer(failure="the connection was lost"))
    assert (lost.coverage, lost.detail) == (Coverage.INCOMPLETE, "the connection was lost")
    absent = answer(together=REGISTRATIONS)
    name = registration_owners.LISTING.name
    assert coverage(absent, name=name).coverage is Coverage.NOT_ASKED
    assert coverage(answer(), name=name).coverage is Coverage.NOT_ASKED


def test_a_closer_look_stands_for_the_first_one() -> None:
    alone = json.dumps({"value": [person(each) for each in range(30)]}).encode()
    cut = answer(owned(ONE, *(person(each) for each in range(20))), owned(TWO))
    single = Reading(app_owners.LISTING.name, ONE, 0, "/x", 200, alone, NOW)
    fold = Fold()
    for one in (answer(status=503), cut, single):
        fold.take(one)
    fold.finish()
    found = fold.by_part(app_owners.LISTING)
    assert {key: (len(rows), problem) for key, (rows, problem) in found.items()} == {
        ONE: (30, ""),
        TWO: (0, ""),
    }
