"""Reads listings to their ends: side by side, each page asked for before the last is looked at."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from http import HTTPStatus

from auditor.graph.client import Answer, GraphClient
from auditor.listings.pages import Keep, Part, Place, Tell, early_link, envelope
from auditor.model.snapshot import Reading

_MOST_PAGES = 50_000
_RESTARTS = 2
_REREADS = 3
_FOREIGN = "the listing goes on at another host, which is not followed"
_EXPIRED_PAGE = b"Directory_ExpiredPageToken"


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
            keep: Takes each page; called in one other thread.
            tell: Told how many rows a page had; likewise.

        Raises:
            AuditorError: A page could not be kept.
        """
        with ThreadPoolExecutor(1) as beside:  # so that the next request leaves meanwhile
            chains = [_Chain(self._client, part, keep, tell, beside) for part in parts]
            try:
                async with asyncio.TaskGroup() as group:
                    for chain in chains:
                        group.create_task(chain.run(places.get(chain.part)))
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None


class _Chain:
    """The pages of one part."""

    def __init__(
        self, client: GraphClient, part: Part, keep: Keep, tell: Tell, beside: ThreadPoolExecutor
    ) -> None:
        self.part = part
        self._client = client
        self._keep = keep
        self._tell = tell
        self._beside = beside

    async def run(self, place: Place | None) -> None:
        """Read to the end; from the start again when a page token expires."""
        first = Place(self._client.guard.address(self.part.request), 0)
        if place and not self._client.guard.is_ours(place.url):
            await self._page(place.page, first.url, Answer(0, {}, b"", _FOREIGN))
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
                answer = await coming
                if _is_expired(answer) and not last:
                    return False
                early = early_link(answer.body) if answer.status == HTTPStatus.OK else None
                early = early if early and not self._problem(early, seen, page) else None
                if early:
                    coming = self._asked(early)
                link = await self._page(page, here, answer)
                page += 1
                if link is None:
                    return True
                if problem := self._problem(link, seen, page):
                    await self._page(page, here, Answer(0, {}, b"", problem))
                    return True
                if link != early:
                    await _dropped(coming)
                    coming = self._asked(link)
                seen.add(link)
                here = link
        finally:
            await _dropped(coming)

    async def _page(self, page: int, url: str, answer: Answer) -> str | None:
        """Keep a page, read again where it was cut off, and return the next one's address."""
        loop = asyncio.get_running_loop()
        reading = self._reading(page, answer)
        for _ in range(_REREADS):
            whole, link = await loop.run_in_executor(self._beside, self._taken, reading)
            if whole:
                return link
            reading = self._reading(page, await self._client.get(url))
        await loop.run_in_executor(self._beside, self._keep, reading)
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
        self._tell(self.part, len(found.value))
        return True, found.next_link

    def _asked(self, url: str) -> asyncio.Task[Answer]:
        return asyncio.create_task(self._client.get(url))

    def _problem(self, link: str, seen: set[str], page: int) -> str:
        if not self._client.guard.is_ours(link):
            return _FOREIGN
        if link in seen:
            return "the listing goes on in a circle"
        return "the listing has no end" if page >= _MOST_PAGES else ""

    def _reading(self, page: int, answer: Answer) -> Reading:
        return Reading(
            source=self.part.name,
            subject=self.part.subject,
            page=page,
            request=self.part.request,
            status=answer.status,
            body=answer.body,
            at=self._client.clock().astimezone(UTC).replace(microsecond=0),
            failure=answer.failure,
        )


async def _dropped(request: asyncio.Task[Answer]) -> None:
    """Give a request up, and wait until its connection is free again."""
    request.cancel()
    await asyncio.wait([request])


def _is_expired(answer: Answer) -> bool:
    return answer.status == HTTPStatus.BAD_REQUEST and _EXPIRED_PAGE in answer.body
