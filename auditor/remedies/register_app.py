"""The vendor wants an app registration of the customer's own, and there is none."""

from auditor.model.change import Call, Change, Method, Operation, Value
from auditor.model.decision import PermissionDecision
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.profile import Registration
from auditor.remedies import portal
from auditor.remedies.context import APP_DEVELOPER, MINUTES, Context
from auditor.remedies.repair_registration import PLATFORMS
from auditor.scopes import guid


def steps(context: Context) -> tuple[Step, ...]:
    """Register the app as the vendor's document asks; its app ID is known afterwards alone."""
    wanted = context.request.registration
    if wanted is None or "app-not-registered" not in context.codes:
        return ()
    settings = context.facts.authorization_policy()
    open_to_all = isinstance(settings, Known) and settings.value.users_can_register_apps is True
    step = Step(
        id="register-app",
        title=f"Register an app for {context.request.name}, or correct the app ID",
        why=(
            f"{context.sentence('app-not-registered')} A new registration gets an app ID of "
            "its own: audit again with that one."
            + (" This tenant lets every user register apps." if open_to_all else "")
        ),
        role="" if open_to_all else APP_DEVELOPER,
        portal_path=f"{portal.APP_REGISTRATIONS} > New registration",
        portal_url=portal.new_registration(context),
        change=_change(context, wanted),
        undo="Delete the registration under App registrations.",
        wait=MINUTES,
        check="It is listed under App registrations, with its app ID.",
    )
    return (step,)


def _change(context: Context, wanted: Registration) -> Change:
    member, _ = PLATFORMS[wanted.platform]
    body: dict[str, Value] = {
        "displayName": context.request.name,
        "signInAudience": wanted.audiences[0] if wanted.audiences else "AzureADMyOrg",
        member: {"redirectUris": wanted.redirect_uris},
        "requiredResourceAccess": _declared(context.decision.permissions),
    }
    create = Call(Method.POST, "/applications", body, result="registration")
    return Change(("Application.ReadWrite.All",), Operation((), (create,)), undo=None)


def _declared(permissions: tuple[PermissionDecision, ...]) -> tuple[Value, ...]:
    """List the permissions by resource; those that the tenant does not publish are left out."""
    ids: dict[str, list[str]] = {}
    for one in permissions:
        home = guid(one.asked.requirement.resource_app_id)
        if home and one.id and guid(one.id):
            ids.setdefault(home, []).append(one.id)
    return tuple(
        {
            "resourceAppId": home,
            "resourceAccess": tuple({"id": one, "type": "Scope"} for one in found),
        }
        for home, found in ids.items()
    )
