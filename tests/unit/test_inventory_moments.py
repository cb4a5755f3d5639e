"""Strange dates in rows cost nothing but themselves, wherever an inventory meets them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from auditor.inventory.rows import Rows
from auditor.listings import applications, service_principals
from auditor.listings.listing import AnyListing
from auditor.listings.moments import moment
from auditor.model.inventory import Coverage, InventoryReport
from auditor.model.report import Judgement
from auditor.render.inventory_write import inventory_formats, write_inventory
from tests.unit.inventory_case import Whole, certificate, secret

STRANGE = [
    "2026-01-01T00:00:00",
    "2026-01-01",
    "",
    "never",
    "\ud83d",
    "\u0662\u0660\u0662\u0666-01-01T00:00:00Z",
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59-05:00",
    "<script>\x1b[31m\u202e" + "9" * 300,
]
FAR = ["0001-01-01T00:00:00Z", "2299-12-31T00:00:00Z", "9999-12-31T23:59:59.9999999Z"]


def tenant(text: str) -> Whole:
    """Everything that has a date has this one."""
    odd = secret(-1, 1, startDateTime=text, endDateTime=text)
    key = certificate(-1, 1, startDateTime=text, endDateTime=text, usage="Sign")
    found = Whole().app("other", passwordCredentials=[odd], keyCredentials=[key])
    return found.registration(
        createdDateTime=text, passwordCredentials=[odd, secret(-1, 9)], keyCredentials=[key]
    )


@pytest.mark.parametrize("text", STRANGE)
def test_what_cannot_be_understood_is_no_moment(text: str) -> None:
    assert moment(text) is None


def test_moments_are_utc() -> None:
    assert moment("2026-01-01T01:00:00.1234567+01:00") == datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)
    found = moment("2026-01-01T01:00:00+01:00")
    assert found is not None
    assert found.utcoffset() == timedelta()
    assert moment(None) is None


@pytest.mark.parametrize("listing", [service_principals.LISTING, applications.LISTING])
@pytest.mark.parametrize("text", STRANGE + FAR)
def test_a_page_keeps_the_row(listing: AnyListing, text: str) -> None:
    odd = {"keyId": "k", "startDateTime": text, "endDateTime": text}
    row = {"id": "1", "createdDateTime": text, "passwordCredentials": [odd], "keyCredentials": []}
    rows = Rows(listing)
    found = rows.page(json.dumps({"value": [row, {"id": "2"}]}).encode())
    assert found is not None
    assert [one.id for one in found] == ["1", "2"]
    assert rows.bad == 0


@pytest.mark.parametrize("text", STRANGE)
def test_a_credential_whose_dates_are_strange_is_unknown_and_the_app_is_there(text: str) -> None:
    report = tenant(text).report()
    assert {one.coverage for one in report.inventory.listings} == {Coverage.READ}
    said = {one.check: one.outcome for one in report.findings}
    assert said["credentials-are-not-expired"] is Judgement.UNKNOWN
    assert said["other-organisations-apps-have-no-credentials-here"] is Judgement.NOT_MET
    (registration,) = report.inventory.registrations
    assert registration.created is None
    assert [one.ends is None for one in registration.secrets] == [True, False, True]


@pytest.mark.parametrize("text", [*STRANGE, *FAR])
def test_every_format_can_write_them(text: str) -> None:
    report: InventoryReport = tenant(text).report()
    for name in inventory_formats():
        files = write_inventory(report, [name], folder=True)
        written = {part: piece for part, piece in files.pieces if piece}
        assert set(written) == set(files.names)
