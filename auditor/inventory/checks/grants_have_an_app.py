"""Every grant belongs to an app that is there.

What it asks. Does every delegated permission grant name an app and a resource that are in the
tenant?

Why it matters. A grant without its app gives nobody anything. It hides what is really granted, and
where an app comes back under the same object id, its consent is there already.

Met when. The app and the resource of every grant are among the tenant's service principals.

Not met when. The app or the resource of at least one grant is not.

Unknown when. The grants or the service principals were not read, or not to their ends, and nothing
was found.

Reads. All delegated permission grants (Directory.Read.All) and all service principals
(Application.Read.All).

Remedy. DELETE /oauth2PermissionGrants/{id}, with Cloud Application Administrator; there is no undo,
so note the scope before. Users may have to consent again if the app returns.

References. https://learn.microsoft.com/graph/api/oauth2permissiongrant-delete
"""

from auditor.inventory.check import InventoryCheck, InventoryContext, InventoryVerdict, found
from auditor.listings import delegated_grants, service_principals
from auditor.model.inventory import Affected
from auditor.model.report import Severity


def _judge(context: InventoryContext) -> InventoryVerdict:
    names = delegated_grants.LISTING.name, service_principals.LISTING.name
    gone = sorted(context.inventory.dangling, key=lambda one: -one.grants)
    affected = (
        Affected(
            one.client_id,
            one.client_id,
            f"{one.grants:,} grants on the resource {one.resource_id}",
        )
        # A listing that is cut short makes apps look gone that are there.
        for one in (gone if context.inventory.covers(*names) else ())
    )
    return found(
        context,
        names,
        affected,
        bad="Pairs of app and resource with grants although one of the two is gone: {count}.",
        good="Every grant's app and resource are in the tenant.",
    )


CHECK = InventoryCheck(
    id="grants-have-an-app",
    title="Every grant belongs to an app that is there",
    severity=Severity.LOW,
    judge=_judge,
)
