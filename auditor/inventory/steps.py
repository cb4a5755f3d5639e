"""The steps of reading a whole tenant, which a full run and an update have in common."""

import asyncio
from collections.abc import Sequence

from auditor.collect import collect
from auditor.errors import SignInError
from auditor.inventory.counts import Counts, count_rows
from auditor.inventory.progress import Pace
from auditor.inventory.ranges import read_divided
from auditor.inventory.run import Done, Run
from auditor.inventory.second_step import SecondStep
from auditor.listings import service_principals
from auditor.listings.listing import AnyListing
from auditor.listings.pages import Keep, Part, envelope
from auditor.model.snapshot import Reading
from auditor.snapshot_stream import SnapshotWriter
from auditor.sources.source import Item

_REREADS = 3
_TOGETHER = 80
"""Reads of the second step between which the file grows: four batches."""


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
    await run.pages.read(chains, {}, keep, lambda _part, _rows, _last: None)


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
    short = done.left(part for one in listings if one.short for part in done.chains(one))
    first = [Item(one.listing.source, one.subject) for one in short]
    for reading in await _read(run, [*first, *second.settings()]):
        keep(reading)
    if second.missed:
        done.forget(service_principals.LISTING)
    await _read_long(run, [one for one in listings if not one.short], keep, done)


async def _read_long(run: Run, listings: Sequence[AnyListing], keep: Keep, done: Done) -> None:
    """Read listings of many pages, and ask meanwhile how many rows they have."""
    chains = {one: done.chains(one) for one in listings}
    asked = [one for one in listings if done.left(chains[one]) or _is_divided(chains[one])]
    whole = done.left(part for one in asked if not one.ranges for part in chains[one])
    before = {one.name: done.rows_of(chains[one]).total() for one in asked}
    pace = Pace(run.progress, run.seconds, before)
    try:
        async with asyncio.TaskGroup() as group:
            counting = group.create_task(_count(run, asked, pace))
            reading = [run.pages.read(whole, done.places(whole), keep, pace)]
            ranged = [one for one in asked if one.ranges]
            reading += [read_divided(run, one, keep, pace, done, counting) for one in ranged]
            await asyncio.wait([group.create_task(one) for one in reading])
            counting.cancel()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


def _is_divided(chains: Sequence[Part]) -> bool:
    """Say whether chains are ranges, which may have left a row out."""
    return any(one.subject in one.listing.ranges for one in chains)


async def _count(run: Run, listings: Sequence[AnyListing], pace: Pace) -> Counts:
    """Ask how many rows there are, beside their reading, for the estimate too."""
    pace.expected = await count_rows(run, listings)
    return pace.expected


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
    return reading.is_read and reading.page > 0 and envelope(reading.body) is None


def finish(writer: SnapshotWriter) -> None:
    """Make it a snapshot, if there is anything in it.

    Raises:
        SignInError: Not one source could be read.
    """
    if not writer.read:
        msg = "not one listing or setting of the tenant could be read"
        raise SignInError(f"{msg}: consent-auditor doctor says why")
    writer.finish()
