"""The owners of the registrations of privileged apps, by app ID.

An app's registration and its service principal have owners of their own; either may add a
credential. Where Graph does not find a registration that another listing has, its owners are
unknown.

Source: learn.microsoft.com/graph/api/application-list-owners (read 2026-11).
"""

from auditor.listings.app_owners import MEMBERS, OwnerRow
from auditor.listings.listing import Listing, Page

LISTING = Listing(
    name="registration-owners",
    title="Owners of the registrations of privileged apps",
    path="/applications(appId='{part}')/owners",
    select=MEMBERS,
    needs=("Application.Read.All",),
    why="who can add a credential to an app that can become Global Administrator",
    row=OwnerRow,
    page=Page[OwnerRow],
    parts=(),
)
