"""Writes of delegated permission grants and of app role assignments."""

import base64
import re
from uuid import UUID

from tests.fakes.holdings import (
    ASSIGNMENTS,
    GRANTS,
    NONE,
    PRINCIPALS,
    TEXT,
    Item,
    Write,
    bad_request,
    conflict,
    created,
    drop,
    found,
    held,
    insert,
    items,
    mirror,
    not_found,
    parts,
    rewrite,
)
from tests.fakes.tenant import Tenant
from tests.fakes.wire import Json, Reply, json_reply

_NO_ROLE = "00000000-0000-0000-0000-000000000000"
_NOW = "2026-08-20T09:00:00Z"
_MEMBER_OF = re.compile(r"^/users/[^/]+/memberOf$")
_GRANT_KEY = ("clientId", "consentType", "principalId", "resourceId")


def add_grant(write: Write) -> Reply:
    """Grant delegated permissions; the text of the scopes is kept as it is."""
    required = {"clientId": TEXT, "consentType": TEXT, "resourceId": TEXT, "scope": TEXT}
    given = write.checked({"principalId": (str, NONE)}, required)
    principal = given.get("principalId") or None
    if (given["consentType"], principal is not None) not in {
        ("AllPrincipals", False),
        ("Principal", True),
    }:
        raise bad_request("consentType and principalId do not fit each other.")
    client = _principal(write.tenant, given["clientId"])
    resource = _principal(write.tenant, given["resourceId"])
    grant: Item = {
        "clientId": client["id"],
        "consentType": given["consentType"],
        "id": "",
        "principalId": principal,
        "resourceId": resource["id"],
        "scope": given["scope"],
    }
    if any(_same(one, grant) for one in items(write.tenant, GRANTS)):
        raise conflict("Permission entry already exists.")
    ids = [str(one) for one in (client["id"], resource["id"], principal) if one is not None]
    grant["id"] = _joined(*ids) or write.tenant.new_id()
    insert(write.tenant, parts(client, "oauth2PermissionGrants"), grant, "oauth2PermissionGrants")
    users = f"/users/{principal}/oauth2PermissionGrants"
    mirror(write.tenant, ["/oauth2PermissionGrants", users], grant)
    return created(grant, "oauth2PermissionGrants")


def get_grant(write: Write) -> Reply:
    """Read one grant."""
    return json_reply(200, {"@odata.context": _context(), **_grant(write)})


def change_grant(write: Write) -> Reply:
    """Replace the scopes of a grant; nothing else of it can change."""
    scope = write.checked({}, {"scope": TEXT})["scope"]
    grant_id = _grant(write)["id"]
    rewrite(
        write.tenant,
        GRANTS,
        lambda one: {**one, "scope": scope} if one.get("id") == grant_id else one,
    )
    return Reply(204)


def remove_grant(write: Write) -> Reply:
    """Delete a grant."""
    drop(write.tenant, GRANTS, "id", str(_grant(write)["id"]))
    return Reply(204)


def add_assignment(write: Write, member: str) -> Reply:
    """Assign a principal to an app role: at the resource, or at the principal."""
    given = write.checked({}, {"principalId": TEXT, "resourceId": TEXT, "appRoleId": TEXT})
    owner = write.target(PRINCIPALS)
    said = given["resourceId" if member == "appRoleAssignedTo" else "principalId"]
    if str(said).lower() != str(owner["id"]).lower():
        raise bad_request("The body names another object than the path.")
    resource = _principal(write.tenant, given["resourceId"])
    _check_role(resource, str(given["appRoleId"]))
    made = _assignment(write.tenant, resource, given)
    key = ("principalId", "resourceId", "appRoleId")
    for one in items(write.tenant, ASSIGNMENTS):
        if all(str(one.get(name)).lower() == str(made[name]).lower() for name in key):
            raise bad_request("Permission being assigned already exists on the object.")
    insert(write.tenant, parts(resource, "appRoleAssignedTo"), made, "appRoleAssignments")
    for paths in _principal_paths(write.tenant, made):
        insert(write.tenant, paths, made, "appRoleAssignments")
    return created(made, "appRoleAssignments")


