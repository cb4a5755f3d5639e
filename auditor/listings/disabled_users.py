"""The users whose accounts are disabled, to find the grants that they still hold."""

from auditor.listings.listing import Listing, Page, Row


class UserRow(Row):
    """One user."""


LISTING = Listing(
    name="disabled-users",
    title="Disabled users",
    path="/users",
    select=("id",),
    filter="accountEnabled eq false",
    needs=("User.Read.All",),
    why="which grants are held by disabled users",
    row=UserRow,
    page=Page[UserRow],
    short=True,
)
