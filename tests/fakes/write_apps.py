"""Writes of service principals, their permission classifications, and app registrations."""

import base64
import re
from uuid import UUID

from tests.fakes.holdings import (
    APPLICATIONS,
    ASSIGNMENTS,
    CONTEXT,
    FLAG,
    GRANTS,
    LIST,
    NONE,
    OBJECT,
    PRINCIPALS,
    TEXT,
    Item,
    Kinds,
    Write,
    bad_request,
    checked,
    conflict,
    created,
    drop,
    found,
    held,
    insert,
    merged,
    mirror,
    names,
    not_found,
    objects,
    parts,
    texts,
    update,
)
from tests.fakes.tenant import Tenant
from tests.fakes.wire import Json, Reply, json_reply

_NOW = "2026-08-20T09:00:00Z"
_LATER = "2028-08-20T09:00:00Z"
_CLASSIFIED = "delegatedPermissionClassifications"
_PARTS = {
    "appRoleAssignedTo": "appRoleAssignments",
    "appRoleAssignments": "appRoleAssignments",
    _CLASSIFIED: _CLASSIFIED,
    "oauth2PermissionGrants": "oauth2PermissionGrants",
}
_CLASSES = {"low": 1, "medium": 2, "high": 3}
_AUDIENCES = {
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
}
_PRINCIPAL_MEMBERS: Kinds = {
    "accountEnabled": FLAG,
    "appRoleAssignmentRequired": FLAG,
    "description": (str, NONE),
    "notes": (str, NONE),
    "tags": LIST,
}
_APPLICATION_MEMBERS: Kinds = {
    "api": OBJECT,
    "displayName": TEXT,
    "identifierUris": LIST,
    "isDisabled": (bool, NONE),
    "isFallbackPublicClient": (bool, NONE),
    "notes": (str, NONE),
    "publicClient": OBJECT,
    "requiredResourceAccess": LIST,
    "signInAudience": TEXT,
    "spa": OBJECT,
    "tags": LIST,
    "web": OBJECT,
}
_REDIRECTS: dict[str, Kinds] = {
    "web": {
        "homePageUrl": (str, NONE),
        "implicitGrantSettings": OBJECT,
        "logoutUrl": (str, NONE),
        "redirectUris": LIST,
    },
    "spa": {"redirectUris": LIST},
    "publicClient": {"redirectUris": LIST},
}
_CREDENTIAL: Kinds = {"displayName": (str, NONE), "endDateTime": TEXT, "startDateTime": TEXT}
_FOLLOWED = ("displayName", "isDisabled", "signInAudience")
_NOBODY: Item = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}


def add_principal(write: Write) -> Reply:
    """Create the service principal of an app that this tenant or another one has registered."""
    given = write.checked(_PRINCIPAL_MEMBERS, {"appId": TEXT})
    app_id = str(given["appId"])
    if held(write.tenant, f"/{PRINCIPALS}(appId='{app_id}')"):
        raise conflict(f"The service principal cannot be created: appId {app_id} is in use.")
    principal = {**_principal_of(write.tenant, app_id), **given, "id": write.tenant.new_id()}
    principal["appId"] = app_id.lower()
    _hold(write.tenant, PRINCIPALS, principal)
    return created(principal, PRINCIPALS)


def change_principal(write: Write) -> Reply:
    """Change members of a service principal."""
    change = write.checked(_PRINCIPAL_MEMBERS)
    principal = write.target(PRINCIPALS)
    update(write.tenant, PRINCIPALS, str(principal["id"]), change)
    return Reply(204)


def remove_principal(write: Write) -> Reply:
    """Delete a service principal; its grants and assignments go with it."""
    _forget_principal(write.tenant, write.target(PRINCIPALS))
    return Reply(204)


def classify(write: Write) -> Reply:
    """Classify a delegated permission."""
    required = {"permissionId": TEXT, "classification": TEXT}
    given = write.checked({"permissionName": TEXT}, required)
    resource = write.target(PRINCIPALS)
    scope = _scope(resource, str(given["permissionId"]))
    if given["classification"] not in _CLASSES:
        raise bad_request("Invalid value specified for property 'classification'.")
    if given.get("permissionName", scope["value"]) != scope["value"]:
        raise bad_request("permissionName is not the name of permissionId.")
    if any(one["permissionId"] == scope["id"] for one in _classified(write.tenant, resource)):
        raise bad_request("The permission has a classification already.")
    data = UUID(str(scope["id"])).bytes_le + bytes([_CLASSES[str(given["classification"])]])
    made: Item = {
        "id": base64.urlsafe_b64encode(data).rstrip(b"=").decode(),
        "permissionId": scope["id"],
        "permissionName": scope["value"],
        "classification": given["classification"],
    }
    context = f"{PRINCIPALS}('{resource['id']}')/{_CLASSIFIED}"
    insert(write.tenant, parts(resource, _CLASSIFIED), made, context)
    return created(made, context)


