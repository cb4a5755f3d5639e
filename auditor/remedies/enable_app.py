"""Sign-in to the app is switched off in this tenant."""

from auditor.model.report import Step
from auditor.remedies import portal, powershell
from auditor.remedies.context import APP_ADMINISTRATOR, MINUTES, Context

_UPDATE = "Update-MgServicePrincipal -ServicePrincipalId {} -AccountEnabled:"


def steps(context: Context) -> tuple[Step, ...]:
    """Switch sign-in on again."""
    if context.app_id is None or "app-disabled-in-tenant" not in context.codes:
        return ()
    object_id = context.client.id if context.client else ""
    client = powershell.service_principal_id(object_id, context.app_id)
    return (
        Step(
            title=f"Enable {context.app} for users to sign in",
            why=(
                "An administrator of this tenant switched it off. Find out first why: the audit "
                "log names who did it."
            ),
            role=APP_ADMINISTRATOR,
            portal_path=portal.enterprise_app_path(
                context, "Properties", "Enabled for users to sign in?", "Yes"
            ),
            portal_url=portal.enterprise_app(context, "Properties"),
            powershell=powershell.script(
                powershell.connect(
                    context.facts.cloud, context.tenant_id, "Application.ReadWrite.All"
                ),
                powershell.service_principal("client", context.app_id),
                f"{_UPDATE.format('$client.Id')}$true",
            ),
            undo=f"{_UPDATE.format(client)}$false",
            wait=MINUTES,
        ),
    )
