"""The app requires assignment, and whoever signs in is not assigned."""

from auditor.model.report import Step
from auditor.remedies import portal, powershell
from auditor.remedies.context import APP_ADMINISTRATOR, Context

CODES = frozenset({"nobody-assigned", "user-not-assigned"})

_SOMEBODY = "<object ID of the user or group>"


def steps(context: Context) -> tuple[Step, ...]:
    """Assign the person, or those who shall use the app."""
    if context.app_id is None or not context.codes & CODES:
        return ()
    person = powershell.guid(context.request.asker.user_id)
    who = "the person" if person else "the users or the group who shall use it"
    object_id = context.client.id if context.client else ""
    client = powershell.service_principal_id(object_id, context.app_id)
    return (
        Step(
            title=f"Assign {who} to {context.app}",
            why=(
                "Only assigned users can sign in to it. Members of an assigned group count, "
                "members of a group inside that group do not; groups take Entra ID P1."
            ),
            role=APP_ADMINISTRATOR,
            portal_path=portal.enterprise_app_path(context, "Users and groups", "Add user/group"),
            portal_url=portal.enterprise_app(context, "Users"),
            powershell=_script(context, context.app_id, person),
            undo=(
                f"Remove-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId {client} "
                "-AppRoleAssignmentId '<Id that the commands printed>'"
            ),
            wait="At once.",
        ),
    )


def _script(context: Context, app_id: str, person: str | None) -> str:
    return powershell.script(
        powershell.connect(
            context.facts.cloud,
            context.tenant_id,
            "Application.Read.All",
            "AppRoleAssignment.ReadWrite.All",
        ),
        f"$principal = {powershell.quote(person or _SOMEBODY)}",
        powershell.service_principal("client", app_id),
        "$roles = @($client.AppRoles | Where-Object { $_.AllowedMemberTypes -contains 'User' })",
        "if ($roles) {",
        "  Write-Warning 'The app defines roles: choose one of them in the portal.'",
        "} else {",
        "  New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $client.Id "
        "-BodyParameter @{",
        "    principalId = $principal; resourceId = $client.Id; appRoleId = [Guid]::Empty",
        "  } | Format-List Id",
        "}",
    )
