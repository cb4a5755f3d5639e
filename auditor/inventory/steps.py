"""The steps of reading a whole tenant, which a full run and an update have in common."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from auditor.collect import Progress, Transport, collect
from auditor.errors import SignInError
from auditor.inventory.progress import Pace
from auditor.inventory.second_step import SecondStep
from auditor.listings import load, service_principals
from auditor.listings.listing import AnyListing
from auditor.listings.pages import Envelope, Keep, Pages, Part, Place, envelope, parts
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from auditor.snapshot_format import Header, make_header
from auditor.snapshot_stream import SnapshotWriter
from auditor.sources import organization
from auditor.sources.source import Item, MalformedError

_FRESH = timedelta(hours=6)
"""How old a partial file may be. Graph does not say how long page tokens live; one that has expired
costs its listing, not the run."""
_REREADS = 3
_TOGETHER = 80
"""Reads of the second step between which the file grows: four batches."""


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
        """Say whether the tenant has this id, where no name was given that says so."""
        if self.tenant or not tenant:
            return bool(self.tenant)
        now = SecondStep(self.cloud)
        for reading in await self.settings.read([Item(organization.SOURCE, "")]):
            now.note(reading)
        return now.tenant == tenant

    def listings(self) -> list[AnyListing]:
        """List what this cloud has."""
        return [one for one in load() if self.cloud not in one.absent_in]


@dataclass(slots=True)
class Done:
    """How far an interrupted run had come."""

    last: dict[tuple[str, str], tuple[int, Envelope | None]] = field(default_factory=dict)
    """Number and envelope of each chain's last page; None where it was refused."""
    rows: Counter[str] = field(default_factory=Counter)
    """How many were read, by listing."""
    changed: bool = False
    """Whether it had read what changed. That cannot be gone on with: a listing that is read from
    now on is newer than those changes, which would be taken for the newest."""
    _names: frozenset[str] = field(default_factory=lambda: frozenset(one.name for one in load()))

    def note(self, reading: Reading) -> None:
        """Take note of an answer that is there."""
        if reading.source in self._names:
            read = reading.status == HTTPStatus.OK and not reading.failure
            found = envelope(reading.body) if read else None
            if found:
                self.rows[reading.source] += len(found.value)
                found.value.clear()
            self.last[reading.source, reading.subject] = reading.page, found
        elif reading.source.endswith("-changes"):
            found = envelope(reading.body)
            self.changed |= bool(found and found.value)

    def is_over(self, part: Part) -> bool:
        """Say whether a chain was read to its end."""
        _, found = self.last.get((part.name, part.subject), (0, None))
        return found is not None and found.next_link is None

    def forget(self, listing: AnyListing) -> None:
        """Let a listing be read from its start."""
        self.rows.pop(listing.name, None)
        self.last = {key: last for key, last in self.last.items() if key[0] != listing.name}

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


async def read_settings(run: Run, keep: Keep) -> None:
    """Read what an audit asks of the tenant's settings."""
    snapshot = await collect(
        run.settings,
        [],
        tenant=run.tenant,
        cloud=run.cloud,
        clock=run.clock,
        progress=run.progress,
    )
    for reading in snapshot.readings:
        keep(reading)


async def read_from_now_on(run: Run, keep: Keep, listings: Sequence[AnyListing]) -> None:
    """Ask for the address under which the next run will find what changed from now on."""
    chains = [Part(one, "", changes=True) for one in listings if one.delta]
    await run.pages.read(chains, {}, keep, lambda _part, _rows: None)


async def read_listings(
    run: Run, keep: Keep, listings: Sequence[AnyListing], done: Done, second: SecondStep
) -> None:
    """Read listings to their ends, those that are short and the further settings first.

    Args:
        run: What is read.
        keep: Takes each answer.
        listings: All of them, or those that are read anew.
        done: What is there already.
        second: Looks at the answers for what they name.
    """
    chains = parts(listings)
    short = [one for one in chains if one.listing.short and not done.is_over(one)]
    first = [Item(one.listing.source, one.subject) for one in short]
    for reading in await _read(run, [*first, *second.settings()]):
        keep(reading)
    if second.missed:
        done.forget(service_principals.LISTING)
    long = [one for one in chains if not one.listing.short and not done.is_over(one)]
    places = done.places(long)
    before = {one.listing.name: done.rows[one.listing.name] for one in places}
    pace = Pace(run.progress, run.seconds, before)
    try:
        async with asyncio.TaskGroup() as group:
            counting = group.create_task(_count(run, long, pace))
            await run.pages.read(long, places, keep, pace)
            counting.cancel()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _count(run: Run, chains: Sequence[Part], pace: Pace) -> None:
    """Ask how many rows there are, beside their reading: only the estimate waits for it."""
    counts = {one.listing.name: one.listing.count for one in chains if one.listing.countable}
    readings = await run.settings.read([Item(one, "") for one in counts.values()])
    found: dict[str, int] = {}
    for (name, source), reading in zip(counts.items(), readings, strict=True):
        with suppress(MalformedError):
            if reading.status == HTTPStatus.OK:
                found[name] = source.parse((reading.body,))
    pace.expected = found


async def read_further(run: Run, keep: Keep, second: SecondStep) -> None:
    """Read what the answers so far name: owners of privileged apps, above all."""
    for listed in (second.further, second.doubtful):
        items = listed()
        if items:
            run.progress(f"reading {len(items)} more that these name")
        for start in range(0, len(items), _TOGETHER):
            for reading in await _read(run, items[start : start + _TOGETHER]):
                keep(reading)


async def _read(run: Run, items: Sequence[Item]) -> list[Reading]:
    """Read items in batches; again where a page of a listing was cut off."""
    readings = await run.settings.read(items)
    for _ in range(_REREADS):
        broken = {(one.source, one.subject) for one in readings if _is_cut_off(one)}
        if not broken:
            break
        again = [one for one in items if (one.source.name, one.subject) in broken]
        readings = [one for one in readings if (one.source, one.subject) not in broken]
        readings += await run.settings.read(again)
    return readings


def _is_cut_off(reading: Reading) -> bool:
    read = reading.status == HTTPStatus.OK and not reading.failure
    return read and reading.page > 0 and envelope(reading.body) is None


def finish(writer: SnapshotWriter) -> None:
    """Make it a snapshot, if there is anything in it.

    Raises:
        SignInError: Not one source could be read.
    """
    if not writer.read:
        msg = "not one listing or setting of the tenant could be read"
        raise SignInError(f"{msg}: consent-auditor doctor says why")
    writer.finish()
