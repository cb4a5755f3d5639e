"""The shape of a user who reviews requests, alone or as a member of a group."""

from msgspec import UNSET, UnsetType

from auditor.model.tenant import Person
from auditor.sources._json import GraphObject, optional

SELECT = "$select=id,accountEnabled,userType"


class User(GraphObject):
    """What Graph says of one user, as far as it was selected."""

    id: str
    account_enabled: bool | UnsetType | None = UNSET
    user_type: str | UnsetType | None = UNSET


def person(found: User) -> Person:
    """Make our own type of it."""
    return Person(found.id.casefold(), optional(found.user_type), optional(found.account_enabled))
