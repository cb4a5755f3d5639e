"""An own app registration that does not fit what the vendor needs."""

from auditor.model.decision import Answer
from auditor.model.profile import Registration
from auditor.model.report import Step
from auditor.model.tenant import Application
from auditor.remedies import portal, powershell
from auditor.remedies.context import APP_ADMINISTRATOR, APP_DEVELOPER, MINUTES, Context

PLATFORMS = {
    "web": ("Web", "web_redirect_uris"),
    "spa": ("Spa", "spa_redirect_uris"),
    "public": ("PublicClient", "public_redirect_uris"),
}
"""Graph's member and ours for the redirect URIs of each platform."""

_OWNER = (
    f"Whoever owns the registration can do it; for somebody else's it takes a {APP_ADMINISTRATOR}."
)

_HERE = "AzureADMyOrg"
_ELSEWHERE = "It opens sign-in to accounts of other organizations. "


def steps(context: Context) -> tuple[Step, ...]:
    """Add redirect URIs, change the audience, renew the credential, activate the registration."""
    app, wanted = context.application, context.request.registration
    if app is None:
        return ()
    active = _active(context, app)
    if wanted is None:
        return active
    return (
        *active,
        *_audience(context, app, wanted),
        *_redirects(context, app, wanted),
        *_credential(context, app),
    )


def _failed(context: Context, name: str) -> str:
    """Say in the decision's words what is wrong; empty where nothing is."""
    checks = context.decision.registration
    texts = [one.text for one in checks if one.name == name and one.answer is Answer.NO]
    return " ".join(dict.fromkeys(texts))


def _script(context: Context, *lines: str) -> str:
    if context.app_id is None:
        return ""
    scope = "Application.ReadWrite.All"
    sign_in = powershell.connect(context.facts.cloud, context.tenant_id, scope)
    return powershell.script(sign_in, powershell.registration(context.app_id), *lines)


def _id(context: Context, app: Application) -> str:
    return powershell.registration_id(app.id, context.app_id or "")


def _active(context: Context, app: Application) -> tuple[Step, ...]:
    if not context.codes & _DEACTIVATED:
        return ()
    if not app.is_disabled and "isDisabled" not in app.missing:
        return (_lagging(context),)
    patch = 'Invoke-MgGraphRequest -Method PATCH -Uri "/v1.0/applications/$({})" -Body '
    return (
        Step(
            title=f"Activate the app registration {context.app}",
            why=("Somebody deactivated it, so Entra issues no tokens for it. Find out first why."),
            role=APP_ADMINISTRATOR,
            portal_path=portal.registration_path(context, "Overview", "Activate"),
            portal_url=portal.registration(context, "Overview"),
            powershell=_script(context, f"{patch.format('$app.Id')}@{{ isDisabled = $false }}"),
            undo=f"{patch.format(_id(context, app))}@{{ isDisabled = $true }}",
            wait=MINUTES,
        ),
    )


def _lagging(context: Context) -> Step:
    """Wait for a mark that only follows the registration's."""
    return Step(
        title=f"Wait until the service principal of {context.app} is active too",
        why=(
            "The app registration is active, but its service principal is still marked as "
            "deactivated. The mark follows the registration. Where it stays, deactivate the "
            "registration and activate it again."
        ),
        role=APP_ADMINISTRATOR,
        portal_path=portal.registration_path(context, "Overview", "Activate"),
        portal_url=portal.registration(context, "Overview"),
        powershell="",
        undo="",
        wait=MINUTES,
    )


_DEACTIVATED = frozenset({"registration-deactivated", "app-deactivated-by-owner"})


def _audience(context: Context, app: Application, wanted: Registration) -> tuple[Step, ...]:
    text = _failed(context, "audience")
    if not text or not wanted.audiences:
        return ()
    new, old = wanted.audiences[0], app.audience or ""
    changed = f"$app.SignInAudience -ne {powershell.quote(old)}"
    update = "Update-MgApplication -ApplicationId {} -SignInAudience "
    return (
        Step(
            title=f"Change the supported account types to {new}",
            why=f"{text} {'' if new == _HERE else _ELSEWHERE}{_OWNER}",
            role=APP_DEVELOPER,
            portal_path=portal.registration_path(
                context, "Authentication", "Supported account types"
            ),
            portal_url=portal.registration(context, "Authentication"),
            powershell=_script(
                context,
                powershell.unless_changed(
                    changed, f"{update.format('$app.Id')}{powershell.quote(new)}"
                ),
            ),
            undo=f"{update.format(_id(context, app))}{powershell.quote(old)}",
            wait=MINUTES,
        ),
    )


def _redirects(context: Context, app: Application, wanted: Registration) -> tuple[Step, ...]:
    text = _failed(context, "redirect-uri")
    if not text:
        return ()
    member, attribute = PLATFORMS[wanted.platform]
    old: tuple[str, ...] = getattr(app, attribute)
    new = [one for one in wanted.redirect_uris if one not in old]
    update = f"Update-MgApplication -ApplicationId {{}} -{member} @{{{{ RedirectUris = "
    return (
        Step(
            title=f"Add the redirect URI of {context.request.name}",
            why=f"{text} Entra compares it exactly, letter case included. {_OWNER}",
            role=APP_DEVELOPER,
            portal_path=portal.registration_path(context, "Authentication", "Add a platform"),
            portal_url=portal.registration(context, "Authentication"),
            powershell=_script(
                context,
                f"$audited = {powershell.quoted_list(old)}",
                f"$now = @($app.{member}.RedirectUris | Where-Object {{ $_ }})",
                powershell.unless_changed(
                    "-not $app -or (Compare-Object $audited $now -CaseSensitive)",
                    f"{update.format('$app.Id')}$now + {powershell.quoted_list(new)} }}",
                ),
            ),
            undo=f"{update.format(_id(context, app))}{powershell.quoted_list(old)} }}",
            wait=MINUTES,
        ),
    )


def _credential(context: Context, app: Application) -> tuple[Step, ...]:
    text = _failed(context, "credential")
    if not text:
        return ()
    name = powershell.quote(context.request.name)
    return (
        Step(
            title="Add a certificate or client secret, and give it to the vendor's settings",
            why=(
                f"{text} A secret is shown once and is a password: put it into "
                f"{context.request.name} and nowhere else. Where the tenant forbids secrets, use "
                f"a certificate. {_OWNER}"
            ),
            role=APP_DEVELOPER,
            portal_path=portal.registration_path(context, "Certificates & secrets"),
            portal_url=portal.registration(context, "Credentials"),
            powershell=_script(
                context,
                "$ends = (Get-Date).ToUniversalTime().AddMonths(6)",
                "$secret = Add-MgApplicationPassword -ApplicationId $app.Id "
                f"-PasswordCredential @{{ displayName = {name}; endDateTime = $ends }}",
                "$secret | Format-List KeyId, SecretText",
            ),
            undo=(
                f"Remove-MgApplicationPassword -ApplicationId {_id(context, app)} "
                "-KeyId '<KeyId that the commands printed>'"
            ),
            wait=MINUTES,
        ),
    )
