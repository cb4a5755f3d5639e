"""Every delegated permission grant: what users and administrators have consented to."""

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
    parts=("consentType eq 'AllPrincipals'", "consentType eq 'Principal'"),
    divided=True,
    delta=True,
)
