"""The application permissions that apps hold on Microsoft's resources.

Graph has no listing of all app role assignments. Those of one resource are a listing, so this
takes the resources of Microsoft whose application permissions reach a whole tenant.
"""

from auditor.listings.listing import Listing, Page, Row
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE

AZURE_AD_GRAPH = "00000002-0000-0000-c000-000000000000"
INTUNE = "0000000a-0000-0000-c000-000000000000"
DEFENDER = "fc780465-2017-40d4-a0c5-307022471b92"
MANAGEMENT_ACTIVITY = "c5393580-f805-4401-95e8-94b7a6ef2fc2"
POWER_BI = "00000009-0000-0000-c000-000000000000"


class AssignmentRow(Row):
    """One app role assignment; the principal is a person, a group or a service principal."""

    app_role_id: str
    principal_id: str
    resource_id: str
    principal_type: str | None = None
    created_date_time: str | None = None

    @property
    def is_of_app(self) -> bool:
        """Whether an app holds it, or may: kinds that Graph adds are no people."""
        return (self.principal_type or "").lower() not in {"user", "group"}


LISTING = Listing(
    name="application-permissions",
    title="Application permissions on Microsoft's resources",
    path="/servicePrincipals(appId='{part}')/appRoleAssignedTo",
    select=("id", "appRoleId", "principalId", "principalType", "resourceId", "createdDateTime"),
    needs=("Application.Read.All",),
    why="which apps can act without a person, and on what",
    row=AssignmentRow,
    page=Page[AssignmentRow],
    parts=(
        MICROSOFT_GRAPH,
        EXCHANGE_ONLINE,
        SHAREPOINT_ONLINE,
        AZURE_AD_GRAPH,
        INTUNE,
        DEFENDER,
        MANAGEMENT_ACTIVITY,
        POWER_BI,
    ),
    may_be_absent=True,
    short=True,
)
