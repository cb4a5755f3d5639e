"""Changes objects wherever a tenant's answers hold them, so that no two answers disagree."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tests.fakes.tenant import Answer, Tenant
from tests.fakes.wire import Json, Reply, graph_error, json_reply

Item: TypeAlias = dict[str, Json]
Kinds: TypeAlias = Mapping[str, tuple[type, ...]]
"""The types that each member of a body may have."""

TEXT = (str,)
FLAG = (bool,)
LIST = (list,)
OBJECT = (dict,)
NONE = type(None)

CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#"
PRINCIPALS = "servicePrincipals"
APPLICATIONS = "applications"
GRANTS = re.compile(r"^(/.+)?/oauth2PermissionGrants$")
ASSIGNMENTS = re.compile(r"^/.+/appRole(AssignedTo|Assignments)$")


@dataclass(frozen=True, slots=True)
class Write:
    """One write, understood as far as its path goes."""

    tenant: Tenant
    keys: Mapping[str, str]
    """What the path names, decoded: ``object`` or ``app``, and ``item``."""
    body: Mapping[str, Json]

    def target(self, collection: str) -> Item:
        """Return a copy of the app or service principal that the path names.

        Raises:
            Refusal: There is none.
        """
        app, object_id = self.keys.get("app"), self.keys.get("object", "")
        key = f"(appId='{app}')" if app else f"/{object_id}"
        return found(self.tenant, f"/{collection}{key}")

    def checked(self, optional: Kinds, required: Kinds | None = None) -> Item:
        """Return the members of the body.

        Raises:
            Refusal: One is missing, unknown, or not of its kind.
        """
        return checked(self.body, optional, required or {})


class Refusal(Exception):  # noqa: N818 - what Graph does here is no error of the fake
    """Graph does not do what is asked for."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.reply = graph_error(status, code, message)


def bad_request(message: str) -> Refusal:
    """Make a 400."""
    return Refusal(400, "Request_BadRequest", message)


def not_found(what: str) -> Refusal:
    """Make a 404."""
    message = f"Resource '{what}' does not exist or one of its references is not present."
    return Refusal(404, "Request_ResourceNotFound", message)


def conflict(message: str) -> Refusal:
    """Make a 409."""
    return Refusal(409, "Request_MultipleObjectsWithSameKeyValue", message)


def checked(body: Mapping[str, Json], optional: Kinds, required: Kinds) -> Item:
    """Return the members of an object that somebody sent.

    Raises:
        Refusal: One is missing, unknown, or not of its kind.
    """
    for name in required:
        if name not in body:
            raise bad_request(f"Property '{name}' is required.")
    for name, value in body.items():
        kinds = {**optional, **required}.get(name)
        if kinds is None:
            raise bad_request(f"Invalid property '{name}'.")
        if type(value) not in kinds:
            raise bad_request(f"Invalid value specified for property '{name}'.")
    return dict(body)


def texts(value: Json) -> list[str]:
    """Return a list of texts.

    Raises:
        Refusal: It is something else.
    """
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise bad_request("A collection of texts is expected.")
    return [str(one) for one in value]


def objects(collection: str) -> re.Pattern[str]:
    """Match the paths that answer with a collection, or with one of its objects."""
    return re.compile(rf"^/{collection}(?:\(appId='[^']*'\)|/[^/]+)?$", re.IGNORECASE)


def own_path(tenant: Tenant, path: str) -> str | None:
    """Find the path of an answer in any letter case."""
    return next((one for one in tenant.paths if one.lower() == path.lower()), None)


def found(tenant: Tenant, path: str) -> Item:
    """Return a copy of one object.

    Raises:
        Refusal: There is none, or the tenant's answer is no success.
    """
    answer = tenant.find(own_path(tenant, path) or path)
    if answer is None:
        raise not_found(path.rpartition("/")[2])
    _readable(answer)
    copy = _copy(answer.body)
    if not isinstance(copy, dict):
        raise not_found(path)
    return copy


