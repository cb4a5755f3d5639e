"""One group whose members review requests for admin consent: there still?

``Directory.Read.All``, which the auditor needs anyway, reads groups too; the narrower
``GroupMember.Read.All`` would be one permission more.
"""

from msgspec import UNSET, UnsetType

from auditor.model.tenant import Group
from auditor.sources._json import GraphObject, decode, only, optional
from auditor.sources.source import Source, Subject


class _Group(GraphObject):
    id: str
    visibility: str | UnsetType | None = UNSET


def _parse(bodies: tuple[bytes, ...]) -> Group:
    found = decode(only(bodies), _Group)
    return Group(found.id.casefold(), optional(found.visibility))


SOURCE = Source(
    name="reviewer-group",
    title="A reviewing group",
    subject=Subject.REVIEWER,
    path="/groups/{subject}?$select=id,visibility",
    needs=("Directory.Read.All",),
    why="whether the reviewers of the admin consent workflow can decide",
    parse=_parse,
    may_be_absent=True,
)
