"""Reads what changed since an earlier snapshot, and takes over the rest.

The new file has the changes first, the latest at the very first, and then the earlier file's pages
as they were. A listing whose changes have come to many pages, or that is old, is read anew instead.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from auditor.errors import UsageError
from auditor.files import shown
from auditor.inventory.run import Done, Run, both
from auditor.inventory.second_step import SecondStep
from auditor.inventory.steps import (
    finish,
    read_from_now_on,
    read_further,
    read_listings,
    read_settings,
)
from auditor.listings.listing import AnyListing
from auditor.listings.pages import Part, Place, changes_of, envelope
from auditor.model.snapshot import Reading
from auditor.snapshot_lines import Header
from auditor.snapshot_stream import SnapshotWriter, stream_snapshot
from auditor.sources import organization

_CHANGES = 30
"""Pages of changes from which on they are weighed against the listing's own pages."""
_SHARE = 10
"""A listing whose changes have more than a tenth of its pages is read anew: it costs less, and so
many pages fit in memory."""
_OLD = timedelta(days=30)
"""A listing that was read whole longer ago is read anew, whatever its changes missed."""


@dataclass(slots=True)
class _Earlier:
    """What an earlier snapshot allows to leave out."""

    header: Header
    second: SecondStep
    """Knows the tenant's id."""
    links: dict[str, str] = field(default_factory=dict)
    """Where to ask what changed, by listing; the latest stands first in the file."""
    done: Done = field(default_factory=Done)
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
        whole = not self.done.left(self.done.chains(listing))
        return Place(link, 0) if link and whole else None

    def worn(self, listing: AnyListing, now: datetime) -> str:
        """Say why a listing is better read anew; empty where it is not."""
        asked = {listing.request(part) for part in (*listing.parts, *listing.ranges)}
        if not self.requests.get(listing.name, asked) <= asked:
            return "another version of this program asked for other members"
        begun = self.begun.get(listing.name)
        if begun and now - begun > _OLD:
            return f"it was last read whole more than {_OLD.days} days ago"
        return self.full(listing, 0)

    def full(self, listing: AnyListing, more: int) -> str:
        """Say so if so many more pages of changes are too many; empty where they are not."""
        most = max(_CHANGES, self.pages[listing.name] // _SHARE)
        if self.pages[changes_of(listing)] + more <= most:
            return ""
        return f"what changed since it was read whole fills more than {most} pages"


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


async def update(run: Run, path: Path, earlier: Path) -> None:
    """Read what changed, and take over the rest."""
    run.progress("looking through the earlier inventory")
    before = _looked_at(run, earlier)
    if not await run.is_still(before.second.tenant):
        raise _other_tenant(earlier)
    second = SecondStep(run.cloud)
    with SnapshotWriter.begin(path, run.header()) as writer:
        changed = await _changed(run, before)
        keep = both(writer.add, second.note)
        await read_settings(run, keep)
        for read in changed.values():
            for reading in reversed(read):
                keep(reading)
        anew = [one for one in run.listings() if one not in changed]
        await read_from_now_on(run, keep, anew)
        await read_listings(run, keep, anew, Done(), second)
        run.progress("taking over what did not change")
        names = {name for one in changed for name in (one.name, changes_of(one))}
        with stream_snapshot(earlier) as snapshot:
            for reading in snapshot.readings:
                if reading.source in names:
                    keep(reading)
        await read_further(run, keep, second)
        finish(writer)


async def _changed(run: Run, before: _Earlier) -> dict[AnyListing, list[Reading]]:
    """Read what changed, as it came, in those listings that need not be read anew."""
    run.progress("reading what changed since")
    listings = [one for one in run.listings() if one.delta]
    worn = {one: before.worn(one, run.clock()) for one in listings}
    tasks = {}
    try:
        async with asyncio.TaskGroup() as group:
            for one in listings:
                if not worn[one]:
                    tasks[one] = group.create_task(_read(run, one, before))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    read = {one: task.result() for one, task in tasks.items()}
    for one in listings:
        if why := worn[one] or before.full(one, len(read[one])) or _lost(read[one]):
            run.say(f"{one.title}: read anew, as {why}")
            read.pop(one, None)
    return read


class _TooManyError(Exception):
    """There are more pages of changes than are worth reading."""


async def _read(run: Run, listing: AnyListing, before: _Earlier) -> list[Reading]:
    """Read what changed in one listing, and no more than a page beyond what would be kept.

    The pages are held in memory, as the latest is written first.
    """
    place, read = before.place(listing), list[Reading]()

    def keep(reading: Reading) -> None:
        read.append(reading)
        if before.full(listing, len(read)):
            raise _TooManyError

    if place:
        part = Part(listing, "", changes=True)
        with suppress(_TooManyError):
            await run.pages.read([part], {part: place}, keep, lambda _part, _rows, _last: None)
    return read


def _lost(read: Sequence[Reading]) -> str:
    """Say so if a report of changes did not come to its end; a token may have expired."""
    found = envelope(read[-1].body) if read and read[-1].status == HTTPStatus.OK else None
    return "" if found and found.delta_link else "what changed cannot be told"
