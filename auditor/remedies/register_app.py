"""The vendor wants an app registration of the customer's own, and there is none."""

from auditor.model.decision import PermissionDecision
from auditor.model.fact import Known
from auditor.model.profile import Registration
from auditor.model.report import Step
from auditor.remedies import portal, powershell
from auditor.remedies.context import APP_DEVELOPER, MINUTES, Context
from auditor.remedies.repair_registration import PLATFORMS


def steps(context: Context) -> tuple[Step, ...]:
    """Register the app as the vendor's document asks."""
    wanted = context.request.registration
    if wanted is None or "app-not-registered" not in context.codes:
        return ()
    settings = context.facts.authorization_policy()
    open_to_all = isinstance(settings, Known) and settings.value.users_can_register_apps is True
    return (
        Step(
            title=f"Register an app for {context.request.name}, or correct the app ID",
            why=(
                f"{context.sentence('app-not-registered')} A new registration gets an app ID of "
                "its own: audit again with that one."
                + (" This tenant lets every user register apps." if open_to_all else "")
            ),
            role="" if open_to_all else APP_DEVELOPER,
            portal_path=f"{portal.APP_REGISTRATIONS} > New registration",
            portal_url=portal.new_registration(context),
            powershell=_script(context, wanted),
            undo="Remove-MgApplication -ApplicationId '<Id that the commands printed>'",
            wait=MINUTES,
        ),
    )


def _script(context: Context, wanted: Registration) -> str:
    member, _ = PLATFORMS[wanted.platform]
    audience = powershell.quote(wanted.audiences[0]) if wanted.audiences else "'AzureADMyOrg'"
    return powershell.script(
        powershell.connect(context.facts.cloud, context.tenant_id, "Application.ReadWrite.All"),
        "$app = New-MgApplication -BodyParameter @{",
        f"  displayName = {powershell.quote(context.request.name)}",
        f"  signInAudience = {audience}",
        f"  {member[0].lower()}{member[1:]} = "
        f"@{{ redirectUris = {powershell.quoted_list(wanted.redirect_uris)} }}",
        "  requiredResourceAccess = @(",
        *_declared(context.decision.permissions),
        "  )",
        "}",
        "New-MgServicePrincipal -AppId $app.AppId",
        "$app | Format-List AppId, Id",
    )


def _declared(permissions: tuple[PermissionDecision, ...]) -> list[str]:
    """List the permissions by resource; those that the tenant does not publish are left out."""
    ids: dict[str, list[str]] = {}
    for one in permissions:
        home, found = powershell.guid(one.asked.requirement.resource_app_id), one.id
        if home and found and powershell.guid(found):
            ids.setdefault(home, []).append(found)
    return [
        f"    @{{ resourceAppId = '{home}'; resourceAccess = @("
        + ", ".join(f"@{{ id = '{one}'; type = 'Scope' }}" for one in found)
        + ") }"
        for home, found in ids.items()
    ]
