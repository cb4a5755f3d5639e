"""No app of this tenant can make itself Global Administrator.

What it asks. Does an own app or managed identity hold an application permission from which a path
leads to Global Administrator?

Why it matters. Who can add a credential to such an app, or run code where its identity lives, can
become Global Administrator: its owners, Application Administrators, whoever deploys it. Few of them
think of themselves as that.

Met when. No own app and no managed identity holds such a permission.

Not met when. At least one does. Automation may need it: then the list is what to protect like an
administrator.

Unknown when. The service principals or application permissions were not read, or not to their ends,
and nothing was found.

Reads. All service principals and the application permissions that they hold on Microsoft's
resources (Application.Read.All). policies/risk/README.md says which permissions count as a path.
Directory roles that an app holds are not read.

Remedy. Use a narrower permission. Take the one away by DELETE
/servicePrincipals/{id}/appRoleAssignments/{id}; it takes a Privileged Role Administrator. Undo:
grant admin consent again, with the same role. Protect what has to stay: no secrets, few owners, an
alert on new credentials.

References. https://learn.microsoft.com/graph/permissions-reference
"""

from auditor.inventory import privilege
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
)
from auditor.inventory.ownership import is_own
from auditor.listings import application_permissions, service_principals
from auditor.model.inventory import Owner
from auditor.model.report import Severity

_LISTINGS = (service_principals.LISTING.name, application_permissions.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    own = [one for one in context.privileged if is_own(one[0])]
    hits = [one for one in own if one[0].owner is not Owner.MICROSOFT]
    hits.sort(key=lambda one: -len(one[1]))
    return found(
        context,
        _LISTINGS,
        (of_app(app, privilege.words(names)) for app, names in hits),
        bad="Apps of this tenant with a path to Global Administrator: {count}.",
        good="No app of this tenant has a path to Global Administrator.",
    )


CHECK = InventoryCheck(
    id="own-apps-cannot-become-administrator",
    title="No app of this tenant can make itself Global Administrator",
    severity=Severity.MEDIUM,
    judge=_judge,
)
