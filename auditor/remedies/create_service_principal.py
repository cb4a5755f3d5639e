"""The app needs a service principal in this tenant before anything can be granted to it."""

from auditor.model.report import Step
from auditor.remedies import admin_consent, powershell
from auditor.remedies.context import APP_ADMINISTRATOR, Context


def steps(context: Context) -> tuple[Step, ...]:
    """Create it where consent is to be given, or where an own registration lacks it."""
    lacking = "service-principal-missing" in context.codes
    consent = context.client_is_absent and admin_consent.wanted(context)
    if context.app_id is None or not (lacking or consent):
        return ()
    app_id = context.app_id
    return (
        Step(
            title=f"Create the service principal of {context.app}",
            why=(
                f"The tenant does not know the app yet. Compare the app ID {app_id} with the "
                "vendor's document first: this is the app that will be trusted."
            ),
            role=APP_ADMINISTRATOR,
            portal_path="",
            portal_url="",
            powershell=powershell.script(
                powershell.connect(
                    context.facts.cloud, context.tenant_id, "Application.ReadWrite.All"
                ),
                powershell.service_principal("client", app_id),
                powershell.unless_changed(
                    "$client",
                    f"$client = New-MgServicePrincipal -AppId {powershell.quote(app_id)}",
                    "$client | "
                    "Select-Object DisplayName, AppOwnerOrganizationId, VerifiedPublisher",
                ),
            ),
            undo=(
                "Remove-MgServicePrincipal -ServicePrincipalId "
                f"{powershell.service_principal_id('', app_id)} "
                "(run it only if these commands created the service principal)"
            ),
            wait="Up to a minute until it can be given consent.",
        ),
    )