def declassify(write: Write) -> Reply:
    """Delete a classification."""
    resource = write.target(PRINCIPALS)
    wanted = write.keys["item"]
    if not any(one["id"] == wanted for one in _classified(write.tenant, resource)):
        raise not_found(wanted)
    for path in parts(resource, _CLASSIFIED):
        drop(write.tenant, re.compile(f"^{re.escape(path)}$", re.IGNORECASE), "id", wanted)
    return Reply(204)


def add_application(write: Write) -> Reply:
    """Register an app."""
    members = {name: kinds for name, kinds in _APPLICATION_MEMBERS.items() if name != "displayName"}
    given = write.checked(members, {"displayName": TEXT})
    _check_application(given)
    application: Item = {
        "id": write.tenant.new_id(),
        "appId": write.tenant.new_id(),
        "displayName": "",
        "signInAudience": "AzureADandPersonalMicrosoftAccount",
        "isDisabled": None,
        "createdDateTime": _NOW,
        "isFallbackPublicClient": None,
        "web": {
            "homePageUrl": None,
            "logoutUrl": None,
            "redirectUris": [],
            "implicitGrantSettings": {
                "enableAccessTokenIssuance": False,
                "enableIdTokenIssuance": False,
            },
        },
        "spa": {"redirectUris": []},
        "publicClient": {"redirectUris": []},
        "requiredResourceAccess": [],
        "passwordCredentials": [],
        "keyCredentials": [],
    }
    application = merged(application, given)
    _hold(write.tenant, APPLICATIONS, application)
    return created(application, APPLICATIONS)


def change_application(write: Write) -> Reply:
    """Change members of a registration; complex ones are merged, arrays replaced.

    The service principal follows in what it takes from the registration.
    """
    change = write.checked(_APPLICATION_MEMBERS)
    _check_application(change)
    application = write.target(APPLICATIONS)
    update(write.tenant, APPLICATIONS, str(application["id"]), change)
    path = f"/{PRINCIPALS}(appId='{application['appId']}')"
    if held(write.tenant, path):
        principal = found(write.tenant, path)
        followed = {
            name: change[name]
            for name in _FOLLOWED
            if name in change and principal.get(name) == application.get(name)
        }
        update(write.tenant, PRINCIPALS, str(principal["id"]), followed)
    return Reply(204)


def remove_application(write: Write) -> Reply:
    """Delete a registration; its service principal goes with it."""
    application = write.target(APPLICATIONS)
    path = f"/{PRINCIPALS}(appId='{application['appId']}')"
    if held(write.tenant, path):
        _forget_principal(write.tenant, found(write.tenant, path))
    drop(write.tenant, objects(APPLICATIONS), "id", str(application["id"]))
    return Reply(204)


def add_password(write: Write) -> Reply:
    """Add a client secret; only this answer shows it."""
    wanted = write.checked({"passwordCredential": OBJECT}).get("passwordCredential", {})
    given = checked(wanted if isinstance(wanted, dict) else {}, _CREDENTIAL, {})
    application = write.target(APPLICATIONS)
    key_id = write.tenant.new_id()
    secret = f"Fa~{key_id}"
    made: Item = {
        "keyId": key_id,
        "displayName": given.get("displayName"),
        "hint": secret[:3],
        "startDateTime": given.get("startDateTime", _NOW),
        "endDateTime": given.get("endDateTime", _LATER),
    }
    _set_passwords(write.tenant, application, [*_passwords(application), made])
    context = f"{CONTEXT}microsoft.graph.passwordCredential"
    return json_reply(200, {"@odata.context": context, **made, "secretText": secret})


def remove_password(write: Write) -> Reply:
    """Remove a client secret."""
    key_id = str(write.checked({}, {"keyId": TEXT})["keyId"]).lower()
    application = write.target(APPLICATIONS)
    before = _passwords(application)
    after = [one for one in before if str(one.get("keyId")).lower() != key_id]
    if len(after) == len(before):
        raise bad_request(f"No password credential found with keyId '{key_id}'.")
    _set_passwords(write.tenant, application, after)
    return Reply(204)


