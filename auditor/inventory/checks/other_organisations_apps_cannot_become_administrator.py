"""No app of another organisation can make itself Global Administrator.

What it asks. Does an app of another organisation hold an application permission from which a path
leads to Global Administrator?

Why it matters. Such an app needs no person to sign in. Whoever gets hold of the vendor's credential
has your tenant, past multifactor authentication and Conditional Access for people.

Met when. No app of another organisation holds such a permission.

Not met when. At least one does, enabled or not. Some paths need something to be in place, such as a
role-assignable group or another app with such a permission; that is not looked at.

Unknown when. The service principals or application permissions were not read, or not to their ends,
and nothing was found; or Graph names no owner of an app that holds one.

Reads. All service principals and the application permissions that they hold on Microsoft's
resources (Application.Read.All). policies/risk/README.md says which permissions count as a path.
Directory roles are another check's.

Remedy. Ask the vendor for a narrower permission. Take the one away by DELETE
/servicePrincipals/{id}/appRoleAssignments/{id}; it takes a Privileged Role Administrator. Undo:
grant admin consent again, with the same role.

References. https://learn.microsoft.com/graph/permissions-reference
"""

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found_of_others,
    publisher,
)
from auditor.inventory.ownership import is_strange
from auditor.listings import application_permissions, service_principals
from auditor.model.report import Severity
from auditor.phrases import first_and_rest

_LISTINGS = (service_principals.LISTING.name, application_permissions.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    some = (one for one in context.privileged if is_strange(one[0]))
    hits = sorted(some, key=lambda one: (bool(one[0].publisher_id), -len(one[1])))
    return found_of_others(
        context,
        _LISTINGS,
        ((app, f"{first_and_rest(names)}; {publisher(app)}") for app, names in hits),
        bad="Apps of other organisations with a path to Global Administrator: {count}.",
        good="No app of another organisation holds an application permission with a path to "
        "Global Administrator.",
        nameless="Apps with a path to Global Administrator whose owner Graph does not name: "
        "{count}.",
    )


CHECK = InventoryCheck(
    id="other-organisations-apps-cannot-become-administrator",
    title="No app of another organisation can make itself Global Administrator",
    severity=Severity.HIGH,
    judge=_judge,
)
