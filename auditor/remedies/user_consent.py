"""The list of app consent policies that the default user role has, changed as a whole.

Graph replaces the list; every entry that stays is carried over as it is written: those for data
that people own, custom ones, and those of a form that we do not know.
"""

from dataclasses import replace

from auditor.model.change import Operation
from auditor.remedies.action import patch

PATH = "/policies/authorizationPolicy"
_MEMBER = "defaultUserRolePermissions.permissionGrantPoliciesAssigned"
_SELF = "ManagePermissionGrantsForSelf."
SCOPE = "Policy.ReadWrite.Authorization"
PORTAL_PATH = "Entra ID > Enterprise apps > Consent and permissions > User consent settings"
CHECK = (
    "Read the list again after a few minutes: some tenants answer a change with success and do "
    "not keep it."
)


def entry(policy_id: str, assigned: tuple[str, ...]) -> str:
    """Write a policy as an entry of the list, with the prefix in the tenant's own letter case."""
    written = (one[: len(_SELF)] for one in assigned if _is_own(one))
    return f"{next(written, _SELF)}{policy_id}"


def _is_own(text: str) -> bool:
    return text.casefold().startswith(_SELF.casefold())


def without(assigned: tuple[str, ...], policy_ids: frozenset[str]) -> tuple[str, ...]:
    """Leave out the entries for user consent that name one of these policies (lower case)."""
    return tuple(
        one for one in assigned if not (_is_own(one) and one[len(_SELF) :].casefold() in policy_ids)
    )


def operations(
    old: tuple[str, ...], new: tuple[str, ...], *, patient: bool = False
) -> tuple[Operation, Operation]:
    """Give the operation that changes the list and the one that takes it back.

    Args:
        old: As audited.
        new: What it shall be.
        patient: It names a policy that an earlier request of the plan makes.
    """
    title = "The app consent policies of the default user role"
    do, undo = patch(PATH, title, _MEMBER, old, new)
    if patient:
        do = replace(do, calls=tuple(replace(one, patient=True) for one in do.calls))
    return do, undo
