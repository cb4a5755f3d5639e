"""The users deleted in the last 30 days, to find the grants that still name them."""

from auditor.listings.disabled_users import UserRow
from auditor.listings.listing import Listing, Page

LISTING = Listing(
    name="deleted-users",
    title="Deleted users",
    path="/directory/deletedItems/microsoft.graph.user",
    select=("id",),
    needs=("User.Read.All",),
    why="which grants are held by deleted users",
    row=UserRow,
    page=Page[UserRow],
    short=True,
)
