"""What a tenant contains, as Graph names it, in small frozen types.

Members that Graph left out although they were selected stand in ``missing``; a rule that needs
one of them answers unknown. Words that Graph may extend (audience, type, status) stay text.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

import msgspec


class Organization(msgspec.Struct, frozen=True):
    """The tenant itself (``organization``)."""

    id: str
    display_name: str
    tenant_type: str | None
    """``AAD``, ``AAD B2C`` or ``CIAM``; other values may come."""
    verified_domains: tuple[str, ...]


class AuthorizationPolicy(msgspec.Struct, frozen=True):
    """The user-consent settings (``authorizationPolicy``)."""

    assigned: tuple[str, ...]
    """``permissionGrantPoliciesAssigned``, as written."""
    user_consent: tuple[str, ...]
    """Ids of the assigned policies for user consent, as written, without repeats."""
    unrecognised: tuple[str, ...]
    """Assigned entries of an unknown form."""
    risky_app_consent: bool | None
    """``allowUserConsentForRiskyApps``; null means not set."""
    guest_role_id: str | None
    users_can_register_apps: bool | None
    missing: frozenset[str]


@dataclass(frozen=True, slots=True)
class ConditionSet:
    """A ``permissionGrantConditionSet``. None in a field means the tenant's answer omits it."""

    id: str
    permission_type: str | None
    permission_classification: str | None
    permissions: tuple[str, ...] | None
    resource_application: str | None
    client_application_ids: tuple[str, ...] | None
    client_application_tenant_ids: tuple[str, ...] | None
    client_application_publisher_ids: tuple[str, ...] | None
    verified_publisher_only: bool | None
    certified_only: bool | None
    sensitivity_labels: str | None
    """``labelKind`` of beta's ``scopeSensitivityLabels``."""
    explicit_nulls: frozenset[str]
    """Conditions given as an explicit null; read as omitted, with a caveat."""
    unrecognised: frozenset[str]
    """Members that we do not know and that are not null."""


class PermissionGrantPolicy(msgspec.Struct, frozen=True):
    """An app consent policy (``permissionGrantPolicy``)."""

    id: str
    display_name: str
    includes: tuple[ConditionSet, ...]
    excludes: tuple[ConditionSet, ...]
    unrecognised: frozenset[str]
    """Members that may change what the policy covers and that we cannot evaluate."""


class DelegatedPermission(msgspec.Struct, frozen=True):
    """One published delegated permission (``permissionScope``)."""

    id: str
    value: str
    type: str
    """``User`` or ``Admin``; other values may come."""
    enabled: bool


class ServicePrincipal(msgspec.Struct, frozen=True):
    """An app's service principal (portal: enterprise application)."""

    id: str
    app_id: str
    display_name: str
    account_enabled: bool | None
    is_disabled: bool | None
    disabled_by_microsoft: str | None
    owner_tenant: str | None
    assignment_required: bool | None
    publisher_id: str | None
    """``verifiedPublisher.verifiedPublisherId``; None when not verified."""
    publisher_name: str | None
    audience: str | None
    """``signInAudience``."""
    published: tuple[DelegatedPermission, ...]
    missing: frozenset[str]
    """Selected members that the answer does not have at all, by their Graph names."""


class Classification(msgspec.Struct, frozen=True):
    """A ``delegatedPermissionClassification``."""

    permission_id: str
    permission_name: str
    level: str
    """``low``, ``medium`` or ``high``; other values may come."""


class DelegatedGrant(msgspec.Struct, frozen=True):
    """An ``oAuth2PermissionGrant``. Ids are object ids of service principals and users."""

    id: str
    client_id: str
    consent_type: str
    """``AllPrincipals`` or ``Principal``; other values may come."""
    principal_id: str | None
    resource_id: str
    scopes: tuple[str, ...]
    scope: str | None = None
    """As Graph writes it: with blanks, one often at the beginning; may be null."""


class Count(msgspec.Struct, frozen=True):
    """How many there are, or that there are at least so many (one page was read)."""

    number: int
    exact: bool


