"""The tenant's service principals, one page: which other apps a plan would let in."""

import msgspec

from auditor.model.tenant import ServicePrincipal
from auditor.sources import _service_principal
from auditor.sources._json import items, members
from auditor.sources.source import Source, Subject


class PrincipalPage(msgspec.Struct, frozen=True):
    """The first service principals of the tenant, and whether there are more."""

    principals: tuple[ServicePrincipal, ...]
    complete: bool


def _parse(bodies: tuple[bytes, ...]) -> PrincipalPage:
    found = items(bodies, _service_principal.Shape)
    principals = tuple(_service_principal.made(one) for one in found)
    return PrincipalPage(principals, complete="@odata.nextLink" not in members(bodies[-1]))


SOURCE = Source(
    name="service-principals",
    title="The tenant's service principals",
    subject=Subject.TENANT,
    path=(
        "/servicePrincipals?$select=id,appId,displayName,appOwnerOrganizationId,verifiedPublisher"
        "&$top=999"
    ),
    needs=("Application.Read.All",),
    also=("Application.ReadWrite.All", "Directory.Read.All"),
    why="how many other apps of the tenant a plan would let in; no verdict rests on it",
    parse=_parse,
)
