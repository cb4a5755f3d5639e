"""Reads listings to their ends: side by side, each page asked for before the last is looked at."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from auditor.graph.answer import Answer
from auditor.graph.client import GraphClient
from auditor.graph.paging import failure, is_expired, problem, reading
from auditor.listings.pages import Keep, Part, Place, Tell, early_link, envelope
from auditor.model.snapshot import Reading

_MOST_PAGES = 50_000
_RESTARTS = 2
_REREADS = 3


class ListingReader:
    """Gives every page to one receiver, in order within each chain."""

    def __init__(self, client: GraphClient) -> None:
        """Take the client of one tenant."""
        self._client = client

    async def read(
        self, parts: Sequence[Part], places: Mapping[Part, Place], keep: Keep, tell: Tell
    ) -> None:
        """Read all chains to their ends.

        Args:
            parts: What to read.
            places: Where to begin; without a place at the first page.
            keep: Takes each page.
            tell: Told how many rows a page had, and whether it was the last.

        Raises:
            AuditorError: A page could not be kept.
        """
        chains = [_Chain(self._client, part, keep, tell) for part in parts]
        try:
            async with asyncio.TaskGroup() as group:
                for chain in chains:
                    group.create_task(chain.run(places.get(chain.part)))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None


@dataclass(slots=True)
class _Asked:
    """A page that is on its way."""

    client: GraphClient
    url: str
    left: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Task[Answer] = field(init=False)

    def __post_init__(self) -> None:
        self.answer = asyncio.create_task(self.client.page(self.url, self.left))

    async def drop(self) -> None:
        """Give the request up, and wait until its connection is free again."""
        self.answer.cancel()
        await asyncio.wait([self.answer])


class _Chain:
    """The pages of one part."""

    def __init__(self, client: GraphClient, part: Part, keep: Keep, tell: Tell) -> None:
        self.part = part
        self._client = client
        self._keep = keep
        self._tell = tell

    async def run(self, place: Place | None) -> None:
        """Read to the end; from the start again when a page token expires."""
        first = Place(self._client.guard.address(self.part.request), 0)
        if place and (why_not := self._problem(place.url, set(), 0)):
            await self._page(place.page, first.url, failure(why_not))
            return
        # A report of changes that began anew would leave out those before now.
        start = place if place and self.part.changes else first
        for _ in range(_RESTARTS):
            if await self._to_the_end(place or start):
                return
            place = None
        await self._to_the_end(start, last=True)

    async def _to_the_end(self, place: Place, *, last: bool = False) -> bool:
        """Read until there is no next page; False where the page token has expired."""
        here, page, seen = place.url, place.page, {place.url}
        coming = self._asked(here)
        try:
            while True:
                answer = await coming.answer
                if is_expired(answer) and not last:
                    return False
                early = early_link(answer.body) if answer.status == HTTPStatus.OK else None
                early = early if early and not self._problem(early, seen, page) else None
                if early:
                    coming = self._asked(early)
                    await coming.left.wait()
                link = await self._page(page, here, answer)
                page += 1
                if link is None:
                    return True
                if why_not := self._problem(link, seen, page):
                    await self._page(page, here, failure(why_not))
                    return True
                if link != early:
                    await coming.drop()
                    coming = self._asked(link)
                seen.add(link)
                here = link
        finally:
            await coming.drop()

    async def _page(self, page: int, url: str, answer: Answer) -> str | None:
        """Keep a page, read again where it was cut off, and return the next one's address."""
        found = self._reading(page, answer)
        for _ in range(_REREADS):
            whole, link = self._taken(found)
            if whole:
                return link
            found = self._reading(page, await self._client.get(url))
        self._keep(found)
        return None

    def _taken(self, reading: Reading) -> tuple[bool, str | None]:
        """Keep a page, unless it is cut off; say whether it was kept, and what comes next."""
        read = reading.status == HTTPStatus.OK
        found = envelope(reading.body) if read else None
        if read and found is None:
            return False, None
        self._keep(reading)
        if found is None:
            return True, None
        self._tell(self.part, len(found.value), found.next_link is None)
        return True, found.next_link

    def _asked(self, url: str) -> _Asked:
        return _Asked(self._client, url)

    def _problem(self, link: str, seen: set[str], page: int) -> str:
        return problem(self._client, link, seen, page, _MOST_PAGES)

    def _reading(self, page: int, answer: Answer) -> Reading:
        part = self.part
        return reading(self._client, part.name, part.subject, part.request, page, answer)
