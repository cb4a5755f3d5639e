"""The owners of privileged apps.

Privileged are those whose application permissions open a path to Global Administrator. Of others
no owners are read: there may be a hundred thousand of them. ``owners_together`` reads the owners of
several apps at once; this is for those that it leaves open.

Source: learn.microsoft.com/graph/api/serviceprincipal-list-owners (read 2026-11). An app that may
not read users gets their ids alone.
"""

from msgspec import field

from auditor.listings.listing import Listing, Page, Row


class OwnerRow(Row):
    """One owner: a person, or an app."""

    type: str | None = field(default=None, name="@odata.type")
    display_name: str | None = None
    user_principal_name: str | None = None
    user_type: str | None = None
    account_enabled: bool | None = None


MEMBERS = ("id", "displayName", "userPrincipalName", "userType", "accountEnabled")

LISTING = Listing(
    name="app-owners",
    title="Owners of privileged apps",
    path="/servicePrincipals/{part}/owners",
    select=MEMBERS,
    needs=("Application.Read.All",),
    why="who can add a credential to an app that can become Global Administrator",
    row=OwnerRow,
    page=Page[OwnerRow],
    parts=(),
)
