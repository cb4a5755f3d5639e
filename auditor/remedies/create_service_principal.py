"""The app needs a service principal in this tenant before anything can be granted to it."""

from auditor.model.change import Call, Change, Guard, Lookup, Method, Operation
from auditor.model.plan import Step
from auditor.remedies.action import Action, by_requests
from auditor.remedies.context import APP_ADMINISTRATOR, Context

CLIENT = "client"
"""The name under which later requests refer to the new service principal."""


def actions(context: Context) -> tuple[Action, ...]:
    """Create it, where the tenant surely has none."""
    app_id = context.app_id
    if app_id is None or not context.client_is_absent:
        return ()
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
    return (by_requests(step),)


def lookup(app_id: str) -> Lookup:
    """Find the service principal that this step created, for what undoes it."""
    return Lookup(CLIENT, f"/servicePrincipals(appId='{app_id}')?$select=id", "", (), "id")


def _change(app_id: str) -> Change:
    path = f"/servicePrincipals(appId='{app_id}')"
    absent = Guard("The app has no service principal yet", f"{path}?$select=id", "", None)
    create = Call(Method.POST, "/servicePrincipals", {"appId": app_id}, result=CLIENT)
    delete = Call(Method.DELETE, f"/servicePrincipals/{{{CLIENT}}}")
    return Change(
        scopes=("Application.ReadWrite.All",),
        do=Operation((absent,), (create,)),
        undo=Operation((), (delete,), (lookup(app_id),)),
    )
