"""Connected apps do not rest on a policy that Microsoft changes.

What it asks. Which connected apps do new users reach only because of an app consent policy whose
content Microsoft decides, and with permissions that are more than low risk?

Why it matters. Microsoft took permissions out of its managed policy in several waves since 2025,
with a message some weeks before and nothing that a program can read. Whoever rests on it breaks at
the next wave: those who are connected notice nothing, and new users are sent to an administrator.
This is the list of who to ask about when the next message comes.

Met when. Without Microsoft's managed policies, the tenant's other policies would open the same, or
the permissions are of low risk, or are granted for everybody.

Not met when. This check does not say so: what Microsoft's next wave takes cannot be known. The
answer is *manual*, and lists what users have consented to by themselves, more than low risk or not
rated, that only a managed policy opens to a new user.

Unknown when. The user consent settings or an assigned policy could not be read; the service
principals or the grants were not read, or not to their ends; or grants lie on resources whose
permissions are not read. It does not apply where no managed policy is assigned.

Reads. As the question about new users: all service principals (Application.Read.All), all grants
(Directory.Read.All), the user consent settings (Policy.Read.All), the assigned policies
(Policy.Read.PermissionGrant). Which policies are managed stands in `policies/managed/`. Microsoft's
apps and apps that are disabled are left out.

Remedy. Consent for everybody to what the vendor needs, before the next wave: Entra ID > Enterprise
apps > the app > Permissions > Grant admin consent, as a Cloud Application Administrator; or assign
a policy of your own, which `consent-auditor plan` proves. Undo: remove the grant, or the policy.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies
"""

from auditor.baselines.settings import unread as unread_settings
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand,
    found,
    of_app,
    unless_doubtful,
)
from auditor.inventory.consentable import Consentable, make_consentable, missing
from auditor.listings import delegated_grants, service_principals
from auditor.model.fact import Unknown
from auditor.model.inventory import App
from auditor.model.report import Judgement, Severity
from auditor.model.risk import Kind, Risk
from auditor.phrases import first_and_rest

_LISTINGS = (service_principals.LISTING.name, delegated_grants.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return InventoryVerdict(Judgement.UNKNOWN, unread_settings(settings).why)
    managed = {context.managed.recommended, *context.managed.mail_client_policies}
    if not managed.intersection(settings.value.user_consent):
        text = "No policy whose content Microsoft changes is assigned."
        return InventoryVerdict(Judgement.NOT_APPLICABLE, text)
    apps = context.connected
    now = make_consentable(context.facts, apps)
    then = make_consentable(context.facts, apps, without=managed)
    resting = ((app, _resting(context, app, now, then)) for app in apps)
    verdict = found(
        context,
        _LISTINGS,
        (of_app(app, _words(app, names)) for app, names in resting if names),
        bad="Apps that new users can connect for as long as Microsoft's policy allows it: {count}.",
        good="No connected app rests on Microsoft's policy with more than low-risk permissions.",
    )
    if verdict.outcome is Judgement.MET and (unread := missing(context.facts)):
        return InventoryVerdict(Judgement.UNKNOWN, unread_settings(*unread).why)
    doubtful = (
        of_app(app, f"{app.users:,} users connected") for app in apps if now.leaves_open(app)
    )
    why = "Apps that users have connected, and it is not known what opens them: {count}."
    return unless_doubtful(by_hand(verdict), doubtful, why)


def _resting(context: InventoryContext, app: App, now: Consentable, then: Consentable) -> list[str]:
    """List what only a managed policy opens, but for what is of low risk."""
    rate = context.risks.rate
    lost = now.open(app) - then.open(app)
    names = {
        name for (api, _), name in lost if rate(api, Kind.DELEGATED, name).risk is not Risk.LOW
    }
    return sorted(names)


def _words(app: App, names: list[str]) -> str:
    return f"{app.users:,} users connected; Microsoft decides on {first_and_rest(names)}"


CHECK = InventoryCheck(
    id="connected-apps-do-not-rest-on-microsofts-policy",
    title="Connected apps do not rest on a policy that Microsoft changes",
    severity=Severity.LOW,
    judge=_judge,
)
