"""An app consent policy for one client app and the permissions it asks for, nothing else."""

import re

from auditor.consent.case import Target, publisher
from auditor.consent.explain import joined
from auditor.model.change import Call, Change, Guard, Method, Operation, Value
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.remedies import user_consent
from auditor.remedies.action import Action, by_requests
from auditor.remedies.context import MINUTES, ROLE_ADMINISTRATOR, Context
from auditor.remedies.grant_tenant_wide import published_ids, published_names

_POLICIES = "/policies/permissionGrantPolicies"
_AUTOMATIC = frozenset({"offline_access", "user.read"})
"""What Entra adds to a first consent; a policy without it would not cover the prompt."""
_LONGEST_NAME = 60


def actions(context: Context) -> tuple[Action, ...]:
    """Create the policy and assign it beside what is there.

    Nothing where a permission is reserved to administrators: a policy for users should not open
    it, and whether it could is not documented.
    """
    settings = context.facts.authorization_policy()
    lacking = context.lacking()
    every = [one for targets in lacking.values() for one in targets]
    if context.app_id is None or not isinstance(settings, Known) or not every:
        return ()
    if any(_type(one) != "user" for one in every):
        return ()
    old, policy_id = settings.value.assigned, _policy_id(context)
    return (
        by_requests(_create(context, context.app_id, policy_id)),
        by_requests(_assign(context, policy_id, old)),
    )


def _create(context: Context, app_id: str, policy_id: str) -> Step:
    permissions = _permissions(context)
    names = [name for one in permissions.values() for name in one.values()]
    return Step(
        id="create-app-consent-policy",
        title=f"Create an app consent policy for {context.app} alone",
        why=(
            f"The policy {policy_id} lets users consent to {context.app} for {joined(names)}, and "
            "to nothing else; what Entra adds to every first consent is among them. Alone it does "
            "nothing. The portal has no page for it."
        ),
        role=ROLE_ADMINISTRATOR,
        change=_creation(context, app_id, policy_id, permissions),
        undo="Delete the policy, once it is no longer assigned.",
        wait=MINUTES,
        check="Graph lists the policy with its include conditions.",
    )


def _assign(context: Context, policy_id: str, old: tuple[str, ...]) -> Step:
    new = (*old, user_consent.entry(policy_id, old))
    do, undo = user_consent.operations(old, new, patient=True)
    return Step(
        id="assign-app-consent-policy",
        title=f"Assign the policy {policy_id} to users, beside what is assigned",
        why=(
            f"Users may then consent to {context.app}, each for themselves; no other app gains "
            "anything, and the other policies stay assigned. The portal has no page for it."
        ),
        role=ROLE_ADMINISTRATOR,
        change=Change((user_consent.SCOPE,), do, undo),
        undo=(
            "Take the policy off the list. What users consented to meanwhile stays until somebody "
            "revokes it."
        ),
        wait=MINUTES,
        check=user_consent.CHECK,
    )


def _type(target: Target) -> str:
    return target.permission.type.casefold() if target.permission else ""


def _policy_id(context: Context) -> str:
    """Name the policy after the profile and the day, so that none of another day is in the way."""
    plain = re.sub(r"[^a-z0-9]+", "-", context.request.profile_id.casefold()).strip("-")
    day = f"{context.facts.collected_at:%Y%m%d}"
    name = f"consent-for-{plain or context.app_id}"[:_LONGEST_NAME] + f"-{day}"
    settings = context.facts.authorization_policy()
    assigned = settings.value.user_consent if isinstance(settings, Known) else ()
    taken = {one.casefold() for one in assigned}
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next(one for one in names if one not in taken)


_Permissions = dict[str, dict[str, str]]
"""By resource: ids and names."""


def _creation(context: Context, app_id: str, policy_id: str, permissions: _Permissions) -> Change:
    path = f"{_POLICIES}/{policy_id}"
    body: dict[str, Value] = {
        "id": policy_id,
        "displayName": f"User consent for {context.request.name}",
        "description": "One client app and the permissions that it asks for; nothing else.",
    }
    absent = Guard("There is no policy of this id", path, "", None)
    includes = (
        Call(
            Method.POST,
            f"{path}/includes",
            _include(context, app_id, resource, tuple(found)),
            patient=True,
        )
        for resource, found in permissions.items()
    )
    return Change(
        scopes=("Policy.ReadWrite.PermissionGrant",),
        do=Operation((absent,), (Call(Method.POST, _POLICIES, body), *includes)),
        undo=Operation((), (Call(Method.DELETE, path),)),
    )


def _include(
    context: Context, app_id: str, resource_app_id: str, ids: tuple[str, ...]
) -> dict[str, Value]:
    verified = publisher(context.case)
    return {
        "permissionType": "delegated",
        "resourceApplication": resource_app_id,
        "permissions": ids,
        "clientApplicationIds": (app_id,),
        "clientApplicationsFromVerifiedPublisherOnly": isinstance(verified, Known)
        and verified.value is not None,
    }


def _permissions(context: Context) -> _Permissions:
    """List ids and names by resource, with what Entra adds to every first consent."""
    found = {
        app_id: dict(zip(published_ids(targets), published_names(targets), strict=True))
        for app_id, targets in context.lacking().items()
    }
    graph = context.facts.resource(MICROSOFT_GRAPH)
    published = graph.value.published if isinstance(graph, Known) and graph.value else ()
    more = {one.id: one.value for one in published if one.value.casefold() in _AUTOMATIC}
    if more:
        found[MICROSOFT_GRAPH] = found.get(MICROSOFT_GRAPH, {}) | more
    return found
