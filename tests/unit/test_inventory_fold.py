"""What an inventory keeps of pages, and how it says that something is missing."""

import json

import pytest

from auditor.inventory.fold import Fold
from auditor.listings import (
    application_permissions,
    applications,
    delegated_grants,
    disabled_users,
    service_principals,
)
from auditor.listings.listing import AnyListing
from auditor.listings.pages import changes_of
from auditor.model.inventory import Coverage, ListingCoverage
from auditor.model.snapshot import Reading
from tests.fakes.wire import Json
from tests.property.inventory_tenant import NOW

GRANTS = delegated_grants.LISTING
PERMISSIONS = application_permissions.LISTING
GRAPH = PERMISSIONS.parts[0]


def page(value: list[Json], **more: Json) -> bytes:
    return json.dumps({**more, "value": value}).encode()


def grant(grant_id: str, **more: Json) -> dict[str, Json]:
    row: dict[str, Json] = {"id": grant_id, "clientId": "c", "resourceId": "r", "scope": "A"}
    return {**row, "consentType": "Principal", "principalId": f"user of {grant_id}", **more}


def folded(*readings: Reading) -> Fold:
    fold = Fold()
    for one in readings:
        fold.take(one)
    fold.finish()
    return fold


def reading(
    listing: AnyListing, body: bytes, part: str = "", number: int = 0, status: int = 200
) -> Reading:
    return Reading(listing.name, part or listing.parts[0], number, "/x", status, body, NOW)


def changes(listing: AnyListing, *rows: Json) -> Reading:
    return Reading(changes_of(listing), "", 0, "/x", 200, page([*rows]), NOW)


def coverage(fold: Fold, listing: AnyListing) -> ListingCoverage:
    return {one.name: one for one in fold.coverage()}[listing.name]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"error":{"code":"x","message":"y"}}', b'{"value"']
)
def test_an_answer_that_is_no_page_is_told(body: bytes) -> None:
    found = coverage(folded(reading(applications.LISTING, body)), applications.LISTING)
    assert found.coverage is Coverage.INCOMPLETE
    assert found.detail == "Graph's answer is no page of a listing"


def test_a_resource_that_is_not_there_is_an_answer() -> None:
    missing = [reading(PERMISSIONS, b"{}", part, 0, 404) for part in PERMISSIONS.parts]
    assert coverage(folded(*missing), PERMISSIONS).coverage is Coverage.READ


def test_a_resource_that_goes_missing_between_two_pages_is_none() -> None:
    missing = [reading(PERMISSIONS, b"{}", part, 0, 404) for part in PERMISSIONS.parts[1:]]
    first = page([], **{"@odata.nextLink": "https://graph.test/v1.0/x?$skiptoken=x"})
    lost = reading(PERMISSIONS, b"{}", GRAPH, 1, 404)
    found = coverage(folded(reading(PERMISSIONS, first, GRAPH), lost, *missing), PERMISSIONS)
    assert (found.coverage, found.detail) == (Coverage.INCOMPLETE, "HTTP 404")


def test_a_row_of_a_try_that_was_given_up_is_not_met_when_it_comes_back() -> None:
    """Its page token expired, the object was away during the second try, and was restored."""
    listing = applications.LISTING
    first = page([{"id": "a"}], **{"@odata.nextLink": "https://graph.test/v1.0/x?$skiptoken=x"})
    fold = folded(
        changes(listing, {"id": "a", "displayName": "back"}),
        reading(listing, first),
        reading(listing, page([{"id": "b"}])),
    )
    assert {row.id for row in fold.rows(listing)} == {"a", "b"}


@pytest.mark.parametrize("more", [{"consentType": "Robot"}, {"principalId": None}])
def test_grants_of_an_unknown_kind_are_counted_and_told(more: dict[str, Json]) -> None:
    rows: list[Json] = [grant("1"), grant("2", **more)]
    pages = [
        reading(GRANTS, page(rows if part == GRANTS.parts[0] else []), part)
        for part in GRANTS.parts
    ]
    fold = folded(*pages)
    found = coverage(fold, GRANTS)
    assert found.coverage is Coverage.INCOMPLETE
    assert "1 grant is of a kind that is not known here" in found.detail
    consent = fold.grants().consents["c"]["r"]
    assert (consent.grants, consent.users, consent.by_users) == (2, 1, {"A": 1})


def test_the_kind_of_a_grant_comes_in_any_letter_case() -> None:
    rows: list[Json] = [
        grant("1", consentType="PRINCIPAL"),
        grant("2", consentType="allprincipals", principalId=None, scope=" B  A "),
    ]
    fold = folded(reading(GRANTS, page(rows)))
    consent = fold.grants().consents["c"]["r"]
    assert (consent.for_all, consent.by_users, consent.users) == (("A", "B"), {"A": 1}, 1)


def test_ids_of_grants_differ_in_letter_case() -> None:
    rows: list[Json] = [grant("aB", scope="1"), grant("Ab", scope="2"), grant("AB", scope="3")]
    fold = folded(
        changes(GRANTS, {"id": "Ab", "@removed": {"reason": "deleted"}}, grant("ab", scope="4")),
        reading(GRANTS, page(rows)),
    )
    assert coverage(fold, GRANTS).rows == 3
    assert fold.grants().consents["c"]["r"].by_users == {"1": 1, "3": 1, "4": 1}


