"""Apps that hold permissions are in use.

What it asks. Has each app that holds permissions been used lately?

Why it matters. An app that nobody uses any more keeps its grants and credentials, and nobody
notices when somebody else uses them.

Met when. This check cannot say so: sign-ins are not read.

Not met when. This check cannot say so either.

Unknown when. Apps of other organisations or of this tenant hold permissions. It does not apply
where none does.

Reads. All service principals (Application.Read.All) and all grants (Directory.Read.All). The last
use of each app is in GET /reports/servicePrincipalSignInActivities, which Graph offers in its beta
version and the global cloud alone, with AuditLog.Read.All and a licence of Microsoft Entra ID P1.
This program reads Graph's stable version.

Remedy. Entra ID > Enterprise apps > Usage and insights shows the last sign-ins. Disable what nobody
used for months (Cloud Application Administrator; undo: enable it), and delete it a while later.

References. https://learn.microsoft.com/graph/api/reportroot-list-serviceprincipalsigninactivities
"""

from auditor.inventory.check import InventoryCheck, InventoryContext, InventoryVerdict, unread
from auditor.listings import application_permissions, delegated_grants, service_principals
from auditor.model.inventory import Owner
from auditor.model.report import Judgement, Severity

_LISTINGS = (
    service_principals.LISTING.name,
    delegated_grants.LISTING.name,
    application_permissions.LISTING.name,
)


def _judge(context: InventoryContext) -> InventoryVerdict:
    if verdict := unread(context, *_LISTINGS):
        return verdict
    number = sum(
        bool(one.delegated or one.held) and one.owner is not Owner.MICROSOFT
        for one in context.inventory.apps
    )
    if not number and context.inventory.covers(*_LISTINGS):
        return InventoryVerdict(Judgement.NOT_APPLICABLE, "No app holds a permission.")
    text = (
        f"When the apps that hold permissions ({number:,}) were last used is not in Graph's stable "
        "version. GET /beta/reports/servicePrincipalSignInActivities says it, with "
        "AuditLog.Read.All and Microsoft Entra ID P1."
    )
    return InventoryVerdict(Judgement.UNKNOWN, text)


CHECK = InventoryCheck(
    id="apps-are-in-use",
    title="Apps that hold permissions are in use",
    severity=Severity.INFO,
    judge=_judge,
)
