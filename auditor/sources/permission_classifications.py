"""Which permissions of a resource the tenant has classified, as Low for instance."""

from auditor.model.tenant import Classification
from auditor.sources._json import GraphObject, items
from auditor.sources.source import Source, Subject


class _Classification(GraphObject):
    permission_id: str
    permission_name: str | None
    classification: str


def _parse(bodies: tuple[bytes, ...]) -> tuple[Classification, ...]:
    return tuple(
        Classification(
            permission_id=found.permission_id.casefold(),
            permission_name=found.permission_name or "",
            level=found.classification.casefold(),
        )
        for found in items(bodies, _Classification)
    )


SOURCE = Source(
    name="permission-classifications",
    title="Permission classifications of a resource",
    subject=Subject.RESOURCE,
    path="/servicePrincipals(appId='{subject}')/delegatedPermissionClassifications",
    needs=("Application.Read.All",),
    also=("Directory.Read.All",),
    why="whether a permission counts as Low where a policy asks for that",
    parse=_parse,
    pages=True,
    may_be_absent=True,
)