class ClientGrants(msgspec.Struct, frozen=True):
    """What has been consented for one client app."""

    tenant_wide: tuple[DelegatedGrant, ...]
    """``AllPrincipals`` grants, complete."""
    own: Count
    """Users with a grant of their own."""
    undecided: tuple[DelegatedGrant, ...]
    """Grants of a consent type that we do not know."""
    single: tuple[DelegatedGrant, ...] = ()
    """The grants that ``own`` counts: those of single users, as far as one page goes."""


@unique
class ReviewerKind(StrEnum):
    """Whom a reviewer's query finds."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"
    OTHER = "other"
    """A query of a form that we do not know."""


class WorkflowReviewer(msgspec.Struct, frozen=True):
    """One reviewer of the admin consent workflow: a Graph query for users, groups or a role."""

    query: str
    kind: ReviewerKind
    id: str
    """Object id of the user or group, or the role's id, lower case; empty for ``OTHER``."""


_MOST_REVIEWERS = 20


class AdminConsentWorkflow(msgspec.Struct, frozen=True):
    """``adminConsentRequestPolicy``."""

    enabled: bool
    notify_reviewers: bool | None
    reminders: bool | None
    duration_days: int | None
    reviewers: tuple[WorkflowReviewer, ...]

    @property
    def distinct(self) -> tuple[WorkflowReviewer, ...]:
        """The reviewers without repeats."""
        return tuple({(one.kind, one.id or one.query): one for one in self.reviewers}.values())

    @property
    def examined(self) -> tuple[WorkflowReviewer, ...]:
        """The reviewers that are looked at: very many would take very many reads."""
        return self.distinct[:_MOST_REVIEWERS]


class ConsentSettings(msgspec.Struct, frozen=True):
    """Directory setting "Consent Policy Settings". None where the tenant has no such value."""

    block_risky_apps: bool | None
    admin_consent_requests: bool | None
    unrecognised: frozenset[str]
    """Names whose value is neither true nor false."""
    group_specific_consent: bool | None = None
    """``EnableGroupSpecificConsent``: owners may consent to apps for their group's data."""


class Credential(msgspec.Struct, frozen=True):
    """A secret or certificate of an app registration; never its value."""

    kind: str
    """``secret`` or ``certificate``."""
    name: str
    ends: datetime | None


class DeclaredPermission(msgspec.Struct, frozen=True):
    """One entry of ``requiredResourceAccess``."""

    resource_app_id: str
    permission_id: str
    kind: str
    """``Scope`` (delegated) or ``Role`` (application)."""


class Application(msgspec.Struct, frozen=True):
    """An app registration of this tenant."""

    id: str
    app_id: str
    display_name: str
    audience: str | None
    web_redirect_uris: tuple[str, ...]
    spa_redirect_uris: tuple[str, ...]
    public_redirect_uris: tuple[str, ...]
    declared: tuple[DeclaredPermission, ...]
    credentials: tuple[Credential, ...]
    is_disabled: bool | None
    missing: frozenset[str]

    @property
    def declared_delegated(self) -> frozenset[tuple[str, str]]:
        """Resource app ID and permission id of every delegated permission that it lists."""
        return frozenset(
            (one.resource_app_id, one.permission_id)
            for one in self.declared
            if one.kind.casefold() == "scope"
        )


class Person(msgspec.Struct, frozen=True):
    """One user of the tenant."""

    id: str
    user_type: str | None
    """``Member`` or ``Guest``; other values may come."""
    enabled: bool | None = None
    """``accountEnabled``; None where it was not asked for or not shown."""


class Group(msgspec.Struct, frozen=True):
    """One group of the tenant."""

    id: str
    visibility: str | None
    """``HiddenMembership`` keeps the members from whoever may not read hidden ones."""


class GroupMembers(msgspec.Struct, frozen=True):
    """Users in a group, through groups in it too: the first page, and whether there are more."""

    people: tuple[Person, ...]
    complete: bool


class RoleHolder(msgspec.Struct, frozen=True):
    """Who is assigned a directory role now (``unifiedRoleAssignment``)."""

    id: str
    """Object id of a user, a group or a service principal."""
    is_user: bool
    enabled: bool | None
    """``accountEnabled``; None where it is not shown, and for groups."""
    tenant_wide: bool
    """Not limited to an administrative unit or to one app."""
