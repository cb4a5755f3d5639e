"""The tenant itself: its id, name and type."""

from msgspec import UNSET, UnsetType, field

from auditor.model.tenant import Organization
from auditor.sources._json import GraphObject, items
from auditor.sources.source import MalformedError, Source, Subject


class _Domain(GraphObject):
    name: str


class _Organization(GraphObject):
    id: str
    display_name: str | None = None
    tenant_type: str | UnsetType | None = UNSET
    verified_domains: list[_Domain] = field(default_factory=list)


def _parse(bodies: tuple[bytes, ...]) -> Organization:
    found = items(bodies, _Organization)
    if len(found) != 1:
        msg = f"one organization was expected, {len(found)} came"
        raise MalformedError(msg)
    one = found[0]
    if isinstance(one.tenant_type, UnsetType):
        raise MalformedError("tenantType was left out")
    return Organization(
        id=one.id.casefold(),
        display_name=one.display_name or "",
        tenant_type=one.tenant_type,
        verified_domains=tuple(domain.name for domain in one.verified_domains),
    )


SOURCE = Source(
    name="organization",
    title="The tenant",
    subject=Subject.TENANT,
    path="/organization?$select=id,displayName,tenantType,verifiedDomains",
    needs=("Organization.Read.All",),
    also=("Directory.Read.All", "Organization.ReadWrite.All", "Directory.ReadWrite.All"),
    why="which apps are the tenant's own, and whether its users can consent at all",
    parse=_parse,
)
