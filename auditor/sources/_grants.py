"""The shape of delegated permission grants, shared by every source that lists them."""

from auditor.model.tenant import DelegatedGrant
from auditor.sources._json import GraphObject, items

TENANT_WIDE = "allprincipals"
ONE_USER = "principal"


class _Grant(GraphObject):
    id: str
    client_id: str
    consent_type: str
    resource_id: str
    principal_id: str | None = None
    scope: str | None = None


def parse(bodies: tuple[bytes, ...]) -> tuple[DelegatedGrant, ...]:
    """Parse grants; ``scope`` is split on white space, it often begins with a blank."""
    return tuple(
        DelegatedGrant(
            id=found.id,
            client_id=found.client_id.casefold(),
            consent_type=found.consent_type.casefold(),
            principal_id=found.principal_id.casefold() if found.principal_id else None,
            resource_id=found.resource_id.casefold(),
            scopes=tuple((found.scope or "").split()),
            scope=found.scope,
        )
        for found in items(bodies, _Grant)
    )
