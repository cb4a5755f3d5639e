"""An in-memory tenant: Graph answers by path, with ``$select``, ``$filter`` and pages.

A tenant starts from a sample (``policies/samples/<id>.json``, already merged) and is then
changed by the test. What a sample does not answer is derived from what it does:

- ``/oauth2PermissionGrants``, ``/servicePrincipals`` and ``/applications`` list what the answers
  for single objects hold;
- an object answers under its object id and under its app ID;
- one permission grant policy, its includes and its excludes come from the list;
- ``/users`` lists the users that have an answer of their own, and nobody was deleted;
- an app or registration that is there, by itself or in a listing, has no owners; expanded, at
  most 20 owners come;
- no app management policy is on, and no licence lets the report of sign-ins be read;
- the delta functions of ``tests.fakes.deltas`` report what changed in these listings, and
  ``/$count`` behind them counts.

Everything else is a 404. ``tests.fakes.writes`` changes a tenant as Graph's writes do.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import RLock
from urllib.parse import quote
from uuid import UUID

from tests.fakes.deltas import COLLECTIONS, Deltas
from tests.fakes.filters import FilterError, matching
from tests.fakes.wire import Json, Reply, Request, graph_error, json_reply

_DEFAULT_PAGE = 100
_GRANT_POLICIES = "/policies/permissionGrantPolicies"
_OBJECT = re.compile(r"^/(servicePrincipals|applications)(?:\(appId='[^']*'\)|/[^/]+)$")
_OBJECTS = {
    "/servicePrincipals": re.compile(r"^/servicePrincipals(?:\(appId='[^']*'\)|/[^/]+)$"),
    "/applications": re.compile(r"^/applications(?:\(appId='[^']*'\)|/[^/]+)$"),
    "/users": re.compile(r"^/users/[^/]+$"),
    "/directory/deletedItems/microsoft.graph.user": re.compile(r"^/directory/deletedItems/[^/.]+$"),
}
"""What each derived listing lists."""
_HEAD = re.compile(r"^(/(?:servicePrincipals|applications)(?:\(appId='[^']*'\)|/[^/]+))(.*)$")
_OWNERS = re.compile(
    r"^(?P<listing>/servicePrincipals|/applications)"
    r"(?:/(?P<id>[^/]+)|\(appId='(?P<app_id>[^']+)'\))/owners$"
)
_OWNED = ("/servicePrincipals", "/applications")
_EXPANDED_OWNERS = re.compile(r"^owners(?:\(\$select=(?P<select>[^()]*)\))?$")
_NESTED = re.compile(r"\([^()]*\)")
_MOST_EXPANDED = 20
_NO_LICENCE: Json = {
    "error": {
        "code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "message": "Neither tenant is B2C or tenant doesn't have premium license",
    }
}
_EMPTY: dict[str, Json] = {
    "passwordCredentials": [],
    "keyCredentials": [],
    "web": {"redirectUris": []},
    "spa": {"redirectUris": []},
    "publicClient": {"redirectUris": []},
}
_NO_RESTRICTIONS: Json = {"passwordCredentials": [], "keyCredentials": []}
_FIRST_ID = UUID("fa4e0000-0000-4000-8000-000000000000").int
_COUNTED = ("/policies/adminConsentRequestPolicy", "version")


@dataclass(frozen=True, slots=True)
class Answer:
    """What Graph says at one path."""

    status: int
    body: Json

    @property
    def items(self) -> list[dict[str, Json]]:
        """The objects of a list that was read; empty otherwise."""
        if self.status == 200 and isinstance(self.body, dict):
            value = self.body.get("value")
            if isinstance(value, list):
                return [item for item in value if isinstance(item, dict)]
        return []


_UNSET = {
    "/reports/servicePrincipalSignInActivities": Answer(403, _NO_LICENCE),
    "/policies/appManagementPolicies": Answer(200, {"value": []}),
    "/policies/defaultAppManagementPolicy": Answer(
        200,
        {
            "id": "00000000-0000-0000-0000-000000000000",
            "displayName": "Default app management tenant policy",
            "isEnabled": False,
            "applicationRestrictions": _NO_RESTRICTIONS,
            "servicePrincipalRestrictions": _NO_RESTRICTIONS,
        },
    ),
}
"""What Graph says of a tenant where nobody has set anything."""


class Tenant:
    """The answers of one tenant; safe to change while the server reads."""

    def __init__(self, *, page_size: int | None = None) -> None:
        self.page_size = page_size
        """The most items of a page, whatever ``$top`` says; None is 100 or ``$top``."""
        self.deltas = Deltas(page_size)
        self.counted: dict[str, int] = {}
        """What ``$count`` says of a collection, where it is not what is listed."""
        self._answers: dict[str, Answer] = {}
        self._heads: dict[str, str] | None = None
        self._foreign: dict[str, dict[str, Json]] = {}
        self._made = 0
        self._lock = RLock()

    @classmethod
    def from_sample(cls, sample: Mapping[str, Json], *, page_size: int | None = None) -> "Tenant":
        """Take the ``answers`` of a merged sample: status (200 when absent) and body by path."""
        tenant = cls(page_size=page_size)
        answers = sample.get("answers", {})
        assert isinstance(answers, dict)
        for path, answer in answers.items():
            if isinstance(answer, dict):
                status = answer.get("status", 200)
                assert isinstance(status, int)
                tenant.set(path, answer.get("body"), status=status)
        return tenant

    def set(self, path: str, body: Json, *, status: int = 200) -> None:
        """Let Graph answer at ``path`` (no API version, no query) from now on."""
        with self._lock:
            self._answers[path] = Answer(status, body)
            self._heads = None

    def remove(self, path: str) -> None:
        """Take an answer away; the path is a 404 then, or derived again."""
        with self._lock:
            del self._answers[path]
            self._heads = None

    def body(self, path: str) -> Json:
        """Return a copy of an answer's body, to change it and ``set`` it."""
        with self._lock:
            copy: Json = json.loads(json.dumps(self._answers[path].body))
        return copy

    def find(self, path: str) -> Answer | None:
        """Return what a read of ``path`` is answered from, derived answers included."""
        with self._lock:
            return self._find(path)

    def changing(self) -> AbstractContextManager[object]:
        """Keep everybody else out for a while."""
        return self._lock

    def add_foreign_app(self, app: Mapping[str, Json]) -> None:
        """Tell of an app that another organization has registered; this tenant has no part of it.

        Args:
            app: ``appId``, and members that its service principal has in every tenant, such as
                ``displayName``, ``appOwnerOrganizationId`` and ``verifiedPublisher``.
        """
        own = {"@odata.context", "id", "createdDateTime"}
        copy = {key: item for key, item in app.items() if key not in own}
        with self._lock:
            self._foreign[str(app["appId"]).lower()] = json.loads(json.dumps(copy))

    def foreign_app(self, app_id: str) -> dict[str, Json] | None:
        """Return a copy of what ``add_foreign_app`` told; the id in any letter case."""
        with self._lock:
            found = self._foreign.get(app_id.lower())
            copy: dict[str, Json] | None = json.loads(json.dumps(found))
        return copy

    def new_id(self) -> str:
        """Make a GUID: the same ones in the same order for every tenant."""
        with self._lock:
            self._made += 1
            return str(UUID(int=_FIRST_ID + self._made))

    def state(self) -> Json:
        """Return a copy of everything that a write can change, in one form.

        Two tenants that answer alike are equal here: collections are sorted, and what Graph does
        not distinguish is left out (null members, empty collections, what is not found). So is
        the version of the admin consent workflow, which Graph counts up with every write.
        """
        with self._lock:
            answers = dict(self._answers)
        found: dict[str, Json] = {}
        for path, answer in sorted(answers.items()):
            body = _canonical(answer.body)
            if path == _COUNTED[0] and isinstance(body, dict):
                body.pop(_COUNTED[1], None)
            empty = isinstance(body, dict) and body.get("value") == []
            if answer.status != 404 and not empty:
                found[path] = {"status": answer.status, "body": body}
        return found

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths with an answer of their own."""
        with self._lock:
            return tuple(self._answers)

    def respond(self, request: Request) -> Reply:
        """Answer one GET as Graph does."""
        if request.resource.removesuffix("/$count") in COLLECTIONS - {request.resource}:
            return self._count(request)
        listing = request.resource.removesuffix("/delta")
        is_delta = listing != request.resource and listing in COLLECTIONS
        with self._lock:
            answer = self._find(listing if is_delta else request.resource)
            if is_delta and answer and answer.status == 200:
                return self.deltas.respond(request, answer.items)
        if answer is None:
            message = f"Resource '{request.resource}' does not exist."
            return graph_error(404, "Request_ResourceNotFound", message)
        if answer.status != 200 or not isinstance(answer.body, dict):
            return json_reply(answer.status, answer.body)
        select = [name for name in request.option("$select").split(",") if name]
        if select and (expand := request.option("$expand")):
            select += _NESTED.sub("", expand).split(",")
        if isinstance(answer.body.get("value"), list):
            return self._page(request, answer, select)
        return json_reply(200, _project(answer.body, select))

    def _count(self, request: Request) -> Reply:
        """Count a listing: plain text, and only as an advanced query."""
        if request.headers.get("consistencylevel") != "eventual":
            return graph_error(400, "Request_BadRequest", "$count is not currently supported.")
        collection = request.resource.removesuffix("/$count")
        with self._lock:
            answer = self._find(collection)
        if answer is None or answer.status != 200:
            return json_reply(answer.status if answer else 404, answer.body if answer else None)
        number = self.counted.get(collection, len(answer.items))
        return Reply(200, str(number).encode(), {"Content-Type": "text/plain"})

    def _page(self, request: Request, answer: Answer, select: list[str]) -> Reply:
        assert isinstance(answer.body, dict)
        try:
            items = [*matching(answer.items, request.option("$filter"))]
            start = _offset(request.option("$skiptoken"))
        except FilterError as error:
            return graph_error(400, "Request_UnsupportedQuery", str(error))
        except ValueError:
            return graph_error(400, "Directory_ExpiredPageToken", "The page token is not valid.")
        size = int(request.option("$top") or _DEFAULT_PAGE) or _DEFAULT_PAGE
        end = start + min(size, self.page_size or size)
        shown = [self._expanded(request, _filled(item)) for item in items[start:end]]
        value: list[Json] = [_project(item, select) for item in shown]
        body = {key: item for key, item in answer.body.items() if key != "value"}
        if request.option("$count") == "true":
            body["@odata.count"] = len(items)
        if end < len(items):
            body["@odata.nextLink"] = _next_link(request, end)
        return json_reply(200, {**body, "value": value})

    def _expanded(self, request: Request, item: dict[str, Json]) -> dict[str, Json]:
        """Add an app's owners, where they are asked for: 20 at most, and no link to more."""
        found = _EXPANDED_OWNERS.match(request.option("$expand"))
        if not found or request.resource not in _OWNED:
            return item
        by_id = self.find(f"{request.resource}/{str(item.get('id')).lower()}/owners")
        app_id = str(item.get("appId")).lower()
        by_app_id = self.find(f"{request.resource}(appId='{app_id}')/owners")
        answers = [one for one in (by_id, by_app_id) if one]
        if any(one.status != 200 for one in answers):
            return item
        select = [name for name in (found["select"] or "").split(",") if name]
        own = max((one.items for one in answers), key=len, default=[])
        owners: list[Json] = [_project(one, select) for one in own[:_MOST_EXPANDED]]
        return {**item, "owners": owners}

    def _find(self, path: str) -> Answer | None:
        return self._answers.get(path) or self._derived(path)

    def _derived(self, path: str) -> Answer | None:
        if path == "/oauth2PermissionGrants":
            return self._union(re.compile(r"^/servicePrincipals.+/oauth2PermissionGrants$"))
        if path in _OBJECTS:
            return self._objects(_OBJECTS[path])
        if path.startswith(f"{_GRANT_POLICIES}/"):
            return self._grant_policy(path)
        if path in _UNSET:
            return _UNSET[path]
        found = _HEAD.match(path)
        if found:
            head = self._canonical_heads().get(found[1].lower(), "")
            return self._answers.get(head + found[2]) or self._nobody(path)
        return None

    def _nobody(self, path: str) -> Answer | None:
        """Say that nobody owns an app, if it is there."""
        found = _OWNERS.match(path)
        listing = self._find(found["listing"]) if found else None
        if found is None or listing is None:
            return None
        member = "id" if found["id"] else "appId"
        wanted = (found["id"] or found["app_id"]).lower()
        there = any(str(item.get(member)).lower() == wanted for item in listing.items)
        return Answer(200, {"value": []}) if there else None

    def _union(self, pattern: re.Pattern[str]) -> Answer:
        found: dict[str, Json] = {}
        for path, answer in self._answers.items():
            if pattern.match(path):
                found |= {str(item.get("id", json.dumps(item))): item for item in answer.items}
        return Answer(200, {"value": [*found.values()]})

    def _objects(self, pattern: re.Pattern[str]) -> Answer:
        value = [
            answer.body
            for path, answer in self._answers.items()
            if answer.status == 200 and pattern.match(path)
        ]
        return Answer(200, {"value": value})

    def _grant_policy(self, path: str) -> Answer | None:
        policies = self._answers.get(_GRANT_POLICIES)
        if policies is None or policies.status != 200:
            return policies
        name, _, member = path.removeprefix(f"{_GRANT_POLICIES}/").partition("/")
        for policy in policies.items:
            if policy.get("id") == name:
                return Answer(200, {"value": policy.get(member, [])} if member else policy)
        return None

    def _canonical_heads(self) -> dict[str, str]:
        """Map both names of each object, in lower case, to the path that has its answer."""
        if self._heads is None:
            self._heads = {}
            for path, answer in self._answers.items():
                found = _OBJECT.match(path)
                if found and isinstance(answer.body, dict):
                    by_id = f"/{found[1]}/{answer.body.get('id')}"
                    by_app_id = f"/{found[1]}(appId='{answer.body.get('appId')}')"
                    self._heads |= {name.lower(): path for name in (path, by_id, by_app_id)}
        return self._heads


