"""The shape of a service principal, shared by the client's and the resources' sources."""

from msgspec import UNSET, UnsetType

from auditor.model.tenant import DelegatedPermission, ServicePrincipal
from auditor.sources._json import GraphObject, decode, left_out, only, optional


class _Publisher(GraphObject):
    display_name: str | None = None
    verified_publisher_id: str | None = None


class _Scope(GraphObject):
    id: str
    value: str | None
    type: str | None
    is_enabled: bool


class Shape(GraphObject):
    """What Graph says of one service principal, as far as it was selected."""

    id: str
    app_id: str
    display_name: str | None = None
    account_enabled: bool | UnsetType | None = UNSET
    is_disabled: bool | UnsetType | None = UNSET
    disabled_by_microsoft_status: str | UnsetType | None = UNSET
    app_owner_organization_id: str | UnsetType | None = UNSET
    app_role_assignment_required: bool | UnsetType | None = UNSET
    verified_publisher: _Publisher | UnsetType | None = UNSET
    sign_in_audience: str | UnsetType | None = UNSET
    oauth2_permission_scopes: list[_Scope] | UnsetType = UNSET


def parse(bodies: tuple[bytes, ...]) -> ServicePrincipal:
    """Parse one service principal; selected members that are left out are named."""
    return made(decode(only(bodies), Shape))


def made(found: Shape) -> ServicePrincipal:
    """Make our own type of it."""
    publisher = optional(found.verified_publisher) or _Publisher()
    owner = optional(found.app_owner_organization_id)
    return ServicePrincipal(
        id=found.id.casefold(),
        app_id=found.app_id.casefold(),
        display_name=found.display_name or "",
        account_enabled=optional(found.account_enabled),
        is_disabled=optional(found.is_disabled),
        disabled_by_microsoft=optional(found.disabled_by_microsoft_status),
        owner_tenant=owner.casefold() if owner else None,
        assignment_required=optional(found.app_role_assignment_required),
        publisher_id=publisher.verified_publisher_id or None,
        publisher_name=publisher.display_name or None,
        audience=optional(found.sign_in_audience),
        published=_published(optional(found.oauth2_permission_scopes) or []),
        missing=left_out(
            accountEnabled=found.account_enabled,
            isDisabled=found.is_disabled,
            disabledByMicrosoftStatus=found.disabled_by_microsoft_status,
            appOwnerOrganizationId=found.app_owner_organization_id,
            appRoleAssignmentRequired=found.app_role_assignment_required,
            verifiedPublisher=found.verified_publisher,
            signInAudience=found.sign_in_audience,
            oauth2PermissionScopes=found.oauth2_permission_scopes,
        ),
    )


def _published(scopes: list[_Scope]) -> tuple[DelegatedPermission, ...]:
    return tuple(
        DelegatedPermission(
            id=scope.id.casefold(),
            value=scope.value or "",
            type=scope.type or "",
            enabled=scope.is_enabled,
        )
        for scope in scopes
    )
