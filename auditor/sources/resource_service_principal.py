"""A resource app (Microsoft Graph, Exchange Online …) and the permissions that it publishes."""

from auditor.sources import _service_principal
from auditor.sources.source import Source, Subject

SOURCE = Source(
    name="resource-service-principal",
    title="A resource and its permissions",
    subject=Subject.RESOURCE,
    path=(
        "/servicePrincipals(appId='{subject}')"
        "?$select=id,appId,displayName,accountEnabled,oauth2PermissionScopes"
    ),
    needs=("Application.Read.All",),
    also=("Application.ReadWrite.All", "Directory.Read.All"),
    why="which permissions exist and which of them only an administrator can grant",
    parse=_service_principal.parse,
    may_be_absent=True,
)
