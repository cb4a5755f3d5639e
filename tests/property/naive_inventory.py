"""What an inventory should say, computed the slow and obvious way from the tenant's own records."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from auditor.model.inventory import Inventory
from tests.fakes.wire import Json

Item: TypeAlias = dict[str, Json]
_MICROSOFT = {
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "cdc5aeea-15c5-4db6-b079-fcadd2505dc2",
}
_RISKS = Path(__file__).parents[2] / "policies/risk/permissions.csv"
_ROLES = Path(__file__).parents[2] / "policies/permissions/microsoft-graph-application.csv"
_GRAPH = "00000003-0000-0000-c000-000000000000"


@dataclass
class Records:
    """Everything that a tenant holds."""

    tenant_id: str
    principals: list[Item] = field(default_factory=list)
    applications: list[Item] = field(default_factory=list)
    grants: list[Item] = field(default_factory=list)
    assignments: list[Item] = field(default_factory=list)
    disabled: list[Item] = field(default_factory=list)
    deleted: list[Item] = field(default_factory=list)
    sign_ins: list[Item] = field(default_factory=list)
    owners: dict[str, list[Item]] = field(default_factory=dict)
    """By the service principal's object id."""
    registration_owners: dict[str, list[Item]] = field(default_factory=dict)
    """By app ID."""


def told(inventory: Inventory) -> Item:
    """Return what an inventory says, in the same form."""
    dangling = [[one.client_id, one.resource_id, one.grants] for one in inventory.dangling]
    found = {
        "apps": inventory.apps,
        "registrations": inventory.registrations,
        "dangling": sorted(dangling),
        "grants": inventory.grants,
        "owners": {
            key: [] if one.unread else [each.id for each in one.people]
            for key, one in inventory.owners.items()
        },
        "sign_ins": {key: _time(str(time)) for key, time in inventory.sign_ins.items()},
    }
    plain: Item = json.loads(msgspec.json.encode(found))
    return plain


def naive(records: Records) -> Item:
    """Say what a tenant holds."""
    apps = [_app(row, records) for row in records.principals]
    registrations = [_registration(row) for row in records.applications]
    return {
        "apps": [*sorted(apps, key=_by_name)],
        "registrations": [*sorted(registrations, key=_by_name)],
        "dangling": _dangling(records),
        "grants": len(records.grants),
        "owners": {
            str(one["id"]): [*_owners(one, records)]
            for one in apps
            if one["owner"] != "microsoft" and _path(one)
        },
        "sign_ins": _sign_ins(records),
    }


def _path(app: Item) -> bool:
    """Say whether an app can become Global Administrator."""
    with _RISKS.open(encoding="utf-8") as file:
        paths = {
            (row["resource_app_id"], row["id"].lower())
            for row in csv.DictReader(file)
            if row["path_to_admin"] == "true" and row["kind"] == "application"
        }
    held = (_object(one) for one in _list(app["held"]))
    return any((one["resource_app_id"], one["role_id"]) in paths for one in held)


def _owners(app: Item, records: Records) -> list[str]:
    rows = list(records.owners.get(str(app["id"]), []))
    registered = {_low(one.get("appId")) for one in records.applications}
    if app["owner"] in {"this-tenant", "unknown"} and app["app_id"] in registered:
        rows += records.registration_owners.get(str(app["app_id"]), [])
    return sorted({_low(one["id"]) for one in rows})


def _sign_ins(records: Records) -> Item:
    found: Item = {}
    for row in records.sign_ins:
        times = [str(one["lastSignInDateTime"]) for one in map(_object, row.values()) if one]
        app_id = _low(row["appId"])
        found[app_id] = max(str(found.get(app_id, "")), *map(str, map(_time, times)))
    return found


def _app(row: Item, records: Records) -> Item:
    object_id = _low(row["id"])
    own = [one for one in records.grants if _low(one["clientId"]) == object_id]
    people = {_low(one["principalId"]) for one in own if one["consentType"] == "Principal"}
    gone = {_low(one["id"]) for one in records.disabled + records.deleted}
    resources = sorted({_low(one["resourceId"]) for one in own})
    publisher = _object(row.get("verifiedPublisher"))
    return {
        "id": object_id,
        "app_id": _low(row.get("appId")),
        "name": row.get("displayName") or "",
        "owner": _owner(_low(row.get("appOwnerOrganizationId")), records.tenant_id.lower()),
        "owner_tenant": _low(row.get("appOwnerOrganizationId")),
        "publisher_id": publisher.get("verifiedPublisherId") or "",
        "publisher": publisher.get("displayName") or "",
        "enabled": False if row.get("isDisabled") else row.get("accountEnabled"),
        "disabled_by_microsoft": row.get("disabledByMicrosoftStatus") or "",
        "assignment_required": row.get("appRoleAssignmentRequired"),
        "type": row.get("servicePrincipalType") or "",
        "audience": row.get("signInAudience") or "",
        "tags": row.get("tags") or [],
        "secrets": _secrets(row),
        "delegated": [
            _delegated(one, [grant for grant in own if _low(grant["resourceId"]) == one], records)
            for one in resources
        ],
        "held": _held(object_id, records),
        "users": len(people),
        "users_gone": len(people & gone),
    }


