"""A run that reads a whole tenant: with what, and how far an earlier one had come."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auditor.collect import Progress, Transport
from auditor.errors import SignInError
from auditor.inventory.second_step import SecondStep
from auditor.listings import load
from auditor.listings.listing import AnyListing
from auditor.listings.pages import Envelope, Keep, Pages, Part, Place, envelope, whole_parts
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from auditor.snapshot_lines import Header, make_header
from auditor.sources import organization
from auditor.sources.source import Item

_FRESH = timedelta(hours=6)
"""How old a partial file may be. Graph does not say how long page tokens live; one that has expired
costs its listing, not the run."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is read, and with what."""

    tenant: str
    """As it was asked for."""
    cloud: Cloud
    tool_version: str
    settings: Transport
    pages: Pages
    clock: Callable[[], datetime]
    """UTC."""
    seconds: Callable[[], float]
    """A clock that never goes back, for the rate."""
    progress: Progress
    """Told what is going on."""
    say: Progress
    """Told what somebody may want to know afterwards."""
    many: int
    """Rows from which on the longest listing is read in ranges."""

    def header(self) -> Header:
        """Make the snapshot's first line."""
        at = self.clock().replace(microsecond=0)
        return make_header(self.tool_version, self.tenant, self.cloud, at)

    def goes_on(self, header: Header) -> bool:
        """Say whether a partial file is of this tenant, and fresh enough."""
        age = self.clock() - header.collected_at
        return self.is_mine(header) and header.tool_version == self.tool_version and age < _FRESH

    def is_mine(self, header: Header) -> bool:
        """Say whether a file is of this tenant."""
        return (header.tenant.casefold(), header.cloud) == (self.tenant.casefold(), self.cloud)

    async def is_still(self, tenant: str) -> bool:
        """Say whether the tenant has this id, where no name was given that says so.

        Raises:
            SignInError: Which tenant this is cannot be read.
        """
        if self.tenant or not tenant:
            return bool(self.tenant)
        now = SecondStep(self.cloud)
        for reading in await self.settings.read([Item(organization.SOURCE, "")]):
            now.note(reading)
        if not now.tenant:
            msg = "the tenant's id could not be read, so nothing can be gone on with"
            raise SignInError(f"{msg}: try again, or name the tenant with --tenant")
        return now.tenant == tenant

    def listings(self) -> list[AnyListing]:
        """List what this cloud has."""
        return [one for one in load() if self.cloud not in one.absent_in]


@dataclass(slots=True)
class Done:
    """How far an interrupted run had come."""

    last: dict[tuple[str, str], tuple[int, Envelope | None]] = field(default_factory=dict)
    """Number and envelope of each chain's last page; None where it was refused."""
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many were read, by listing and part."""
    changed: bool = False
    """Whether it had read what changed. That cannot be gone on with: a listing that is read from
    now on is newer than those changes, which would be taken for the newest."""
    _begun: dict[str, set[str]] = field(default_factory=dict)
    """The parts of each listing that the file has pages of."""
    _names: frozenset[str] = field(default_factory=lambda: frozenset(one.name for one in load()))

    def note(self, reading: Reading) -> None:
        """Take note of an answer that is there."""
        if reading.source in self._names:
            found = envelope(reading.body) if reading.is_read else None
            part = reading.source, reading.subject
            self._begun.setdefault(reading.source, set()).add(reading.subject)
            if reading.page == 0 or not found:
                self.rows.pop(part, None)
            if found:
                self.rows[part] += len(found.value)
                found.value.clear()
            self.last[part] = reading.page, found
        elif reading.source.endswith("-changes"):
            found = envelope(reading.body)
            self.changed |= bool(found and found.value)

    def chains(self, listing: AnyListing) -> list[Part]:
        """List what makes a listing whole: what the file has begun with, for good."""
        begun = self._begun.get(listing.name, set())
        return [Part(listing, one) for one in whole_parts(listing, begun)]

    def is_over(self, part: Part) -> bool:
        """Say whether a chain was read to its end."""
        _, found = self.last.get((part.name, part.subject), (0, None))
        return found is not None and found.next_link is None

    def forget(self, listing: AnyListing) -> None:
        """Let a listing be read from its start, in the same parts."""
        for part in [one for one in self.last if one[0] == listing.name]:
            self.rows.pop(part, None)
            del self.last[part]

    def has_begun(self, listing: AnyListing) -> bool:
        """Say whether the file has pages of a listing, so that it is settled how it is read."""
        return listing.name in self._begun

    def rows_of(self, parts: Iterable[Part]) -> Counter[str]:
        """Count what was read of some parts of a listing, by subject."""
        return Counter({one.subject: self.rows[one.name, one.subject] for one in parts})

    def left(self, chains: Iterable[Part]) -> list[Part]:
        """List the chains that were not read to their ends."""
        return [one for one in chains if not self.is_over(one)]

    def places(self, chains: Sequence[Part]) -> dict[Part, Place]:
        """Say where to go on; a chain that was refused begins again."""
        found = ((part, self.last.get((part.name, part.subject))) for part in chains)
        return {
            part: Place(last[1].next_link, last[0] + 1)
            for part, last in found
            if last and last[1] and last[1].next_link
        }


def both(first: Keep, second: Keep) -> Keep:
    """Give each answer to two receivers."""

    def keep(reading: Reading) -> None:
        first(reading)
        second(reading)

    return keep
