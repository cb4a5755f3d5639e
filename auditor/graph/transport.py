"""Reads many items side by side: batches of twenty, each part retried alone, pages followed."""

import asyncio
import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus

import msgspec

from auditor.graph.answer import Answer
from auditor.graph.client import RETRIED, GraphClient
from auditor.graph.paging import failure, is_expired, problem, reading
from auditor.graph.patience import Patience
from auditor.model.snapshot import Reading
from auditor.sources.source import Item

_PARTS = 20
_BATCHES_AT_ONCE = 4
_MOST_PAGES = 5000


class _Part(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, str | int | None] | None = None
    body: msgspec.Raw = msgspec.Raw(b"")


class _Batch(msgspec.Struct):
    responses: list[_Part]


class _Page(msgspec.Struct):
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class GraphTransport:
    """Reads items over the network. Every answer becomes a reading, refusals included."""

    def __init__(self, client: GraphClient) -> None:
        """Take the client of one tenant."""
        self._client = client
        self._at_once = asyncio.Semaphore(_BATCHES_AT_ONCE)

    async def read(self, items: Sequence[Item]) -> list[Reading]:
        """Read all items; the order of the readings follows the items."""
        groups = [items[start : start + _PARTS] for start in range(0, len(items), _PARTS)]
        first = await asyncio.gather(*(self._batch(group) for group in groups))
        answers = [answer for group in first for answer in group]
        pages = await asyncio.gather(
            *(self._pages(item, answer) for item, answer in zip(items, answers, strict=True))
        )
        return [reading for group in pages for reading in group]

    async def _batch(self, items: Sequence[Item]) -> list[Answer]:
        async with self._at_once:
            return await _BatchRun(self._client, items).run()

    async def _pages(self, item: Item, first: Answer) -> list[Reading]:
        """Follow a listing to its end; once more from its start if its page token expires."""
        readings, expired = await self._listing(item, first)
        if not expired:
            return readings
        url = f"{self._client.base_url}{item.request}"
        again = await self._client.get(url, advanced=item.source.advanced)
        return (await self._listing(item, again))[0]

    async def _listing(self, item: Item, first: Answer) -> tuple[list[Reading], bool]:
        answer, seen = first, set[str]()
        readings = [self._reading(item, 0, answer)]
        while item.source.pages and answer.status == HTTPStatus.OK:
            link = _next_link(answer.body)
            if not link:
                break
            why_not = problem(self._client, link, seen, len(readings), _MOST_PAGES)
            seen.add(link)
            if why_not:
                readings.append(self._reading(item, len(readings), failure(why_not)))
                break
            answer = await self._client.get(link, advanced=item.source.advanced)
            readings.append(self._reading(item, len(readings), answer))
            if is_expired(answer):
                return readings, True
        return readings, False

    def _reading(self, item: Item, page: int, answer: Answer) -> Reading:
        return reading(self._client, item.source.name, item.subject, item.request, page, answer)


def _next_link(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Page).next_link
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class _BatchRun:
    """One batch until every part has its last answer."""

    def __init__(self, client: GraphClient, items: Sequence[Item]) -> None:
        self._client = client
        self._items = {str(number): item for number, item in enumerate(items, 1)}
        self._done: dict[str, Answer] = {}
        self._patience: dict[str, Patience] = {}
        self._renewed = False

    async def run(self) -> list[Answer]:
        """Send the parts, then those that are put off, each after its own time."""
        due = dict.fromkeys(self._items, 0.0)
        while due:
            wait = min(due.values())
            if wait > 0:
                what = f"Graph puts off {len(due)} of the reads"
                await self._client.wait(wait, what, throttled=self._is_throttled(due))
            ready = [part for part, seconds in due.items() if seconds <= wait]
            later = {part: due[part] - wait for part in due if part not in ready}
            due = later | await self._send(ready)
        return [self._done[part] for part in self._items]

    async def _send(self, ids: list[str]) -> dict[str, float]:
        """Send some parts; returns those to send again and after how many seconds."""
        token_number = self._client.token_number
        outer = await self._client.batch(_body(self._items, ids))
        answers = dict(_parts(outer, ids))
        self._done.update(answers)
        refused = [one for one in ids if answers[one].status == HTTPStatus.UNAUTHORIZED]
        again: dict[str, float] = {}
        if refused and outer.status == HTTPStatus.OK and not self._renewed:
            self._renewed = True
            self._client.renew(token_number)
            again = dict.fromkeys(refused, 0.0)
        for one in ids:
            wait = self._put_off(one, answers[one]) if outer.status == HTTPStatus.OK else None
            if wait is not None:
                again[one] = wait
        return again

    def _is_throttled(self, ids: Iterable[str]) -> bool:
        return any(self._done[one].status == HTTPStatus.TOO_MANY_REQUESTS for one in ids)

    def _put_off(self, part: str, answer: Answer) -> float | None:
        if answer.status not in RETRIED:
            return None
        patience = self._patience.setdefault(part, self._client.patience())
        wait = patience.next_wait(answer.headers)
        if wait is None:
            self._done[part] = patience.given_up(answer)
        return wait


def _body(items: dict[str, Item], ids: list[str]) -> bytes:
    parts = []
    for one in ids:
        part: dict[str, object] = {"id": one, "method": "GET", "url": items[one].request}
        if items[one].source.advanced:
            part["headers"] = {"ConsistencyLevel": "eventual"}
        parts.append(part)
    return msgspec.json.encode({"requests": parts})


def _parts(outer: Answer, ids: list[str]) -> Iterator[tuple[str, Answer]]:
    """Match the batch's answers to its parts; a batch that fails fails each of them."""
    if outer.status != HTTPStatus.OK:
        yield from ((one, outer) for one in ids)
        return
    try:
        found = {part.id: part for part in msgspec.json.decode(outer.body, type=_Batch).responses}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        failure = f"the batch's answer is not what Graph documents: {error}"
        yield from ((one, replace(outer, status=0, failure=failure)) for one in ids)
        return
    for one in ids:
        part = found.get(one)
        if part is None:
            yield one, Answer(0, {}, b"", "the batch's answer leaves this read out")
        else:
            headers = {name.casefold(): str(value) for name, value in (part.headers or {}).items()}
            yield one, Answer(part.status, headers, _verbatim(part, headers))


def _verbatim(part: _Part, headers: dict[str, str]) -> bytes:
    """Return the part's body; what is not JSON comes as text in base64."""
    raw = bytes(part.body)
    if "json" in headers.get("content-type", "json") or not raw.startswith(b'"'):
        return raw
    try:
        return base64.b64decode(msgspec.json.decode(raw, type=str), validate=True)
    except (msgspec.DecodeError, ValueError):
        return raw
