"""The app needs a service principal in this tenant before anything can be granted to it."""

from dataclasses import replace

from auditor.model.change import Call, Change, Guard, Lookup, Method, Operation
from auditor.model.plan import Step
from auditor.model.profile import Publisher
from auditor.remedies.action import Action, World, by_requests
from auditor.remedies.context import APP_ADMINISTRATOR, Context
from auditor.simulate import edited, simulated_id
from auditor.sources import client_service_principal

CLIENT = "client"
"""The name under which later requests refer to the new service principal."""


def actions(context: Context) -> tuple[Action, ...]:
    """Create it, where the tenant surely has none."""
    app_id, wanted = context.app_id, context.request.registration
    if app_id is None or not context.client_is_absent:
        return ()
    if wanted is not None and not wanted.elsewhere and context.application is None:
        return ()  # it is registered nowhere, so there is nothing to make it from
    step = Step(
        id="create-service-principal",
        title=f"Create the service principal of {context.app}",
        why=(
            f"The tenant does not know the app yet. Compare the app ID {app_id} with the "
            "vendor's document first: this is the app that will be trusted."
        ),
        role=APP_ADMINISTRATOR,
        change=_change(app_id),
        undo="Delete it again under Enterprise apps; what was granted to it goes with it.",
        wait="Up to a minute until it can be given consent.",
        check=f"{context.app} is listed under Enterprise apps.",
    )
    return (Action(step, lambda world: _created(world, step)),)


def _created(world: World, step: Step) -> World:
    """Create it; what was stated about its publisher is what its owner's tenant knows of it."""
    world = by_requests(step).effect(world)
    stated, source = world.request.publisher, client_service_principal.SOURCE
    if stated is Publisher.UNKNOWN:
        return world
    verified = stated is Publisher.VERIFIED
    mark = {"verifiedPublisherId": simulated_id("publisher") if verified else None}
    facts = edited(
        world.facts,
        source,
        world.request.app_id or "",
        lambda found: {**found, "verifiedPublisher": mark},
    )
    return replace(world, facts=facts)


def lookup(app_id: str) -> Lookup:
    """Find the service principal that this step created, for what undoes it."""
    return Lookup(CLIENT, f"/servicePrincipals(appId='{app_id}')?$select=id", "", (), "id")


def _unused() -> tuple[Guard, ...]:
    """Compare, before it is deleted, that nothing but this plan has made use of it."""
    path = f"/servicePrincipals/{{{CLIENT}}}"
    grants, people = f"{path}/oauth2PermissionGrants", f"{path}/appRoleAssignedTo"
    return (
        Guard("Nothing is granted to the app", grants, "id", (), "value"),
        Guard("Nobody is assigned to the app", people, "id", (), "value"),
    )


def _change(app_id: str) -> Change:
    path = f"/servicePrincipals(appId='{app_id}')"
    absent = Guard("The app has no service principal yet", f"{path}?$select=id", "", None)
    create = Call(Method.POST, "/servicePrincipals", {"appId": app_id}, result=CLIENT)
    delete = Call(Method.DELETE, f"/servicePrincipals/{{{CLIENT}}}")
    return Change(
        scopes=("Application.ReadWrite.All",),
        do=Operation((absent,), (create,)),
        undo=Operation(_unused(), (delete,), (lookup(app_id),)),
    )
