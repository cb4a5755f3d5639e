"""Which apps one person is assigned to, directly or as a direct member of a group.

Source: learn.microsoft.com/graph/api/user-list-approleassignments (read 2026-08): assignments of
groups that the user is a direct member of are listed too (nested groups give no assignment), and
the list is complete only as an advanced query.
"""

from auditor.sources._json import GraphObject, items
from auditor.sources.source import Source, Subject


class _Assignment(GraphObject):
    resource_id: str


def _parse(bodies: tuple[bytes, ...]) -> frozenset[str]:
    return frozenset(found.resource_id.casefold() for found in items(bodies, _Assignment))


SOURCE = Source(
    name="user-assignments",
    title="Apps that the person is assigned to",
    subject=Subject.USER,
    path="/users/{subject}/appRoleAssignments?$count=true",
    needs=("Directory.Read.All",),
    also=("AppRoleAssignment.ReadWrite.All",),
    why="whether the person of --user-id is assigned where the app requires it",
    parse=_parse,
    pages=True,
    advanced=True,
    may_be_absent=True,
)
