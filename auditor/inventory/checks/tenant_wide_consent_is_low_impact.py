"""No other organisation's app holds far-reaching permissions for everybody.

What it asks. Which apps of other organisations have been granted delegated permissions for the
whole tenant that our table rates critical or high?

Why it matters. Consent for everybody reaches the mail or files of each person who signs in to the
app, people included who never heard of it. The vendor's security is then part of yours.

Met when. No app of another tenant has such a permission for everybody.

Not met when. At least one that is enabled has. That can be right and wanted: the list is what to
review, and says which apps require assignment. Where all of them are disabled the answer is
*manual*: the consent waits for the day on which somebody enables one.

Unknown when. The service principals or grants were not read, or not to their ends, and nothing was
found that is enabled; or Graph names no owner of such an app.

Reads. All service principals (Application.Read.All) and all delegated permission grants
(Directory.Read.All). Permissions that no table rates are not counted.

Remedy. Review each app with its owner in the business. Take away what is not needed (PATCH the
grant's scope, Cloud Application Administrator; undo: the old scope), or let the app require
assignment, so that it reaches assigned people only.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/manage-application-permissions
"""

from auditor.inventory import far_reaching
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand_if_sure,
    found,
    of_app,
    publisher,
    unless_doubtful,
)
from auditor.listings import delegated_grants, service_principals
from auditor.model.inventory import App, Owner
from auditor.model.report import Severity

_LISTINGS = (service_principals.LISTING.name, delegated_grants.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    hits = sorted(context.far_reaching, key=lambda hit: hit[0].is_disabled)
    rows = [
        (app, of_app(app, f"{far_reaching.words(names)}; {publisher(app)}{_state(app)}"))
        for app, names in hits
    ]
    verdict = found(
        context,
        _LISTINGS,
        (one for app, one in rows if app.owner is Owner.OTHER),
        bad="Apps of other organisations with far-reaching permissions for everybody: {count}.",
        good="No app of another organisation holds a far-reaching permission for everybody.",
    )
    nameless = [(app, one) for app, one in rows if app.owner is Owner.UNKNOWN]
    why = "Apps with such permissions for everybody whose owner Graph does not name: {count}."
    if all(app.is_disabled for app, _ in hits if app.owner is Owner.OTHER):
        enabled = (one for app, one in nameless if not app.is_disabled)
        verdict = by_hand_if_sure(verdict, context, _LISTINGS, enabled, why)
    return unless_doubtful(verdict, (one for _, one in nameless), why)


def _state(app: App) -> str:
    if app.is_disabled:
        return "; disabled"
    return "; requires assignment" if app.assignment_required else ""


CHECK = InventoryCheck(
    id="tenant-wide-consent-is-low-impact",
    title="No other organisation's app holds far-reaching permissions for everybody",
    severity=Severity.MEDIUM,
    judge=_judge,
)
