"""How many rows Graph says that listings have."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus

from auditor.inventory.run import Run
from auditor.listings.listing import AnyListing
from auditor.sources.source import Item, MalformedError

Counts = Mapping[str, int]
"""Rows by listing; those that Graph does not say are left out."""


async def count_rows(run: Run, listings: Iterable[AnyListing]) -> Counts:
    """Ask for the number of rows of each listing, in one batch."""
    sources = {one.name: one.count for one in listings if one.countable}
    readings = await run.settings.read([Item(one, "") for one in sources.values()])
    found: dict[str, int] = {}
    for (name, source), reading in zip(sources.items(), readings, strict=True):
        with suppress(MalformedError):
            if reading.status == HTTPStatus.OK:
                found[name] = source.parse((reading.body,))
    return found
