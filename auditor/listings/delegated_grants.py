"""Every delegated permission grant: what users and administrators have consented to.

Graph documents filters by consentType, clientId, principalId and resourceId. Nearly all grants of a
large tenant are those of single users, so dividing by consentType saves nothing, and it would leave
out a kind that Graph adds; ``benchmarks/inventory.py`` measures it.
"""

from auditor.listings.listing import Listing, Page, Row


class GrantRow(Row):
    """One grant; ``scope`` is a list of names with blanks between them."""

    client_id: str
    consent_type: str
    resource_id: str
    principal_id: str | None = None
    scope: str | None = None


LISTING = Listing(
    name="delegated-grants-all",
    title="All delegated permission grants",
    path="/oauth2PermissionGrants",
    select=("id", "clientId", "consentType", "principalId", "resourceId", "scope"),
    needs=("Directory.Read.All",),
    why="what users and administrators have consented to",
    row=GrantRow,
    page=Page[GrantRow],
    delta=True,
)
