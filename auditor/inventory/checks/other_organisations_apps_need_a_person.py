"""No app of another organisation reaches far into the tenant's data without a person.

What it asks. Which enabled apps of other organisations hold application permissions that our table
rates critical or high, such as those to read or send everybody's mail?

Why it matters. With an application permission an app needs nobody to sign in, and it reaches every
mailbox, file or user at once. Whoever gets hold of the vendor's credential has the same, past
multifactor authentication and Conditional Access for people.

Met when. No enabled app of another organisation holds such a permission.

Not met when. At least one does. That can be right and wanted, as for a backup: the list is what to
review. Permissions with a path to Global Administrator are another check's.

Unknown when. The service principals or application permissions were not read, or not to their ends,
and nothing was found; or Graph names no owner of such an app.

Reads. All service principals and the application permissions that they hold on Microsoft's
resources (Application.Read.All). Permissions that no table rates are not counted. An application
access policy of Exchange Online, which limits one to some mailboxes, is not read. Disabled apps are
left out: they get no tokens.

Remedy. Ask the vendor for a narrower permission, such as Sites.Selected; for mail, let RBAC for
applications of Exchange Online give it some mailboxes instead. Then take the wide one away by
DELETE /servicePrincipals/{id}/appRoleAssignments/{id}; it takes a Privileged Role Administrator.
Undo: grant admin consent again, with the same role.

References. https://learn.microsoft.com/exchange/permissions-exo/application-rbac
"""

from auditor.inventory import far_reaching
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found_of_others,
    publisher,
)
from auditor.listings import application_permissions, service_principals
from auditor.model.report import Severity

_LISTINGS = (service_principals.LISTING.name, application_permissions.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    apps = (one for one in context.strangers if one.held and not one.is_disabled)
    rated = ((app, far_reaching.by_itself(app, context.risks)) for app in apps)
    hits = sorted((one for one in rated if one[1]), key=lambda one: far_reaching.weight(one[1]))
    return found_of_others(
        context,
        _LISTINGS,
        ((app, f"{far_reaching.words(names)}; {publisher(app)}") for app, names in hits),
        bad="Apps of other organisations with far-reaching application permissions: {count}.",
        good="No app of another organisation holds a far-reaching application permission.",
        nameless="Apps with such permissions whose owner Graph does not name: {count}.",
    )


CHECK = InventoryCheck(
    id="other-organisations-apps-need-a-person",
    title="No app of another organisation reaches far into the tenant's data without a person",
    severity=Severity.MEDIUM,
    judge=_judge,
)