def _hold(tenant: Tenant, collection: str, item: Item) -> None:
    """Let a tenant have a new object."""
    path = names(collection, item)[0]
    tenant.set(path, {"@odata.context": f"{CONTEXT}{collection}/$entity", **item})
    mirror(tenant, [f"/{collection}"], item)
    if collection == PRINCIPALS:
        for part, of in _PARTS.items():
            tenant.set(f"{path}/{part}", {"@odata.context": f"{CONTEXT}{of}", "value": []})


def _forget_principal(tenant: Tenant, principal: Item) -> None:
    heads = tuple(f"{name}/".lower() for name in names(PRINCIPALS, principal))
    for path in tenant.paths:
        if path.lower().startswith(heads):
            tenant.remove(path)
    principal_id = str(principal["id"])
    drop(tenant, objects(PRINCIPALS), "id", principal_id)
    for pattern, members in (
        (GRANTS, ("clientId", "resourceId")),
        (ASSIGNMENTS, ("principalId", "resourceId")),
    ):
        for member in members:
            drop(tenant, pattern, member, principal_id)


def _principal_of(tenant: Tenant, app_id: str) -> Item:
    """Say what the service principal of an app looks like, but for its id."""
    path = f"/{APPLICATIONS}(appId='{app_id}')"
    known = tenant.foreign_app(app_id)
    if held(tenant, path):
        application = found(tenant, path)
        shared = (*_FOLLOWED, "verifiedPublisher")
        known = {name: application[name] for name in shared if name in application}
        known["appOwnerOrganizationId"] = _tenant_id(tenant)
    if known is None or known.get("signInAudience") == "PersonalMicrosoftAccount":
        raise bad_request(f"The appId '{app_id}' does not reference a valid application object.")
    base: Item = {
        "id": "",
        "accountEnabled": True,
        "appDisplayName": known.get("displayName"),
        "appId": app_id,
        "appOwnerOrganizationId": None,
        "appRoleAssignmentRequired": False,
        "createdDateTime": _NOW,
        "disabledByMicrosoftStatus": None,
        "displayName": None,
        "isDisabled": None,
        "servicePrincipalNames": [app_id.lower()],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMultipleOrgs",
        "tags": [],
        "verifiedPublisher": dict(_NOBODY),
        "oauth2PermissionScopes": [],
    }
    return {**base, **known}


def _tenant_id(tenant: Tenant) -> Json:
    answer = tenant.find("/organization")
    return answer.items[0].get("id") if answer and answer.items else None


def _scope(resource: Item, permission_id: str) -> Item:
    """Find a permission that may be classified."""
    scopes = resource.get("oauth2PermissionScopes")
    for scope in scopes if isinstance(scopes, list) else []:
        if isinstance(scope, dict) and str(scope.get("id")).lower() == permission_id.lower():
            if scope.get("type") == "Admin":
                raise bad_request("The permission needs the consent of an administrator.")
            return scope
    raise bad_request(f"The permission '{permission_id}' does not exist.")


def _classified(tenant: Tenant, resource: Item) -> list[Item]:
    answers = [tenant.find(path) for path in parts(resource, _CLASSIFIED)]
    return [one for answer in answers if answer for one in answer.items]


def _check_application(given: Item) -> None:
    if "signInAudience" in given and given["signInAudience"] not in _AUDIENCES:
        raise bad_request("Invalid value specified for property 'signInAudience'.")
    for name, kinds in _REDIRECTS.items():
        part = given.get(name)
        if isinstance(part, dict):
            texts(checked(part, kinds, {}).get("redirectUris", []))
    access = given.get("requiredResourceAccess")
    for one in access if isinstance(access, list) else []:
        if not isinstance(one, dict):
            raise bad_request("Invalid value specified for property 'requiredResourceAccess'.")
        checked(one, {}, {"resourceAppId": TEXT, "resourceAccess": LIST})


def _passwords(application: Item) -> list[Item]:
    value = application.get("passwordCredentials")
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _set_passwords(tenant: Tenant, application: Item, passwords: list[Item]) -> None:
    update(tenant, APPLICATIONS, str(application["id"]), {"passwordCredentials": [*passwords]})
