"""Who is assigned one directory role now; who may only activate it is not listed.

Source: learn.microsoft.com/graph/api/rbacapplication-list-roleassignments (read 2026-11), which
lets ``Directory.Read.All`` read this too; the auditor needs that one anyway, and the narrower
``RoleManagement.Read.Directory`` would be one permission more.
"""

import msgspec
from msgspec import UNSET, UnsetType

from auditor.model.tenant import RoleHolder
from auditor.sources._json import GraphObject, items, optional
from auditor.sources.source import Source, Subject

_USER = "#microsoft.graph.user"


class _Principal(GraphObject):
    type: str | UnsetType | None = msgspec.field(default=UNSET, name="@odata.type")
    account_enabled: bool | UnsetType | None = UNSET
    user_type: str | UnsetType | None = UNSET


class _Assignment(GraphObject):
    principal_id: str
    directory_scope_id: str | None
    principal: _Principal | UnsetType | None = UNSET


def _parse(bodies: tuple[bytes, ...]) -> tuple[RoleHolder, ...]:
    return tuple(_holder(one) for one in items(bodies, _Assignment))


def _holder(found: _Assignment) -> RoleHolder:
    principal = optional(found.principal) or _Principal()
    kind = optional(principal.type)
    is_user = kind == _USER if kind else bool(optional(principal.user_type))
    return RoleHolder(
        id=found.principal_id.casefold(),
        is_user=is_user,
        enabled=optional(principal.account_enabled),
        tenant_wide=found.directory_scope_id == "/",
    )


SOURCE = Source(
    name="role-holders",
    title="Who holds a directory role",
    subject=Subject.REVIEWER,
    path=(
        "/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{subject}'"
        "&$expand=principal($select=id,accountEnabled,userType)"
    ),
    needs=("Directory.Read.All",),
    why="whether the reviewers of the admin consent workflow can decide",
    parse=_parse,
    pages=True,
)
