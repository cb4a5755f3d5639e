"""The user-consent settings: which app consent policies apply to every user."""

from msgspec import UNSET, UnsetType

from auditor.model.tenant import AuthorizationPolicy
from auditor.sources._json import GraphObject, decode, left_out, members, only, optional
from auditor.sources.source import MalformedError, Source, Subject

_SELF = "managepermissiongrantsforself."
_OWNED = "managepermissiongrantsforownedresource."


class _DefaultRole(GraphObject):
    permission_grant_policies_assigned: list[str] | UnsetType = UNSET
    allowed_to_create_apps: bool | UnsetType | None = UNSET


class _Policy(GraphObject):
    default_user_role_permissions: _DefaultRole | UnsetType | None = UNSET
    permission_grant_policy_ids_assigned_to_default_user_role: list[str] | UnsetType = UNSET
    allow_user_consent_for_risky_apps: bool | UnsetType | None = UNSET
    guest_user_role_id: str | UnsetType | None = UNSET


class _Beta(GraphObject):
    value: list[_Policy]


def _document(body: bytes) -> _Policy:
    """Accept v1.0's object and beta's collection of one."""
    if "value" not in members(body):
        return decode(body, _Policy)
    listed = decode(body, _Beta).value
    if len(listed) != 1:
        msg = f"one authorization policy was expected, {len(listed)} came"
        raise MalformedError(msg)
    return listed[0]


def _parse(bodies: tuple[bytes, ...]) -> AuthorizationPolicy:
    policy = _document(only(bodies))
    role = policy.default_user_role_permissions
    role = role if isinstance(role, _DefaultRole) else _DefaultRole()
    assigned = role.permission_grant_policies_assigned
    if isinstance(assigned, UnsetType):
        assigned = policy.permission_grant_policy_ids_assigned_to_default_user_role
    if isinstance(assigned, UnsetType):
        raise MalformedError("permissionGrantPoliciesAssigned was left out")
    policies, unrecognised = _sort_out(assigned)
    return AuthorizationPolicy(
        assigned=tuple(assigned),
        user_consent=policies,
        unrecognised=unrecognised,
        risky_app_consent=optional(policy.allow_user_consent_for_risky_apps),
        guest_role_id=optional(policy.guest_user_role_id),
        users_can_register_apps=optional(role.allowed_to_create_apps),
        missing=left_out(
            allowUserConsentForRiskyApps=policy.allow_user_consent_for_risky_apps,
            guestUserRoleId=policy.guest_user_role_id,
        ),
    )


def _sort_out(assigned: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the list into policies for user consent and entries of an unknown form.

    Prefixes come in any letter case; entries for data that people own are left aside.
    """
    policies: dict[str, str] = {}
    unrecognised = []
    for entry in assigned:
        folded, policy_id = entry.casefold(), entry[len(_SELF) :]
        if folded.startswith(_SELF) and _is_id(policy_id):
            policies.setdefault(policy_id.casefold(), policy_id)
        elif not folded.startswith(_OWNED):
            unrecognised.append(entry)
    return tuple(policies.values()), tuple(unrecognised)


def _is_id(text: str) -> bool:
    return bool(text) and text.isascii() and all(one.isalnum() or one in "-_" for one in text)


SOURCE = Source(
    name="authorization-policy",
    title="User consent settings",
    subject=Subject.TENANT,
    path="/policies/authorizationPolicy",
    needs=("Policy.Read.All",),
    also=("Policy.ReadWrite.Authorization",),
    why="whether users may consent at all, and under which app consent policies",
    parse=_parse,
)
