"""What has been consented for the client app: one page of its grants."""

import msgspec

from auditor.model.tenant import DelegatedGrant
from auditor.sources import _grants
from auditor.sources._json import members
from auditor.sources.source import Source, Subject


class GrantPage(msgspec.Struct, frozen=True):
    """The first page of an app's grants, and whether there are more."""

    grants: tuple[DelegatedGrant, ...]
    complete: bool


def _parse(bodies: tuple[bytes, ...]) -> GrantPage:
    grants = _grants.parse(bodies)
    return GrantPage(grants, complete="@odata.nextLink" not in members(bodies[-1]))


SOURCE = Source(
    name="client-grants",
    title="The app's delegated permission grants",
    subject=Subject.CLIENT,
    path="/servicePrincipals(appId='{subject}')/oauth2PermissionGrants?$top=999",
    needs=("Directory.Read.All",),
    also=("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"),
    why="what has already been consented, for everybody or by single users",
    parse=_parse,
    may_be_absent=True,
)
