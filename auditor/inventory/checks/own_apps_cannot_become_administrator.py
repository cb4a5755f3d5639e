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
and nothing was found; or Graph names no owner of an app that holds one, or the tenant's own id was
not read.

Reads. All service principals and the application permissions that they hold on Microsoft's
resources (Application.Read.All). policies/risk/README.md says which permissions count as a path.
Directory roles are another check's.

Remedy. Use a narrower permission. Take the one away by DELETE
/servicePrincipals/{id}/appRoleAssignments/{id}; it takes a Privileged Role Administrator. Undo:
grant admin consent again, with the same role. Protect what has to stay: no secrets, few owners, an
alert on new credentials.

References. https://learn.microsoft.com/graph/permissions-reference
"""

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
    unless_doubtful,
)
from auditor.inventory.ownership import is_own
from auditor.listings import application_permissions, service_principals
from auditor.model.inventory import Owner
from auditor.model.report import Severity
from auditor.phrases import first_and_rest

_LISTINGS = (service_principals.LISTING.name, application_permissions.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    some = [one for one in context.privileged if one[0].owner is not Owner.MICROSOFT]
    rows = [
        (is_own(app), app.owner, of_app(app, first_and_rest(names)))
        for app, names in sorted(some, key=lambda one: -len(one[1]))
    ]
    verdict = found(
        context,
        _LISTINGS,
        (one for own, _, one in rows if own),
        bad="Apps of this tenant with a path to Global Administrator: {count}.",
        good="No app of this tenant holds an application permission with a path to Global "
        "Administrator.",
    )
    return unless_doubtful(
        verdict,
        (one for _, owner, one in rows if owner is Owner.UNKNOWN),
        "Apps with a path to Global Administrator that may be this tenant's: {count}.",
    )


CHECK = InventoryCheck(
    id="own-apps-cannot-become-administrator",
    title="No app of this tenant can make itself Global Administrator",
    severity=Severity.MEDIUM,
    judge=_judge,
)