def held(tenant: Tenant, path: str) -> bool:
    """Say whether a tenant has an object."""
    answer = tenant.find(own_path(tenant, path) or path)
    return answer is not None and answer.status == 200


def items(tenant: Tenant, pattern: re.Pattern[str]) -> Iterator[Item]:
    """Give every object in the collections that are read; one may come several times."""
    for path in tenant.paths:
        answer = tenant.find(path)
        if answer and pattern.search(path):
            yield from answer.items


def rewrite(
    tenant: Tenant, pattern: re.Pattern[str], change: Callable[[Item], Item | None]
) -> None:
    """Change every object of the matching answers; None takes the object away."""
    for path in tenant.paths:
        answer = tenant.find(path)
        if answer is None or answer.status != 200 or not pattern.search(path):
            continue
        body = _copy(answer.body)
        if not isinstance(body, dict):
            continue
        value = body.get("value")
        if isinstance(value, list):
            changed = [change(one) if isinstance(one, dict) else one for one in value]
            tenant.set(path, {**body, "value": [one for one in changed if one is not None]})
        elif (after := change(body)) is None:
            tenant.remove(path)
        else:
            tenant.set(path, after)


def update(tenant: Tenant, collection: str, item_id: str, change: Mapping[str, Json]) -> None:
    """Change members of one object in every answer that holds it; complex ones are merged."""
    rewrite(
        tenant,
        objects(collection),
        lambda one: merged(one, change) if one.get("id") == item_id else one,
    )


def drop(tenant: Tenant, pattern: re.Pattern[str], member: str, value: str) -> None:
    """Take away every object that has this value."""
    rewrite(tenant, pattern, lambda one: None if one.get(member) == value else one)


def insert(tenant: Tenant, paths: list[str], item: Mapping[str, Json], context: str) -> None:
    """Add an object to each of these collections that is held; to the first one if none is.

    Raises:
        Refusal: A collection cannot be read: nobody knows what is in it.
    """
    answers = [tenant.find(path) for one in paths if (path := own_path(tenant, one))]
    live = [answer for answer in answers if answer and answer.status != 404]
    for answer in live:
        _readable(answer)
    if not live:
        tenant.set(paths[0], {"@odata.context": CONTEXT + context, "value": []})
    mirror(tenant, paths, item)


def mirror(tenant: Tenant, paths: list[str], item: Mapping[str, Json]) -> None:
    """Add an object to each of these collections that is held, and to no other."""
    for path in filter(None, (own_path(tenant, one) for one in paths)):
        answer = tenant.find(path)
        if answer and answer.status == 200 and isinstance(answer.body, dict):
            tenant.set(path, {**answer.body, "value": [*answer.items, dict(item)]})


def names(collection: str, item: Mapping[str, Json]) -> list[str]:
    """Return both paths of an app or a service principal."""
    return [f"/{collection}(appId='{item.get('appId')}')", f"/{collection}/{item.get('id')}"]


def parts(item: Mapping[str, Json], member: str) -> list[str]:
    """Return the paths of a collection that belongs to a service principal."""
    return [f"{name}/{member}" for name in names(PRINCIPALS, item)]


def merged(old: Item, change: Mapping[str, Json]) -> Item:
    """Change members: objects are merged, everything else is replaced."""
    after = dict(old)
    for name, value in change.items():
        before = after.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            after[name] = merged(before, value)
        else:
            after[name] = value
    return after


def created(item: Mapping[str, Json], context: str) -> Reply:
    """Answer with a new object."""
    return json_reply(201, {"@odata.context": f"{CONTEXT}{context}/$entity", **item})


def _readable(answer: Answer) -> None:
    """Refuse what the tenant itself does not answer."""
    if answer.status != 200:
        error = answer.body.get("error") if isinstance(answer.body, dict) else None
        code = str(error.get("code")) if isinstance(error, dict) else "UnknownError"
        raise Refusal(answer.status, code, "The tenant does not answer here.")


def _copy(value: Json) -> Json:
    copy: Json = json.loads(json.dumps(value))
    return copy