def remove_assignment(write: Write, member: str) -> Reply:
    """Take an assignment away; it has to be one of the object that the path names."""
    owner = write.target(PRINCIPALS)
    end = "resourceId" if member == "appRoleAssignedTo" else "principalId"
    for one in items(write.tenant, ASSIGNMENTS):
        if one.get("id") == write.keys["item"] and one.get(end) == owner["id"]:
            drop(write.tenant, ASSIGNMENTS, "id", write.keys["item"])
            return Reply(204)
    raise not_found(write.keys["item"])


def _context() -> str:
    return "https://graph.microsoft.com/v1.0/$metadata#oauth2PermissionGrants/$entity"


def _principal(tenant: Tenant, object_id: Json) -> Item:
    return found(tenant, f"/{PRINCIPALS}/{object_id}")


def _grant(write: Write) -> Item:
    for one in items(write.tenant, GRANTS):
        if one.get("id") == write.keys["item"]:
            return one
    raise not_found(write.keys["item"])


def _same(one: Item, other: Item) -> bool:
    return all(str(one.get(name)).lower() == str(other.get(name)).lower() for name in _GRANT_KEY)


def _check_role(resource: Item, role_id: str) -> None:
    """Refuse a role that the resource does not have, where the tenant says which it has."""
    roles = resource.get("appRoles")
    if role_id == _NO_ROLE or not isinstance(roles, list):
        return
    known = {str(role.get("id")).lower() for role in roles if isinstance(role, dict)}
    if role_id.lower() not in known:
        raise bad_request("Permission being assigned was not found on application.")


def _assignment(tenant: Tenant, resource: Item, given: Item) -> Item:
    """Make an assignment; a principal that the tenant has no answer for counts as a user."""
    principal_id = str(given["principalId"])
    kinds = {"User": "users", "Group": "groups", "ServicePrincipal": PRINCIPALS}
    kind = next((one for one in kinds if held(tenant, f"/{kinds[one]}/{principal_id}")), None)
    principal = found(tenant, f"/{kinds[kind]}/{principal_id}") if kind else {}
    made_id = tenant.new_id()
    return {
        "id": _joined(principal_id, made_id) or made_id,
        "deletedDateTime": None,
        "appRoleId": given["appRoleId"],
        "createdDateTime": _NOW,
        "principalDisplayName": principal.get("displayName"),
        "principalId": principal.get("id", principal_id),
        "principalType": kind or "User",
        "resourceDisplayName": resource.get("displayName"),
        "resourceId": resource["id"],
    }


def _principal_paths(tenant: Tenant, made: Item) -> list[list[str]]:
    """Say where Graph lists an assignment besides its resource."""
    principal_id = str(made["principalId"])
    match made["principalType"]:
        case "ServicePrincipal":
            return [parts(_principal(tenant, principal_id), "appRoleAssignments")]
        case "Group":
            users = _members(tenant, principal_id)
        case _:
            users = [principal_id] if held(tenant, f"/users/{principal_id}") else []
    return [[f"/users/{user}/appRoleAssignments"] for user in users]


def _members(tenant: Tenant, group_id: str) -> list[str]:
    """Find a group's direct members, as far as the tenant has an answer for them."""
    listed = tenant.find(f"/groups/{group_id}/members")
    direct = {str(one.get("id")) for one in listed.items} if listed else set()
    for path in tenant.paths:
        answer = tenant.find(path) if _MEMBER_OF.match(path) else None
        if answer and any(one.get("id") == group_id for one in answer.items):
            direct.add(path.split("/")[2])
    return sorted(user for user in direct if held(tenant, f"/users/{user}"))


def _joined(*ids: str) -> str | None:
    """Make an id as Graph does, from the bytes of others; None where one is no GUID."""
    try:
        data = b"".join(UUID(one).bytes_le for one in ids)
    except ValueError:
        return None
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
