"""The app's tenant-wide grants alone, read where one page does not hold all its grants."""

from auditor.sources import _grants
from auditor.sources.source import Source, Subject

SOURCE = Source(
    name="tenant-wide-grants",
    title="The app's tenant-wide grants",
    subject=Subject.CLIENT_OBJECT,
    path=(
        "/oauth2PermissionGrants?$filter=clientId eq '{subject}' and consentType eq 'AllPrincipals'"
    ),
    needs=("Directory.Read.All",),
    also=("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"),
    why="what an administrator has consented for everybody, for an app with very many users",
    parse=_grants.parse,
    pages=True,
)
