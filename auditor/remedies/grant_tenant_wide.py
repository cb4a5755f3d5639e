"""Consent by an administrator for everybody: for this app and what it lacks, nothing else.

No other app gains anything, and the settings on user consent stay as they are.
"""

from collections.abc import Sequence

from auditor.consent.case import Target, undeclared
from auditor.consent.explain import joined
from auditor.model.change import Call, Change, Guard, Lookup, Method, Operation, Ref, Value
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.tenant import DelegatedGrant, ServicePrincipal
from auditor.remedies import create_service_principal, portal
from auditor.remedies.action import Action, by_requests, together
from auditor.remedies.cautions import cautions
from auditor.remedies.context import APP_ADMINISTRATOR, AT_ONCE, Context
from auditor.scopes import guid

SCOPES = ("Application.Read.All", "DelegatedPermissionGrant.ReadWrite.All")


def actions(context: Context) -> tuple[Action, ...]:
    """Consent to the permissions that are not granted yet, on every resource."""
    found = resources(context)
    known = isinstance(context.facts.grants(context.request.app_id or ""), Known)
    if context.app_id is None or not known or not found:
        return ()
    own = context.application is not None
    path = portal.registration_path if own else portal.enterprise_app_path
    pages = ("API permissions",) if own else ("Security", "Permissions")
    page = portal.registration(context, "CallAnAPI")
    step = Step(
        id="grant-tenant-wide",
        title=f"Consent for everybody to {context.app}: {listed(found)}",
        why=_why(context, tuple(one for _, targets in found for one in targets)),
        role=APP_ADMINISTRATOR,
        portal_path=path(context, *pages, "Grant admin consent"),
        portal_url=page if own else portal.enterprise_app(context, "Permissions"),
        change=together(
            [
                _change(context, context.app_id, one, published_names(targets))
                for one, targets in found
            ]
        ),
        undo="Revoke what was added on the Permissions page of the enterprise app.",
        wait=AT_ONCE,
        check="The Permissions page lists them under Admin consent.",
    )
    return (by_requests(step),)


Lacking = tuple[tuple[ServicePrincipal, tuple[Target, ...]], ...]


def resources(context: Context, *, personal: bool = False) -> Lacking:
    """List each resource with what the app lacks on it, where the resource is known.

    Args:
        context: The tenant and the request.
        personal: What the named person has counts as granted.
    """
    found = []
    for app_id, targets in context.lacking(personal=personal).items():
        resource = context.facts.resource(app_id)
        if isinstance(resource, Known) and resource.value and guid(resource.value.id):
            found.append((resource.value, targets))
    return tuple(found)


def listed(found: Lacking) -> str:
    """Name the permissions by resource, for a title."""
    return "; ".join(
        f"{named(targets)} on {targets[0].asked.requirement.resource}" for _, targets in found
    )


def named(targets: Sequence[Target]) -> str:
    """Name some permissions, or say how many there are."""
    few = len(targets) <= _FEW
    return joined([one.name for one in targets]) if few else f"{len(targets)} permissions"


def published_names(targets: Sequence[Target]) -> list[str]:
    """Name permissions as the resource spells them."""
    return [one.permission.value if one.permission else one.name for one in targets]


def published_ids(targets: Sequence[Target]) -> list[str]:
    """Give the ids of published permissions."""
    return [one.permission.id for one in targets if one.permission]


_FEW = 3
_ASSIGNMENT = (
    "Where only some shall use the app, let it require assignment (Properties > Assignment "
    "required?)."
)
_PORTAL = (
    "The portal consents to the list of the app's registration and may replace earlier consent; "
    "the commands add exactly these."
)


def _why(context: Context, targets: tuple[Target, ...]) -> str:
    names = joined([one.name for one in targets])
    client = context.client
    reach = (
        f"It lets {context.app} have {names} for every user who signs in to it, and changes "
        "nothing for other apps."
    )
    texts = (
        reach,
        *cautions(context, targets),
        "" if client is not None and client.assignment_required else _ASSIGNMENT,
        _PORTAL,
        _undeclared(context, targets),
    )
    return " ".join(text for text in texts if text)


def _undeclared(context: Context, targets: tuple[Target, ...]) -> str:
    """Name what the portal cannot consent to yet, as an own registration does not list it."""
    app = context.application
    if app is None or "requiredResourceAccess" in app.missing:
        return ""
    names = undeclared(app, targets)
    if not names:
        return ""
    return f"In the portal, first add under API permissions what is not listed: {joined(names)}."


def _change(context: Context, app_id: str, resource: ServicePrincipal, names: list[str]) -> Change:
    old = context.tenant_wide(resource.app_id)
    if old is not None:
        return more_scopes(old, names)
    client = context.client
    client_id: Value = client.id if client else Ref(create_service_principal.CLIENT)
    shown = client.id if client else f"{{{create_service_principal.CLIENT}}}"
    body = {
        "clientId": client_id,
        "consentType": "AllPrincipals",
        "resourceId": resource.id,
        "scope": " ".join(names),
    }
    lookups = () if client else (create_service_principal.lookup(app_id),)
    return new_grant(body, shown, resource.id, lookups)


def new_grant(
    body: dict[str, Value], client_id: str, resource_id: str, lookups: tuple[Lookup, ...]
) -> Change:
    """Give the change that makes a new grant.

    Args:
        body: Graph's grant.
        client_id: The service principal's id, or ``{name}`` where the plan creates it.
        resource_id: The resource's service principal.
        lookups: What finds the client where it is created first.
    """
    person = body.get("principalId")
    shown = f"{{{person.name}}}" if isinstance(person, Ref) else person
    whose = f"principalId%20eq%20'{shown}'" if person else "consentType%20eq%20'AllPrincipals'"
    listing = f"/oauth2PermissionGrants?$filter=clientId%20eq%20'{client_id}'%20and%20{whose}"
    where = (("resourceId", resource_id),)
    name = f"grant_{resource_id.replace('-', '_')}"
    title = "There is no such grant yet"
    absent = Guard(title, listing, "id", (), "value", where)
    same = Guard("The grant is as it was made", listing, "scope", (body["scope"],), "value", where)
    create = Call(Method.POST, "/oauth2PermissionGrants", body, patient=bool(lookups))
    return Change(
        scopes=SCOPES,
        do=Operation(() if lookups else (absent,), (create,)),
        undo=Operation(
            (same,),
            (Call(Method.DELETE, f"/oauth2PermissionGrants/{{{name}}}"),),
            (*lookups, Lookup(name, listing, "value", where, "id")),
        ),
    )


def more_scopes(old: DelegatedGrant, names: list[str]) -> Change:
    """Give the change that adds permissions to a grant there is."""
    new = " ".join((*old.scopes, *names))
    return Change(SCOPES, _patch(old.id, old.scope, new), _patch(old.id, new, old.scope))


def _patch(grant_id: str, before: str | None, after: str | None) -> Operation:
    path = f"/oauth2PermissionGrants/{grant_id}"
    guard = Guard("What has been consented to", path, "scope", before)
    return Operation((guard,), (Call(Method.PATCH, path, {"scope": after}),))
