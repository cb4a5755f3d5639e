"""One person: member or guest."""

from msgspec import UNSET, UnsetType

from auditor.model.tenant import Person
from auditor.sources._json import GraphObject, decode, only, optional
from auditor.sources.source import Source, Subject


class _User(GraphObject):
    id: str
    user_type: str | UnsetType | None = UNSET


def _parse(bodies: tuple[bytes, ...]) -> Person:
    found = decode(only(bodies), _User)
    return Person(id=found.id.casefold(), user_type=optional(found.user_type))


SOURCE = Source(
    name="user",
    title="The person",
    subject=Subject.USER,
    path="/users/{subject}?$select=id,userType",
    needs=("User.Read.All",),
    also=("Directory.Read.All", "User.ReadWrite.All"),
    why="whether the person of --user-id is a member or a guest",
    parse=_parse,
    may_be_absent=True,
)
