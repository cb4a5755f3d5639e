"""Writes of policies: authorization, permission grant, admin consent request; and settings."""

import re
from collections.abc import Callable, Sequence

from tests.fakes.holdings import (
    CONTEXT,
    FLAG,
    LIST,
    NONE,
    OBJECT,
    TEXT,
    Item,
    Kinds,
    Write,
    bad_request,
    checked,
    conflict,
    created,
    found,
    held,
    items,
    merged,
    mirror,
    not_found,
    rewrite,
    texts,
)
from tests.fakes.wire import Json, Reply, json_reply

_AUTHORIZATION = "/policies/authorizationPolicy"
_WORKFLOW = "/policies/adminConsentRequestPolicy"
_GRANT_POLICIES = "/policies/permissionGrantPolicies"
_CONTEXT = "policies/permissionGrantPolicies"
_POLICIES = re.compile(rf"^{_GRANT_POLICIES}(/[^/]+)?$")
_SETTINGS = re.compile(r"^/groupSettings(/[^/]+)?$")
_POLICY_ID = re.compile(r"[A-Za-z0-9_-]+")
_ASSIGNED = re.compile(r"ManagePermissionGrantsFor(Self|OwnedResource)\.[\w-]+", re.IGNORECASE)

_DEFAULT_ROLE: Kinds = {
    "allowedToCreateApps": FLAG,
    "allowedToCreateSecurityGroups": FLAG,
    "allowedToCreateTenants": FLAG,
    "allowedToReadBitlockerKeysForOwnedDevice": FLAG,
    "allowedToReadOtherUsers": FLAG,
    "permissionGrantPoliciesAssigned": LIST,
}
_AUTHORIZATION_MEMBERS: Kinds = {
    "allowInvitesFrom": TEXT,
    "allowedToSignUpEmailBasedSubscriptions": FLAG,
    "allowedToUseSSPR": FLAG,
    "allowEmailVerifiedUsersToJoinOrganization": FLAG,
    "allowUserConsentForRiskyApps": (bool, NONE),
    "blockMsolPowerShell": FLAG,
    "defaultUserRolePermissions": OBJECT,
    "description": TEXT,
    "displayName": TEXT,
    "guestUserRoleId": TEXT,
}
_WORKFLOW_MEMBERS: Kinds = {
    "isEnabled": FLAG,
    "notifyReviewers": FLAG,
    "remindersEnabled": FLAG,
    "requestDurationInDays": (int,),
    "reviewers": LIST,
}
_CONDITIONS: dict[str, Json] = {
    "permissionClassification": "all",
    "permissions": ["all"],
    "resourceApplication": "any",
    "clientApplicationIds": ["all"],
    "clientApplicationTenantIds": ["all"],
    "clientApplicationPublisherIds": ["all"],
    "clientApplicationsFromVerifiedPublisherOnly": False,
}
_CHOICES: dict[str, frozenset[str]] = {
    "permissionType": frozenset({"application", "delegated"}),
    "permissionClassification": frozenset({"all", "low", "medium", "high"}),
}


def change_authorization_policy(write: Write) -> Reply:
    """Merge the default user role's permissions; its list of policies is replaced whole."""
    change = write.checked(_AUTHORIZATION_MEMBERS)
    role = change.get("defaultUserRolePermissions")
    if isinstance(role, dict):
        checked(role, _DEFAULT_ROLE, {})
        for name in texts(role.get("permissionGrantPoliciesAssigned", [])):
            if not _ASSIGNED.fullmatch(name):
                raise bad_request(f"Invalid value {name!r} in permissionGrantPoliciesAssigned.")
    policy = found(write.tenant, _AUTHORIZATION)
    write.tenant.set(_AUTHORIZATION, merged(policy, change))
    return Reply(204)


def put_workflow(write: Write) -> Reply:
    """Replace the admin consent workflow; every member has to be there."""
    change = write.checked({}, _WORKFLOW_MEMBERS)
    reviewers = change["reviewers"]
    for reviewer in reviewers if isinstance(reviewers, list) else []:
        if not isinstance(reviewer, dict):
            raise bad_request("Invalid value specified for property 'reviewers'.")
        checked(reviewer, {"queryRoot": (str, NONE)}, {"query": TEXT, "queryType": TEXT})
    policy = found(write.tenant, _WORKFLOW)
    version = policy.get("version")
    counted: Json = version + 1 if isinstance(version, int) else 1
    write.tenant.set(_WORKFLOW, {**policy, **change, "version": counted})
    return Reply(204)


def get_setting(write: Write) -> Reply:
    """Read one directory setting."""
    return json_reply(200, {"@odata.context": f"{CONTEXT}groupSettings/$entity", **_setting(write)})


