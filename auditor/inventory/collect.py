"""Reads a whole tenant to a snapshot file, page by page.

An interrupted run goes on behind its last complete page. With an earlier snapshot, what changed
since then is read instead of everything: the new file has the changes first, the latest at the
very first, and then the earlier file's pages as they were. A listing whose changes have come to
many pages, or that is old, is read anew instead.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from auditor.collect import Progress, Transport, collect
from auditor.errors import SignInError, UsageError
from auditor.files import shown
from auditor.inventory.progress import Pace
from auditor.inventory.second_step import SecondStep
from auditor.listings import load, service_principals
from auditor.listings.listing import AnyListing
from auditor.listings.pages import Envelope, Keep, Pages, Part, Place, changes_of, envelope, parts
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from auditor.snapshot_format import Header, make_header
from auditor.snapshot_stream import SnapshotWriter, stream_snapshot
from auditor.sources import organization
from auditor.sources.source import Item, MalformedError

_FRESH = timedelta(hours=6)
"""How old a partial file may be. Graph does not say how long page tokens live; one that has expired
costs its listing, not the run."""
_CHANGES = 30
"""Pages of changes from which on they are weighed against the listing's own pages."""
_SHARE = 10
"""A listing whose changes have more than a tenth of its pages is read anew."""
_OLD = timedelta(days=30)
"""A listing that was read whole longer ago is read anew, whatever its changes missed."""
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


async def collect_inventory(run: Run, path: Path, earlier: Path | None = None) -> None:
    """Read a tenant to a file, which is whole when this returns.

    Args:
        run: What is read.
        path: Of the snapshot; until the end there is ``NAME.partial`` beside it.
        earlier: A snapshot of the same tenant; only what changed since then is read.

    Raises:
        UsageError: The file cannot be written, or the earlier one is of another tenant.
        SnapshotError: The earlier one cannot be read.
        SignInError: Not one source could be read.
    """
    if earlier is not None:
        await _update(run, path, earlier)
        return
    done, second = _Done(), SecondStep(run.cloud)
    writer = SnapshotWriter.resume(path, run.goes_on, _both(done.note, second.note))
    whole = writer and writer.read and done.last and not done.changed
    if writer and whole and await run.is_still(second.tenant):
        run.say("going on behind the last complete page of the interrupted run")
        with writer:
            keep = _both(writer.add, second.note)
            await _listings(run, keep, run.listings(), done, second)
            await _further(run, keep, second)
            _finish(writer)
        return
    if writer:
        writer.close()
    second = SecondStep(run.cloud)
    with SnapshotWriter.begin(path, run.header()) as writer:
        keep = _both(writer.add, second.note)
        await _settings(run, keep)
        await _from_now_on(run, keep, run.listings())
        await _listings(run, keep, run.listings(), _Done(), second)
        await _further(run, keep, second)
        _finish(writer)


def _both(first: Keep, second: Keep) -> Keep:
    """Give each answer to two receivers."""

    def keep(reading: Reading) -> None:
        first(reading)
        second(reading)

    return keep


def _finish(writer: SnapshotWriter) -> None:
    """Make it a snapshot, if there is anything in it.

    Raises:
        SignInError: Not one source could be read.
    """
    if not writer.read:
        msg = "not one listing or setting of the tenant could be read"
        raise SignInError(f"{msg}: consent-auditor doctor says why")
    writer.finish()


@dataclass(slots=True)
class _Done:
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


async def _settings(run: Run, keep: Keep) -> None:
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


async def _from_now_on(run: Run, keep: Keep, listings: Sequence[AnyListing]) -> None:
    """Ask for the address under which the next run will find what changed from now on."""
    chains = [Part(one, "", changes=True) for one in listings if one.delta]
    await run.pages.read(chains, {}, keep, lambda _part, _rows: None)


async def _listings(
    run: Run, keep: Keep, listings: Sequence[AnyListing], done: _Done, second: SecondStep
) -> None:
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


async def _further(run: Run, keep: Keep, second: SecondStep) -> None:
    """Read what the answers so far name: owners of privileged apps, above all."""
    items = second.further()
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


