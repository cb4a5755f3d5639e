"""The client app's service principal in this tenant."""

from auditor.sources import _service_principal
from auditor.sources.source import Source, Subject

SOURCE = Source(
    name="client-service-principal",
    title="The app's service principal",
    subject=Subject.CLIENT,
    path=(
        "/servicePrincipals(appId='{subject}')?$select=id,appId,displayName,accountEnabled,"
        "isDisabled,disabledByMicrosoftStatus,appOwnerOrganizationId,appRoleAssignmentRequired,"
        "verifiedPublisher,signInAudience"
    ),
    needs=("Application.Read.All",),
    also=("Application.ReadWrite.All", "Directory.Read.All"),
    why="whether the app is known, enabled, verified and open to every user",
    parse=_service_principal.parse,
    may_be_absent=True,
)
