"""New users can connect the apps that others have connected.

What it asks. Of each app that single users have consented to: could a user who has not consented
yet do the same today?

Why it matters. Settings govern new consent alone. After a change, such as Microsoft's of 2025 and
2026, those who are connected notice nothing, and whoever starts after it is sent to an
administrator. No data is at risk, but the next rollout stops.

Met when. Everything that single users have consented to is open to new users too, or granted for
everybody.

Not met when. Users have consented by themselves to a permission that the assigned app consent
policies do not open to a new user. The answer says how many users are connected, and which
permissions new ones fail on if the app still asks for them. An app of an unverified publisher
counts as risky where risk-based step-up is on, as Entra treats those registered since November
2020. To an app that requires assignment nobody can consent for themselves. What Microsoft's next
change of its managed policy will close cannot be known beforehand.

Unknown when. The user consent settings or an assigned policy could not be read; the service
principals or the grants were not read, or not to their ends; grants lie on resources whose
permissions are not read; or Graph names no owner of such an app.

Reads. All service principals (Application.Read.All), all grants (Directory.Read.All), the user
consent settings (Policy.Read.All), the assigned policies (Policy.Read.PermissionGrant) and the
permissions of Microsoft Graph, Exchange Online and SharePoint Online. Each permission is judged by
itself, although one policy has to open all that an app asks for at once. Microsoft's apps and apps
that are disabled are left out.

Remedy. Consent for everybody: Entra ID > Enterprise apps > the app > Permissions > Grant admin
consent, as a Cloud Application Administrator; `consent-auditor plan` proves narrower ways. Undo:
remove the grant. Until then leave the grants of single users alone.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent
"""

from auditor.baselines.settings import unread as unread_settings
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
    unless_doubtful,
)
from auditor.inventory.consentable import make_consentable, missing
from auditor.listings import delegated_grants, service_principals
from auditor.model.fact import Unknown
from auditor.model.inventory import App, Owner
from auditor.model.report import Judgement, Severity
from auditor.phrases import first_and_rest

_LISTINGS = (service_principals.LISTING.name, delegated_grants.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return InventoryVerdict(Judgement.UNKNOWN, unread_settings(settings).why)
    consentable = make_consentable(context.facts, context.connected)
    closed = [(app, consentable.closed(app)) for app in context.connected]
    # What is granted for everybody may stand on a page that was not read.
    whole = context.inventory.covers(delegated_grants.LISTING.name)
    verdict = found(
        context,
        _LISTINGS,
        (
            of_app(app, _words(app, names))
            for app, names in closed
            if names and whole and app.owner is not Owner.UNKNOWN
        ),
        bad="Apps that users have connected and new users cannot: {count}.",
        good="New users can connect every app that single users have connected.",
    )
    if verdict.outcome is Judgement.MET and (unread := missing(context.facts)):
        return InventoryVerdict(Judgement.UNKNOWN, unread_settings(*unread).why)
    doubtful = (
        of_app(app, f"{app.users:,} users connected")
        for app, names in closed
        if consentable.leaves_open(app) or (names and app.owner is Owner.UNKNOWN)
    )
    why = "Apps that users have connected, and it is not known whether new users can: {count}."
    return unless_doubtful(verdict, doubtful, why)


def _words(app: App, names: list[str]) -> str:
    needs = first_and_rest(names)
    why = "" if app.publisher_id or app.owner is Owner.HERE else "; its publisher is not verified"
    why = "; it requires assignment" if app.assignment_required else why
    return f"{app.users:,} users connected; new users need an administrator for {needs}{why}"


CHECK = InventoryCheck(
    id="new-users-can-connect-apps-in-use",
    title="New users can connect the apps that others have connected",
    severity=Severity.MEDIUM,
    judge=_judge,
)
