"""No disabled or deleted user holds grants.

What it asks. Does every user who consented for themselves still have an enabled account?

Why it matters. A disabled account cannot sign in, but a refresh token that an app holds may live on
for a while, and if the account is enabled again the app's access is back without a question. Old
grants also hide how few people really use an app.

Met when. No grant of a single user belongs to a disabled user, or to one deleted in the last 30
days.

Not met when. At least one does.

Unknown when. The grants, the service principals or the lists of disabled and deleted users were not
read, or not to their ends, and nothing was found.

Reads. All delegated permission grants (Directory.Read.All), and disabled and deleted users
(User.Read.All). Users deleted longer ago are not listed by Graph.

Remedy. Revoke the user's sessions, then DELETE /oauth2PermissionGrants/{id} for the grants, with
Cloud Application Administrator. There is no undo: the user consents again.

References. https://learn.microsoft.com/graph/api/oauth2permissiongrant-delete
"""

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
)
from auditor.listings import delegated_grants, deleted_users, disabled_users, service_principals
from auditor.model.report import Severity

_LISTINGS = (
    delegated_grants.LISTING.name,
    disabled_users.LISTING.name,
    deleted_users.LISTING.name,
    service_principals.LISTING.name,
)


def _judge(context: InventoryContext) -> InventoryVerdict:
    apps = [one for one in context.inventory.apps if one.users_gone]
    apps.sort(key=lambda one: -one.users_gone)
    return found(
        context,
        _LISTINGS,
        (
            of_app(one, f"{one.users_gone:,} of {one.users:,} users with a grant are gone")
            for one in apps
        ),
        bad="Apps with grants of disabled or deleted users: {count}.",
        good="No app here has grants of a disabled user, or of one deleted within 30 days.",
    )


CHECK = InventoryCheck(
    id="grants-are-held-by-people-who-are-here",
    title="No disabled or deleted user holds grants",
    severity=Severity.LOW,
    judge=_judge,
)