def change_setting(write: Write) -> Reply:
    """Replace the values of a directory setting; all of its names have to be there."""
    setting, values = _setting(write), write.checked({}, {"values": LIST})["values"]
    new = [_pair(one) for one in (values if isinstance(values, list) else [])]
    old = setting["values"]
    if _names(new) != _names(old if isinstance(old, list) else []):
        raise bad_request("The values are not those of the setting's template.")
    rewrite(
        write.tenant,
        _SETTINGS,
        lambda one: {**one, "values": [*new]} if one.get("id") == setting["id"] else one,
    )
    return Reply(204)


def add_policy(write: Write) -> Reply:
    """Create an app consent policy without condition sets."""
    given = write.checked({"description": TEXT}, {"id": TEXT, "displayName": TEXT})
    policy_id = str(given["id"])
    if not _POLICY_ID.fullmatch(policy_id) or _is_built_in(policy_id):
        raise bad_request("Invalid value specified for property 'id'.")
    if held(write.tenant, f"{_GRANT_POLICIES}/{policy_id}"):
        raise conflict("Another object with the same value for property id already exists.")
    policy: Item = {
        "id": policy_id,
        "displayName": given["displayName"],
        "description": given.get("description"),
        "deletedDateTime": None,
        "includes": [],
        "excludes": [],
    }
    single: Item = {"@odata.context": f"{CONTEXT}{_CONTEXT}/$entity", **policy}
    write.tenant.set(f"{_GRANT_POLICIES}/{policy_id}", single)
    mirror(write.tenant, [_GRANT_POLICIES], policy)
    return created(policy, _CONTEXT)


def add_condition_set(write: Write, member: str) -> Reply:
    """Create an include or an exclude; what is not said is as wide as it can be."""
    policy = _custom(write)
    kinds = {name: (type(value),) for name, value in _CONDITIONS.items()}
    given = write.checked(kinds, {"permissionType": TEXT})
    for name, value in given.items():
        if isinstance(value, list) and not texts(value):
            raise bad_request(f"Property '{name}' is empty.")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise bad_request(f"Invalid value specified for property '{name}'.")
    made: Item = {"id": write.tenant.new_id(), **_CONDITIONS, **given}
    _each(write, policy, lambda one: {**one, member: [*_sets(one, member), made]})
    path = f"{_GRANT_POLICIES}/{policy['id']}/{member}"
    mirror(write.tenant, [path], made)
    return created(made, f"{_CONTEXT}('{policy['id']}')/{member}")


def remove_policy(write: Write) -> Reply:
    """Delete an app consent policy; where it is assigned, its name stays."""
    policy = _custom(write)
    prefix = f"{_GRANT_POLICIES}/{policy['id']}/".lower()
    for path in write.tenant.paths:
        if path.lower().startswith(prefix):
            write.tenant.remove(path)
    _each(write, policy, lambda _: None)
    return Reply(204)


def get_condition_sets(write: Write, member: str) -> Reply:
    """Read the includes or excludes of a policy."""
    policy = found(write.tenant, f"{_GRANT_POLICIES}/{write.keys['item']}")
    context = f"{CONTEXT}{_CONTEXT}('{policy['id']}')/{member}"
    return json_reply(200, {"@odata.context": context, "value": [*_sets(policy, member)]})


def _setting(write: Write) -> Item:
    for one in items(write.tenant, _SETTINGS):
        if str(one.get("id")).lower() == write.keys["item"].lower():
            return one
    raise not_found(write.keys["item"])


def _pair(value: Json) -> Item:
    if not isinstance(value, dict):
        raise bad_request("Invalid value specified for property 'values'.")
    return checked(value, {}, {"name": TEXT, "value": TEXT})


def _names(values: Sequence[Json]) -> list[str]:
    return sorted(str(one.get("name")).lower() for one in values if isinstance(one, dict))


def _custom(write: Write) -> Item:
    policy = found(write.tenant, f"{_GRANT_POLICIES}/{write.keys['item']}")
    if _is_built_in(str(policy["id"])):
        raise bad_request("A policy of Microsoft cannot be changed.")
    return policy


def _is_built_in(policy_id: str) -> bool:
    return policy_id.lower().startswith("microsoft-")


def _each(write: Write, policy: Item, change: Callable[[Item], Item | None]) -> None:
    """Change a policy in every answer that holds it."""
    rewrite(
        write.tenant,
        _POLICIES,
        lambda one: change(one) if one.get("id") == policy["id"] else one,
    )


def _sets(policy: Item, member: str) -> list[Json]:
    value = policy.get(member)
    return value if isinstance(value, list) else []
