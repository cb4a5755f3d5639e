"""How many users and groups are assigned to the client app."""

from auditor.model.tenant import Count
from auditor.sources._json import GraphObject, items, members
from auditor.sources.source import Source, Subject


class _Assignment(GraphObject):
    principal_id: str | None
    principal_type: str | None


def _parse(bodies: tuple[bytes, ...]) -> Count:
    found = items(bodies, _Assignment)
    people = [one for one in found if (one.principal_type or "") != "ServicePrincipal"]
    return Count(len(people), exact="@odata.nextLink" not in members(bodies[-1]))


SOURCE = Source(
    name="client-assignments",
    title="Users and groups assigned to the app",
    subject=Subject.CLIENT,
    path=(
        "/servicePrincipals(appId='{subject}')/appRoleAssignedTo"
        "?$select=principalId,principalType&$top=999"
    ),
    needs=("Application.Read.All",),
    also=("Application.ReadWrite.All", "Directory.Read.All"),
    why="who can sign in where the app requires assignment",
    parse=_parse,
    may_be_absent=True,
)