def _owner(owner: str, here: str) -> str:
    if owner in _MICROSOFT:
        return "microsoft"
    if not owner:
        return "unknown"
    return "this-tenant" if owner == here else "other-tenant"


def _delegated(resource: str, grants: list[Item], records: Records) -> Item:
    found = [one for one in records.principals if _low(one["id"]) == resource]
    name = found[0].get("displayName") if found else ""
    for_all, by_users = set[str](), dict[str, Json]()
    own = [one for one in grants if one["consentType"] == "Principal"]
    for one in grants:
        names = set(str(one.get("scope") or "").split())
        if one["consentType"] == "AllPrincipals":
            for_all |= names
        for scope in names if one in own else ():
            by_users[scope] = sum(scope in str(each.get("scope")).split() for each in own)
    return {
        "resource_id": resource,
        "resource_app_id": _low(found[0].get("appId")) if found else "",
        "resource": name or resource,
        "for_all": [*sorted(for_all)],
        "by_users": by_users,
        "users": len({_low(one["principalId"]) for one in own}),
        "grants": len(grants),
    }


def _held(object_id: str, records: Records) -> list[Json]:
    with _ROLES.open(encoding="utf-8") as file:
        names = {row["id"].lower(): row["value"] for row in csv.DictReader(file)}
    found = []
    for one in records.assignments:
        if one["principalType"] == "ServicePrincipal" and _low(one["principalId"]) == object_id:
            role = _low(one["appRoleId"])
            found.append((_GRAPH, names.get(role, ""), role))
    return [{"resource_app_id": a, "value": v, "role_id": r} for a, v, r in sorted(found)]


def _registration(row: Item) -> Item:
    publisher = _object(row.get("verifiedPublisher"))
    platforms = (("web", "web"), ("spa", "spa"), ("public", "publicClient"))
    return {
        "id": _low(row["id"]),
        "app_id": _low(row.get("appId")),
        "name": row.get("displayName") or "",
        "created": _time(row.get("createdDateTime")),
        "audience": row.get("signInAudience") or "",
        "publisher_id": publisher.get("verifiedPublisherId") or "",
        "redirect_uris": [
            [name, uri]
            for name, member in platforms
            for uri in _list(_object(row.get(member)).get("redirectUris"))
        ],
        "asks": [
            [_low(_object(one)["resourceAppId"]), _low(_object(each)["id"]), _object(each)["type"]]
            for one in _list(row.get("requiredResourceAccess"))
            for each in _list(_object(one)["resourceAccess"])
        ],
        "secrets": _secrets(row),
    }


def _secrets(row: Item) -> list[Json]:
    kinds = (("secret", "passwordCredentials"), ("certificate", "keyCredentials"))
    return [
        {
            "kind": kind,
            "key_id": _low(_object(one).get("keyId")),
            "name": _object(one).get("displayName") or "",
            "starts": _time(_object(one).get("startDateTime")),
            "ends": _time(_object(one).get("endDateTime")),
            "usage": _object(one).get("usage") or "",
        }
        for kind, member in kinds
        for one in _list(row.get(member))
    ]


def _dangling(records: Records) -> list[Json]:
    there = {_low(one["id"]) for one in records.principals}
    pairs = [(_low(one["clientId"]), _low(one["resourceId"])) for one in records.grants]
    gone: Iterable[tuple[str, str]] = sorted({one for one in pairs if not set(one) <= there})
    return [[client, resource, pairs.count((client, resource))] for client, resource in gone]


def _by_name(one: Item) -> tuple[str, str]:
    return str(one["name"]).casefold(), str(one["id"])


def _low(value: Json) -> str:
    return str(value or "").lower()


def _object(value: Json) -> Item:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _time(value: Json) -> Json:
    if not isinstance(value, str):
        return None
    return datetime.fromisoformat(value).isoformat().replace("+00:00", "Z")
