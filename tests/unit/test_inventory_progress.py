"""How far the reading has come, and when it will end."""

from dataclasses import dataclass, field

import pytest

from auditor.inventory.progress import Pace
from auditor.listings import (
    application_permissions,
    applications,
    delegated_grants,
    service_principals,
    sign_ins,
)
from auditor.listings.pages import Part
from auditor.sources.source import MalformedError

APPS = Part(applications.LISTING, "")
GRANTS = Part(delegated_grants.LISTING, "")
SIGN_INS = Part(sign_ins.LISTING, "")
PRINCIPALS = Part(service_principals.LISTING, "")


@dataclass
class Race:
    """A clock, and what was told."""

    seconds: float = 0.0
    told: list[str] = field(default_factory=list)
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(self.told.append, lambda: self.seconds)

    def at(self, seconds: float, part: Part, rows: int, *, last: bool = False) -> str:
        """Take a page at a time; returns what was told then."""
        self.seconds = seconds
        before = len(self.told)
        self.pace(part, rows, last)
        return "".join(self.told[before:])

    def counted(self, **rows: int) -> None:
        """Say what Graph counted."""
        names = {"apps": APPS, "grants": GRANTS, "principals": PRINCIPALS}
        self.pace.expected = {names[key].listing.name: one for key, one in rows.items()}


@pytest.fixture
def race() -> Race:
    return Race()


def test_tells_at_most_once_a_second(race: Race) -> None:
    assert race.at(0.5, GRANTS, 999) == ""
    assert race.at(1.5, GRANTS, 999) == "read 1,998 entries, 1,332 a second"
    assert race.at(2.4, GRANTS, 999) == ""


def test_the_longest_listing_says_when_it_ends(race: Race) -> None:
    race.counted(apps=1000, grants=100_000)
    race.at(0.5, APPS, 999)
    found = race.at(10, GRANTS, 10_000)
    assert found == "read 10,999 entries, 1,100 a second, about 2 min left"


def test_a_listing_without_a_count_may_take_longer(race: Race) -> None:
    race.counted(apps=3000)
    race.at(0.5, GRANTS, 999)
    assert race.at(10, APPS, 1000).endswith(", at least 20 s left")


def test_a_listing_without_a_count_that_has_ended_takes_no_longer(race: Race) -> None:
    """The report of sign-ins is never counted, and mostly shorter than the grants."""
    race.counted(grants=100_000)
    race.at(0.5, SIGN_INS, 999)
    assert race.at(10, GRANTS, 10_000).endswith(", at least 2 min left")
    race.at(10.5, SIGN_INS, 100, last=True)
    assert race.at(20, GRANTS, 10_000).endswith(", about 2 min left")


def test_what_has_ended_says_nothing_of_the_rest(race: Race) -> None:
    race.at(0.5, SIGN_INS, 100, last=True)
    assert race.at(10, GRANTS, 1000) == "read 1,100 entries, 110 a second"


def test_a_listing_that_is_divided_ends_with_its_last_chain(race: Race) -> None:
    parts = [
        Part(application_permissions.LISTING, one) for one in application_permissions.LISTING.parts
    ]
    race.counted(grants=100_000)
    for part in parts[1:]:
        race.at(0.5, part, 1, last=True)
    assert race.at(10, GRANTS, 10_000).endswith(", at least 2 min left")
    race.at(10.5, parts[0], 1, last=True)
    assert race.at(20, GRANTS, 10_000).endswith(", about 2 min left")


def test_a_listing_that_has_not_begun_may_take_longer(race: Race) -> None:
    race.counted(apps=3000, grants=100_000)
    assert race.at(10, APPS, 1000).endswith(", at least 20 s left")


def test_a_count_that_was_passed_says_nothing_any_more(race: Race) -> None:
    race.counted(grants=5000)
    assert race.at(2, GRANTS, 5500).endswith(", about 10 s left")
    assert race.at(4, GRANTS, 500) == "read 6,000 entries, 1,500 a second"


def test_without_counts_no_end_is_told(race: Race) -> None:
    assert race.at(10, GRANTS, 1000) == "read 1,000 entries, 100 a second"


def test_what_an_interrupted_run_had_read_is_not_read_again() -> None:
    race = Race()
    race.pace.before = {GRANTS.listing.name: 90_000}
    race.counted(grants=100_000)
    found = race.at(10, GRANTS, 5000)
    assert found == "read 95,000 entries, 500 a second, about 10 s left"


@pytest.mark.parametrize(
    ("total", "words"),
    [
        (100, "about 10 s left"),
        (1000, "about 10 s left"),
        (1111, "about 20 s left"),
        (5099, "about 50 s left"),
        (5200, "about 1 min left"),
        (6101, "about 2 min left"),
        (360_100, "about 60 min left"),
        (360_200, "about 1 h 1 min left"),
        (1_000_000, "about 2 h 47 min left"),
    ],
)
def test_the_time_left_is_rounded_up(race: Race, total: int, words: str) -> None:
    race.counted(grants=total)
    assert race.at(1, GRANTS, 100).endswith(f", {words}")


@pytest.mark.parametrize(
    ("body", "number"),
    [(b"0", 0), (b"1000000", 1_000_000), (b"\xef\xbb\xbf293", 293), (b'"293"', 293)],
)
def test_a_count_is_a_number(body: bytes, number: int) -> None:
    assert GRANTS.listing.count.parse((body,)) == number


@pytest.mark.parametrize("body", [b"", b"-1", b"1.5", b"{}", b"null", b"9" * 13, "٣".encode()])
def test_anything_else_is_no_count(body: bytes) -> None:
    with pytest.raises(MalformedError):
        GRANTS.listing.count.parse((body,))