def test_ids_of_objects_do_not() -> None:
    app_id = "8E1C7F5A-0000-4000-8000-00000000AAAA"
    fold = folded(
        changes(applications.LISTING, {"id": app_id.lower(), "displayName": "after"}),
        reading(applications.LISTING, page([{"id": app_id, "displayName": "before"}])),
    )
    [row] = fold.rows(applications.LISTING)
    assert (row.id.lower(), getattr(row, "display_name", "")) == (app_id.lower(), "after")


def test_a_listing_that_begins_again_forgets_what_came_before() -> None:
    rows: list[Json] = [grant("1"), grant("2", consentType="Robot")]
    fold = folded(reading(GRANTS, page(rows)), reading(GRANTS, page([grant("3")])))
    assert "not known here" not in coverage(fold, GRANTS).detail
    assert fold.grants().grants == 1


def test_half_a_character_in_a_name_costs_nothing_but_itself() -> None:
    body = b'{"value":[{"id":"1","displayName":"a\\ud800b"},{"id":"2","displayName":"\\ud83d\\ude00"}]}'
    fold = folded(reading(disabled_users.LISTING, body), reading(applications.LISTING, body))
    assert coverage(fold, disabled_users.LISTING).coverage is Coverage.READ
    names = [getattr(row, "display_name", "") for row in fold.rows(applications.LISTING)]
    assert names == ["a\ufffd\ufffd\ufffdb", "\U0001f600"]


def test_no_grants_are_no_grants() -> None:
    fold = folded(*(reading(GRANTS, page([]), part) for part in GRANTS.parts))
    assert coverage(fold, GRANTS).coverage is Coverage.READ
    assert (fold.grants().grants, fold.grants().users) == (0, {})


def test_rows_of_another_shape_are_told() -> None:
    body = b'{"value":[{"id":"1","displayName":7},{"id":"2"},8]}'
    found = coverage(folded(reading(applications.LISTING, body)), applications.LISTING)
    assert (found.coverage, found.rows) == (Coverage.INCOMPLETE, 1)
    assert found.detail.startswith("2 entries could not be understood")


WHOLE: dict[str, Json] = {
    "id": "1",
    "passwordCredentials": [],
    "keyCredentials": [],
    "web": None,
    "spa": None,
    "publicClient": None,
}


@pytest.mark.parametrize("member", ["passwordCredentials", "keyCredentials", "web", "spa"])
def test_a_member_that_graph_always_gives_is_missed(member: str) -> None:
    """Left out, it would look like an app without credentials and redirect URIs."""
    row = dict(WHOLE)
    whole = folded(reading(applications.LISTING, page([row])))
    assert coverage(whole, applications.LISTING).coverage is Coverage.READ
    del row[member]
    found = coverage(folded(reading(applications.LISTING, page([row]))), applications.LISTING)
    assert found.coverage is Coverage.INCOMPLETE
    assert found.detail == "1 entry lacks members that were asked for"


@pytest.mark.parametrize("listing", [applications.LISTING, service_principals.LISTING])
@pytest.mark.parametrize("member", ["passwordCredentials", "keyCredentials"])
def test_null_is_no_list_of_credentials(listing: AnyListing, member: str) -> None:
    found = coverage(folded(reading(listing, page([{**WHOLE, member: None}]))), listing)
    assert found.detail == "1 entry lacks members that were asked for"


def test_changes_leave_out_what_was_never_set() -> None:
    fold = folded(
        changes(applications.LISTING, {"id": "new", "appId": "a", "displayName": "New"}),
        reading(applications.LISTING, page([])),
    )
    assert coverage(fold, applications.LISTING).coverage is Coverage.READ


def test_what_changed_of_an_object_that_no_page_had_is_not_all_of_it() -> None:
    fold = folded(
        changes(applications.LISTING, {"id": "new", "displayName": "New"}),
        reading(applications.LISTING, page([])),
    )
    found = coverage(fold, applications.LISTING)
    assert (found.coverage, found.rows) == (Coverage.INCOMPLETE, 1)


def test_a_row_that_changed_lacks_what_its_page_lacked() -> None:
    change = changes(applications.LISTING, {"id": "1", "displayName": "New"})
    whole = folded(change, reading(applications.LISTING, page([WHOLE])))
    assert coverage(whole, applications.LISTING).coverage is Coverage.READ
    row = {key: value for key, value in WHOLE.items() if key != "passwordCredentials"}
    found = coverage(
        folded(change, reading(applications.LISTING, page([row]))), applications.LISTING
    )
    assert found.detail == "1 entry lacks members that were asked for"


@pytest.mark.parametrize("member", ["principalId", "resourceId"])
def test_an_application_permission_of_nobody_or_nothing_is_told(member: str) -> None:
    row: dict[str, Json] = {"id": "1", "appRoleId": "r", "principalId": "a", "resourceId": "g"}
    body = page([row | {member: None}])
    found = coverage(folded(reading(PERMISSIONS, body, GRAPH)), PERMISSIONS)
    assert "1 entry could not be understood" in found.detail
