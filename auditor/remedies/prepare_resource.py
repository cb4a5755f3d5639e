"""The API that the app wants to use has to be in the tenant."""

from auditor.model.change import Call, Change, Guard, Lookup, Method, Operation
from auditor.model.plan import Step
from auditor.remedies.context import APP_ADMINISTRATOR, MINUTES, Context
from auditor.scopes import guid


def steps(context: Context) -> tuple[Step, ...]:
    """Set up resources that the tenant lacks; what they then publish has to be read."""
    asked = (one.asked.requirement for one in context.because("resource-not-in-tenant"))
    found = dict.fromkeys((one.resource, one.resource_app_id) for one in asked)
    return tuple(_step(name, guid(app_id)) for name, app_id in found)


def _step(name: str, app_id: str | None) -> Step:
    return Step(
        id=f"set-up-resource-{app_id or 'unknown'}",
        title=f"Set up {name} in this tenant",
        why=(
            f"{name} has no service principal here. Microsoft's services get theirs with a "
            "licence; for another vendor's API an administrator creates it."
        ),
        role=APP_ADMINISTRATOR,
        change=_change(app_id) if app_id else None,
        undo="Delete the service principal under Enterprise apps, if this step created it.",
        wait=MINUTES,
        check=f"{name} is listed under Enterprise apps.",
    )


def _change(app_id: str) -> Change:
    path = f"/servicePrincipals(appId='{app_id}')?$select=id"
    absent = Guard("The API has no service principal yet", path, "", None)
    create = Call(Method.POST, "/servicePrincipals", {"appId": app_id}, result="api")
    delete = Call(Method.DELETE, "/servicePrincipals/{api}")
    return Change(
        scopes=("Application.ReadWrite.All",),
        do=Operation((absent,), (create,)),
        undo=Operation((), (delete,), (Lookup("api", path, "", (), "id"),)),
    )
