"""Permissions that users may consent to under the Low policy get the classification Low."""

from auditor.consent.case import Target
from auditor.consent.explain import joined
from auditor.model.change import Call, Change, Guard, Lookup, Method, Operation
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.tenant import Classification, ServicePrincipal
from auditor.remedies import portal
from auditor.remedies.action import Action, by_requests
from auditor.remedies.context import APP_ADMINISTRATOR, MINUTES, Context
from auditor.remedies.grant_tenant_wide import named, published_ids, published_names
from auditor.scopes import guid


def actions(context: Context) -> tuple[Action, ...]:
    """Classify on each resource what has no classification yet and can be classified."""
    found = []
    for app_id, targets in context.lacking().items():
        resource, listed = context.facts.resource(app_id), context.facts.classifications(app_id)
        wanted = tuple(one for one in targets if _can_be(one))
        if not wanted or not isinstance(resource, Known) or not isinstance(listed, Known):
            continue
        if resource.value is not None and guid(resource.value.id):
            step = _step(context, resource.value, listed.value or (), wanted)
            found.append(by_requests(step))
    return tuple(found)


def _can_be(target: Target) -> bool:
    """Say whether it has no level, and is not reserved to administrators."""
    permission = target.permission
    if permission is None:
        return False
    return target.level == Known("") and permission.type.casefold() == "user"


def _step(
    context: Context,
    resource: ServicePrincipal,
    listed: tuple[Classification, ...],
    wanted: tuple[Target, ...],
) -> Step:
    names = joined([one.name for one in wanted])
    name = wanted[0].asked.requirement.resource
    return Step(
        id=f"classify-low-{resource.app_id}",
        title=f"Classify as Low: {named(wanted)} on {name}",
        why=(
            f"It is about {names}. Low means that users may consent to it for any app that the "
            "Low policy covers, not for this one alone. It does not say that the data is harmless."
        ),
        role=APP_ADMINISTRATOR,
        portal_path="Entra ID > Enterprise apps > Consent and permissions > Permission "
        "classifications > Low > Add permissions",
        portal_url=portal.permission_classifications(context),
        change=_change(resource, listed, wanted),
        undo="Remove them from the list on the same page; consents that users gave stay.",
        wait=MINUTES,
        check="The page lists them under Low.",
    )


def _change(
    resource: ServicePrincipal, listed: tuple[Classification, ...], wanted: tuple[Target, ...]
) -> Change:
    path = f"/servicePrincipals/{resource.id}/delegatedPermissionClassifications"
    pairs = list(zip(published_names(wanted), published_ids(wanted), strict=True))
    old = tuple(one.permission_id for one in listed)
    title = f"What is classified on {resource.display_name}"
    guard = Guard(title, path, "permissionId", old, "value")
    new = (*old, *(found for _, found in pairs))
    after = Guard(title, path, "permissionId", new, "value")
    creates = tuple(
        Call(
            Method.POST,
            path,
            {"permissionId": found, "permissionName": name, "classification": "low"},
        )
        for name, found in pairs
    )
    lookups = tuple(
        Lookup(_name(found), path, "value", (("permissionId", found),), "id") for _, found in pairs
    )
    deletes = tuple(Call(Method.DELETE, f"{path}/{{{one.name}}}") for one in lookups)
    return Change(
        scopes=("Application.Read.All", "Policy.ReadWrite.PermissionGrant"),
        do=Operation((guard,), creates),
        undo=Operation((after,), deletes, lookups),
    )


def _name(permission_id: str) -> str:
    return f"class_{permission_id.replace('-', '_')}"
