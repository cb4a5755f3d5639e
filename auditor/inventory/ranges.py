"""Reads the longest listing in ranges, side by side, where Graph documents a filter for that.

Pages of one chain come one after the other, so the longest chain says when a reading ends. A row
may be in none of the ranges. So Graph's count has to agree, or the listing is read undivided too.
"""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus

from auditor.inventory.counts import Counts, count_rows
from auditor.inventory.run import Done, Run, both
from auditor.listings.listing import AnyListing
from auditor.listings.pages import Keep, Part, Tell
from auditor.model.snapshot import Reading

_FORM = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED}


@dataclass(slots=True)
class _Rows:
    """Counts the rows of each range."""

    tell: Tell
    rows: Counter[str]
    whole: bool = True
    """Every range was read to its end; else the listing is incomplete anyway."""
    refused: bool = False
    """Graph did not take a request, perhaps because of its filter."""

    def keep(self, reading: Reading) -> None:
        """Begin anew where a range does, as its page token had expired."""
        if reading.page == 0:
            self.rows[reading.subject] = 0
        self.whole &= reading.is_read
        self.refused |= reading.status in _FORM

    def page(self, part: Part, rows: int, last: bool) -> None:  # noqa: FBT001 - as ``Tell``
        """Take note of a page."""
        self.rows[part.subject] += rows
        self.tell(part, rows, last)


async def read_divided(
    run: Run, listing: AnyListing, keep: Keep, tell: Tell, done: Done, counting: Awaitable[Counts]
) -> None:
    """Read a listing that has ranges: in these where it pays, else as one chain.

    Args:
        run: What is read.
        listing: It has ranges.
        keep: Takes each page.
        tell: Told how many rows a page had.
        done: What is there already; as it was begun, so it is gone on with.
        counting: Counts all listings that are read.
    """
    parts, counts = done.chains(listing), await counting
    if not done.has_begun(listing) and _pays(listing, counts, run.many):
        parts = [Part(listing, one) for one in listing.ranges]
    rows, left = _Rows(tell, done.rows_of(parts)), done.left(parts)
    await run.pages.read(left, done.places(left), both(keep, rows.keep), rows.page)
    if not any(one.subject for one in parts):
        return
    why = "Graph did not take its ranges" if rows.refused else ""
    if rows.whole and not await _is_all(run, listing, rows.rows.total(), counts):
        why = "Graph counts more than its ranges had"
    if why:
        run.say(f"{listing.title}: read again undivided, as {why}")
        await run.pages.read([Part(listing, "")], {}, keep, tell)


def _pays(listing: AnyListing, counts: Counts, many: int) -> bool:
    """Say whether a listing has many rows, and no other has more."""
    return counts.get(listing.name, 0) >= max([many, *counts.values()])


async def _is_all(run: Run, listing: AnyListing, rows: int, before: Counts) -> bool:
    """Say whether Graph counts no more rows; again where it did, as some may be gone meanwhile."""
    known = before.get(listing.name)
    if known is None or known > rows:
        known = (await count_rows(run, [listing])).get(listing.name)
    return known is not None and known <= rows
