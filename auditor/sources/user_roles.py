"""Which directory roles one person holds now, through groups included."""

from auditor.sources._json import GraphObject, items
from auditor.sources.source import Source, Subject


class _Role(GraphObject):
    role_template_id: str | None


def _parse(bodies: tuple[bytes, ...]) -> frozenset[str]:
    found = items(bodies, _Role)
    return frozenset(role.role_template_id.casefold() for role in found if role.role_template_id)


SOURCE = Source(
    name="user-roles",
    title="A person's directory roles",
    subject=Subject.USER,
    path=(
        "/users/{subject}/transitiveMemberOf/microsoft.graph.directoryRole"
        "?$select=displayName,roleTemplateId"
    ),
    needs=("Directory.Read.All",),
    why="whether the person of --user-id, or who reviews requests, may consent by role",
    parse=_parse,
    pages=True,
    may_be_absent=True,
)
