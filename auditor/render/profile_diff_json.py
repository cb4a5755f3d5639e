"""The JSON of ``profiles diff``, version 1. Members may be added, none may change or go."""

import msgspec

from auditor import __version__
from auditor.model.tenant import Count
from auditor.profile_diff import Conclusion, ProfileDiff, Row, conclusions
from auditor.render.json_text import json_text
from auditor.render.json_v1 import TenantV1, ToolV1
from auditor.render.plan_json import json_moment

SCHEMA = "consent-auditor/profile-diff/v1"


class CountV1(msgspec.Struct, frozen=True):
    """How many users, or at least how many."""

    number: int
    exact: bool


class PermissionV1(msgspec.Struct, frozen=True):
    """One permission on all three sides; each answer is yes, no or unknown."""

    resource_app_id: str
    resource: str
    value: str
    asked: str
    required: bool
    features: tuple[str, ...]
    requested: str
    granted_tenant_wide: str
    users_with_own_grant: CountV1 | None
    covered_by: str | None
    conclusions: tuple[str, ...]


class ProfileDiffV1(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: str
    tool: ToolV1
    tenant: TenantV1
    collected_at: str
    profile: str
    profile_name: str
    app_id: str
    registration: str
    permissions: tuple[PermissionV1, ...]
    conclusions: dict[str, tuple[str, ...]]
    """By code, the permissions' names."""
    unknown: tuple[str, ...]


def render_profile_diff_json(found: ProfileDiff) -> bytes:
    """Write the comparison of a profile with a tenant."""
    document = ProfileDiffV1(
        schema=SCHEMA,
        tool=ToolV1("entra-consent-auditor", __version__),
        tenant=TenantV1(found.tenant_id, found.tenant_name, found.cloud),
        collected_at=json_moment(found.collected_at),
        profile=found.profile_id,
        profile_name=found.name,
        app_id=found.app_id,
        registration=found.registration,
        permissions=tuple(map(_permission, found.rows)),
        conclusions={
            one.value: tuple(row.value for row in found.concluded(one)) for one in Conclusion
        },
        unknown=found.unknown,
    )
    return json_text(document)


def _permission(row: Row) -> PermissionV1:
    return PermissionV1(
        resource_app_id=row.resource_app_id,
        resource=row.resource,
        value=row.value,
        asked=row.asked,
        required=row.required,
        features=row.features,
        requested=row.listed,
        granted_tenant_wide=row.granted,
        users_with_own_grant=_count(row.users),
        covered_by=row.covered_by or None,
        conclusions=tuple(one.value for one in conclusions(row)),
    )


def _count(users: Count | None) -> CountV1 | None:
    return CountV1(users.number, users.exact) if users else None
