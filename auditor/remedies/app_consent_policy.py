"""An app consent policy for one client app and the permissions it asks for, nothing else."""

import re

from auditor.consent.case import Target, publisher
from auditor.consent.explain import joined
from auditor.model.change import Call, Change, Guard, Method, Operation, Value
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.tenant import ServicePrincipal
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.remedies import user_consent
from auditor.remedies.action import Action, by_requests
from auditor.remedies.context import MINUTES, ROLE_ADMINISTRATOR, Context

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
    step = Step(
        id="app-consent-policy",
        title=f"Let users consent to {context.app} alone, with an app consent policy of its own",
        why=(
            f"Users may then consent to {context.app} for {joined([one.name for one in every])}, "
            "each for themselves; no other app gains anything. The other policies stay assigned. "
            "The portal has no page for it."
        ),
        role=ROLE_ADMINISTRATOR,
        change=_change(context, context.app_id, policy_id, old),
        undo=(
            "Take the policy off the list, then delete it. What users consented to meanwhile "
            "stays until somebody revokes it."
        ),
        wait=MINUTES,
        check=user_consent.CHECK,
    )
    return (by_requests(step),)


def _type(target: Target) -> str:
    published = target.published
    known = published.value if isinstance(published, Known) else None
    return known.type.casefold() if known else ""


def _policy_id(context: Context) -> str:
    """Name the policy after the profile; a number follows where the tenant has one of that name."""
    plain = re.sub(r"[^a-z0-9]+", "-", context.request.profile_id.casefold()).strip("-")
    name = f"consent-for-{plain or context.app_id}"[:_LONGEST_NAME]
    settings = context.facts.authorization_policy()
    assigned = settings.value.user_consent if isinstance(settings, Known) else ()
    taken = {one.casefold() for one in assigned}
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next(one for one in names if one not in taken)


def _change(context: Context, app_id: str, policy_id: str, old: tuple[str, ...]) -> Change:
    path = f"{_POLICIES}/{policy_id}"
    new = (*old, user_consent.entry(policy_id, old))
    assign, unassign = user_consent.operations(old, new)
    body: dict[str, Value] = {
        "id": policy_id,
        "displayName": f"User consent for {context.request.name}",
        "description": "One client app and the permissions that it asks for; nothing else.",
    }
    absent = Guard("There is no policy of this id", path, "", None)
    includes = (
        Call(Method.POST, f"{path}/includes", _include(context, app_id, resource, ids))
        for resource, ids in _permissions(context).items()
    )
    return Change(
        scopes=("Policy.ReadWrite.PermissionGrant", user_consent.SCOPE),
        do=Operation(
            (absent, *assign.guards),
            (Call(Method.POST, _POLICIES, body), *includes, *assign.calls),
        ),
        undo=Operation(unassign.guards, (*unassign.calls, Call(Method.DELETE, path))),
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


def _permissions(context: Context) -> dict[str, tuple[str, ...]]:
    """List the ids by resource, with what Entra adds to every first consent."""
    found = {
        app_id: tuple(_id(one) for one in targets) for app_id, targets in context.lacking().items()
    }
    graph = context.facts.resource(MICROSOFT_GRAPH)
    if isinstance(graph, Known) and graph.value is not None:
        more = _added(graph.value)
        mine = found.get(MICROSOFT_GRAPH, ())
        found[MICROSOFT_GRAPH] = (*mine, *(one for one in more if one not in mine))
    return found


def _added(graph: ServicePrincipal) -> tuple[str, ...]:
    return tuple(one.id for one in graph.published if one.value.casefold() in _AUTOMATIC)


def _id(target: Target) -> str:
    published = target.published
    return published.value.id if isinstance(published, Known) and published.value else ""
