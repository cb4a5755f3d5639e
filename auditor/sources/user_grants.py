"""What one person has consented."""

from auditor.sources import _grants
from auditor.sources.source import Source, Subject

SOURCE = Source(
    name="user-grants",
    title="The person's own grants",
    subject=Subject.USER,
    path="/oauth2PermissionGrants?$filter=principalId eq '{subject}'",
    needs=("Directory.Read.All",),
    also=("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"),
    why="what the person of --user-id has already consented",
    parse=_grants.parse,
    pages=True,
)
