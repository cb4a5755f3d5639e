"""The API that the app wants to use has to be there and switched on."""

from auditor.model.fact import Known
from auditor.model.report import Step
from auditor.remedies import powershell
from auditor.remedies.context import APP_ADMINISTRATOR, MINUTES, Context
from auditor.remedies.portal import ENTERPRISE_APPS

_UNDO_BY_HAND = "Switch it off again on the same page."


def steps(context: Context) -> tuple[Step, ...]:
    """Set up resources that the tenant lacks, and enable those that are disabled."""
    return (
        *(_absent(context, *one) for one in _resources(context, "resource-not-in-tenant")),
        *(_disabled(context, *one) for one in _resources(context, "resource-disabled")),
    )


def _resources(context: Context, code: str) -> dict[tuple[str, str], None]:
    """List name and app ID of the resources concerned, each once."""
    asked = (one.asked.requirement for one in context.because(code))
    return dict.fromkeys((one.resource, one.resource_app_id) for one in asked)


def _absent(context: Context, name: str, app_id: str) -> Step:
    known = powershell.guid(app_id)
    return Step(
        title=f"Set up {name} in this tenant",
        why=(
            f"{name} has no service principal here. Microsoft's services get theirs with a "
            "licence; for another vendor's API an administrator creates it."
        ),
        role=APP_ADMINISTRATOR,
        portal_path="",
        portal_url="",
        powershell=powershell.script(
            _connect(context),
            powershell.service_principal("resource", known),
            powershell.unless_changed(
                "$resource", f"New-MgServicePrincipal -AppId {powershell.quote(known)}"
            ),
        )
        if known
        else "",
        undo="Delete the service principal under Enterprise apps, if this step created it.",
        wait=MINUTES,
    )


def _disabled(context: Context, name: str, app_id: str) -> Step:
    known = powershell.guid(app_id)
    update = "Update-MgServicePrincipal -ServicePrincipalId {} -AccountEnabled:"
    return Step(
        title=f"Enable {name} in this tenant",
        why=f"Its service principal is disabled. Find out first why, and what else uses {name}.",
        role=APP_ADMINISTRATOR,
        portal_path=f"{ENTERPRISE_APPS} > {name} > Properties > Enabled for users to sign in?",
        portal_url="",
        powershell=powershell.script(
            _connect(context),
            powershell.service_principal("resource", known),
            f"{update.format('$resource.Id')}$true",
        )
        if known
        else "",
        undo=f"{update.format(_object_id(context, known))}$false" if known else _UNDO_BY_HAND,
        wait=MINUTES,
    )


def _object_id(context: Context, app_id: str) -> str:
    found = context.facts.resource(app_id)
    object_id = found.value.id if isinstance(found, Known) and found.value else ""
    return powershell.service_principal_id(object_id, app_id)


def _connect(context: Context) -> str:
    scope = "Application.ReadWrite.All"
    return powershell.connect(context.facts.cloud, context.tenant_id, scope)