def _canonical(value: Json) -> Json:
    """Copy JSON without null members; lists of objects with an id are sorted by it."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items() if item is not None}
    if not isinstance(value, list):
        return value
    items = [_canonical(item) for item in value]
    named = [item for item in items if isinstance(item, dict) and "id" in item]
    return sorted(items, key=_sort_key) if len(named) == len(items) else items


def _sort_key(item: Json) -> str:
    return json.dumps(item.get("id") if isinstance(item, dict) else item)


def _filled(item: dict[str, Json]) -> dict[str, Json]:
    """Add the empty members of an app that a listing always has, and a sample need not."""
    return _EMPTY | item


def _project(item: dict[str, Json], select: list[str]) -> dict[str, Json]:
    if not select:
        return item
    return {key: value for key, value in item.items() if key in select or "@odata." in key}


def _next_link(request: Request, offset: int) -> str:
    kept = [(key, value) for key, value in request.query if key != "$skiptoken"]
    token = base64.urlsafe_b64encode(f"offset {offset}".encode()).decode()
    query = "&".join(f"{key}={quote(value)}" for key, value in [*kept, ("$skiptoken", token)])
    return f"{request.origin}{request.target.partition('?')[0]}?{query}"


def _offset(token: str) -> int:
    """Read a page token; raises ValueError when it is not one of ours."""
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        msg = "not a page token"
        raise ValueError(msg) from error
    return int(text.removeprefix("offset "))
