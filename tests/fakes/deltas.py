"""What changed in a collection since a token was given, as Graph's delta functions report it.

An object that is new comes whole. One that was updated comes as its id and the members that
changed; one that is gone as its id and ``@removed``. ``$select`` stands in the first request and
is part of every later token. A page has ``@odata.nextLink`` or ``@odata.deltaLink``, never both; how
many rows it has is Graph's choice: ``$top`` is not supported.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from tests.fakes.wire import Json, Reply, Request, graph_error, json_reply

COLLECTIONS = frozenset({"/servicePrincipals", "/applications", "/oauth2PermissionGrants"})
_CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#"
_PAGE = 100
_EXPIRED = "The sync state generation is not found. Synchronize the data again."

_Item = dict[str, Json]


@dataclass(frozen=True, slots=True)
class _State:
    """What a delta token stands for."""

    select: tuple[str, ...]
    items: Mapping[str, _Item]
    """As they were when the token was given, by id."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """What a skip token stands for."""

    rows: tuple[Json, ...]
    then: str
    """The delta token behind the last page."""


@dataclass(slots=True)
class Deltas:
    """Remembers for each token what its owner has seen."""

    page_size: int | None = None
    expired_status: int = 410
    """Graph documents 410 Gone; Entra also answers 400 with ``syncStateNotFound``."""
    whole: bool = False
    """Updated objects come with all members: Graph promises at least those that changed."""
    replays: bool = False
    """Every row comes twice: clients have to expect it."""
    _states: dict[str, _State] = field(default_factory=dict)
    _rests: dict[str, _Rest] = field(default_factory=dict)

    def expire(self) -> None:
        """Let every token that was given be too old."""
        self._states.clear()
        self._rests.clear()

    def respond(self, request: Request, items: list[_Item]) -> Reply:
        """Answer a delta request.

        Args:
            request: Below one of ``COLLECTIONS``.
            items: What the collection has now.
        """
        skip, token = request.option("$skiptoken"), request.option("$deltatoken")
        if skip:
            rest = self._rests.get(skip)
            return self._page(request, rest) if rest else self._gone(request)
        select = tuple(name for name in request.option("$select").split(",") if name)
        if token in {"", "latest"}:
            before = _State(select, {})
        elif token in self._states:
            before = self._states[token]
        else:
            return self._gone(request)
        now = {str(item["id"]): _selected(item, before.select) for item in items}
        then = uuid4().hex
        self._states[then] = _State(before.select, json.loads(json.dumps(now)))
        rows = [] if token == "latest" else self._rows(before.items, now)
        return self._page(request, _Rest(tuple(rows), then))

    def _rows(self, before: Mapping[str, _Item], now: Mapping[str, _Item]) -> list[Json]:
        rows: list[Json] = []
        for key, item in now.items():
            if key not in before:
                rows.append(item)
            elif item != before[key]:
                rows.append(item if self.whole else _difference(before[key], item))
        for place, key in enumerate(one for one in before if one not in now):
            rows.append({"id": key, "@removed": {"reason": ("deleted", "changed")[place % 2]}})
        return [row for row in rows for _ in range(2 if self.replays else 1)]

    def _page(self, request: Request, rest: _Rest) -> Reply:
        size = self.page_size or _PAGE
        body: _Item = {"@odata.context": _CONTEXT + request.resource.split("/")[1]}
        if len(rest.rows) > size:
            token = uuid4().hex
            self._rests[token] = _Rest(rest.rows[size:], rest.then)
            body["@odata.nextLink"] = _link(request, "$skiptoken", token)
        else:
            body["@odata.deltaLink"] = _link(request, "$deltatoken", rest.then)
        return json_reply(200, {**body, "value": list(rest.rows[:size])})

    def _gone(self, request: Request) -> Reply:
        location = {"Location": _link(request, "$deltatoken", "")}
        return graph_error(self.expired_status, "syncStateNotFound", _EXPIRED, location)


def _link(request: Request, option: str, token: str) -> str:
    return f"{request.origin}{request.target.partition('?')[0]}?{option}={token}"


def _selected(item: _Item, select: tuple[str, ...]) -> _Item:
    return {key: value for key, value in item.items() if not select or key in {"id", *select}}


def _difference(before: _Item, now: _Item) -> _Item:
    """Return the id and what changed; a member that is gone is null."""
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return {"id": now["id"], **{name: now.get(name) for name in names}}