@dataclass(slots=True)
class _Earlier:
    """What an earlier snapshot allows to leave out."""

    header: Header
    second: SecondStep
    """Knows the tenant's id."""
    links: dict[str, str] = field(default_factory=dict)
    """Where to ask what changed, by listing; the latest stands first in the file."""
    done: _Done = field(default_factory=_Done)
    pages: Counter[str] = field(default_factory=Counter)
    """How many there are, by source."""
    begun: dict[str, datetime] = field(default_factory=dict)
    """When the first page came, by source."""
    requests: dict[str, set[str]] = field(default_factory=dict)
    """What was asked for, by source."""

    def note(self, reading: Reading) -> None:
        self.done.note(reading)
        if reading.source == organization.SOURCE.name:
            self.second.note(reading)
        self.pages[reading.source] += 1
        self.begun.setdefault(reading.source, reading.at)
        self.requests.setdefault(reading.source, set()).add(reading.request)
        found = envelope(reading.body) if reading.source.endswith("-changes") else None
        if found and found.delta_link:
            self.links.setdefault(reading.source, found.delta_link)

    def place(self, listing: AnyListing) -> Place | None:
        """Say where to ask; None where the earlier listing is not whole."""
        link = self.links.get(changes_of(listing))
        whole = all(self.done.is_over(one) for one in parts([listing]))
        return Place(link, 0) if link and whole else None

    def worn(self, listing: AnyListing, now: datetime) -> str:
        """Say why a listing is better read anew; empty where it is not."""
        asked = {one.request for one in parts([listing])}
        if self.requests.get(listing.name, asked) != asked:
            return "another version of this program asked for other members"
        begun = self.begun.get(listing.name)
        if begun and now - begun > _OLD:
            return f"it was last read whole more than {_OLD.days} days ago"
        changes = self.pages[changes_of(listing)]
        if changes > max(_CHANGES, self.pages[listing.name] // _SHARE):
            return f"what changed since it was read whole fills {changes} pages"
        return ""


def _looked_at(run: Run, path: Path) -> _Earlier:
    with stream_snapshot(path) as snapshot:
        found = _Earlier(snapshot.header, SecondStep(run.cloud))
        if not run.is_mine(found.header):
            raise _other_tenant(path)
        for reading in snapshot.readings:
            found.note(reading)
    return found


def _other_tenant(path: Path) -> UsageError:
    problem = "is of another tenant, as far as can be told"
    return UsageError(f"{shown(path)} {problem}: give an earlier inventory of this one")


async def _update(run: Run, path: Path, earlier: Path) -> None:
    """Read what changed, and take over the rest."""
    run.progress("looking through the earlier inventory")
    before = _looked_at(run, earlier)
    if not await run.is_still(before.second.tenant):
        raise _other_tenant(earlier)
    kept, read = await _changed(run, before)
    second = SecondStep(run.cloud)
    with SnapshotWriter.begin(path, run.header()) as writer:
        keep = _both(writer.add, second.note)
        await _settings(run, keep)
        names = {name for one in kept for name in (one.name, changes_of(one))}
        for reading in reversed(read):
            if reading.source in names:
                keep(reading)
        anew = [one for one in run.listings() if one not in kept]
        await _from_now_on(run, keep, anew)
        await _listings(run, keep, anew, _Done(), second)
        run.progress("taking over what did not change")
        with stream_snapshot(earlier) as snapshot:
            for reading in snapshot.readings:
                if reading.source in names:
                    keep(reading)
        await _further(run, keep, second)
        _finish(writer)


async def _changed(run: Run, before: _Earlier) -> tuple[list[AnyListing], list[Reading]]:
    """Read what changed, as it came; says of which listings that is all."""
    listings = [one for one in run.listings() if one.delta]
    worn = {one: before.worn(one, run.clock()) for one in listings}
    places = {Part(one, "", changes=True): before.place(one) for one in listings if not worn[one]}
    asked = {part: place for part, place in places.items() if place}
    read: list[Reading] = []
    run.progress("reading what changed since")
    await run.pages.read(list(asked), asked, read.append, lambda _part, _rows: None)
    kept = [part.listing for part in asked if _is_whole(part, read)]
    for listing in listings:
        if listing not in kept:
            why = worn[listing] or "what changed cannot be told"
            run.say(f"{listing.title}: read anew, as {why}")
    return kept, read


def _is_whole(part: Part, read: Sequence[Reading]) -> bool:
    """Say whether a report of changes came to its end; a token may have expired."""
    last = next((one for one in reversed(read) if one.source == part.name), None)
    found = envelope(last.body) if last and last.status == HTTPStatus.OK else None
    return bool(found and found.delta_link)
