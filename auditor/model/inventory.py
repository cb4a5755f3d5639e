"""What a whole tenant holds: apps, registrations, grants; the nouns of the inventory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

import msgspec

from auditor.model.app_management import AppManagement
from auditor.model.baseline import ControlResult
from auditor.model.cloud import Cloud
from auditor.model.report import Judgement, Severity
from auditor.model.risk import Risk, RiskTable


@unique
class Owner(StrEnum):
    """Whose app a service principal belongs to."""

    HERE = "this-tenant"
    MICROSOFT = "microsoft"
    OTHER = "other-tenant"
    UNKNOWN = "unknown"
    """Graph names no owner, or the tenant's own id could not be read."""


@unique
class Coverage(StrEnum):
    """How far a listing was read."""

    READ = "read"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"
    NOT_ASKED = "not-asked"


class Secret(msgspec.Struct, frozen=True, gc=False):
    """A client secret or a certificate, without what is secret about it."""

    kind: str
    """``secret`` or ``certificate``."""
    key_id: str
    name: str
    starts: datetime | None
    ends: datetime | None
    usage: str
    """``Sign`` or ``Verify`` of a certificate, as Graph says it; empty for a secret."""


class Delegated(msgspec.Struct, frozen=True, gc=False):
    """What one app may do on one resource for people who sign in."""

    resource_id: str
    """Object id of the resource's service principal."""
    resource_app_id: str
    """Empty where the resource's service principal is not in the tenant."""
    resource: str
    """Its name; its object id where it has none."""
    for_all: tuple[str, ...]
    """Permissions consented for everybody, sorted."""
    by_users: Mapping[str, int]
    """Number of users who consented for themselves, by permission."""
    users: int
    """Users with a grant of their own on this resource."""
    grants: int
    """Grants in all, the one for everybody included."""


class Held(msgspec.Struct, frozen=True, gc=False):
    """An application permission that an app holds."""

    resource_app_id: str
    role_id: str
    value: str
    """The permission's name; empty where no table has the id."""


class App(msgspec.Struct, frozen=True, gc=False):
    """One service principal with everything that it may do."""

    id: str
    app_id: str
    name: str
    owner: Owner
    owner_tenant: str
    publisher_id: str
    """Of a verified publisher; empty where nobody is verified."""
    publisher: str
    enabled: bool | None
    disabled_by_microsoft: str
    assignment_required: bool | None
    type: str
    """``Application``, ``ManagedIdentity``, ``Legacy``, ``SocialIdp`` or what Graph adds."""
    audience: str
    tags: tuple[str, ...]
    secrets: tuple[Secret, ...]
    delegated: tuple[Delegated, ...]
    held: tuple[Held, ...]
    users: int
    """Different users with a grant of their own to this app."""
    users_gone: int
    """Of these, disabled or deleted ones."""

    @property
    def is_disabled_by_microsoft(self) -> bool:
        """Whether Microsoft disabled it everywhere; the status may be ``NotDisabled``, too."""
        return self.disabled_by_microsoft.casefold().startswith("disabled")

    @property
    def is_disabled(self) -> bool:
        """Whether nobody can use it: disabled here, by its owner or by Microsoft."""
        return self.enabled is False or self.is_disabled_by_microsoft


class AppOwner(msgspec.Struct, frozen=True, gc=False):
    """Who owns an app or its registration, and so may add a credential to it."""

    id: str
    name: str
    """Of a person the user principal name, of an app its name; the id where Graph shows neither."""
    type: str
    """``user``, ``servicePrincipal`` or what Graph adds; empty where it is not shown."""
    guest: bool | None
    """None where it is not shown, or not as a type that is known here."""
    enabled: bool | None
    """None where it is not shown."""


@dataclass(frozen=True, slots=True)
class AppOwners:
    """The owners of one privileged app, and of its registration if it is registered here."""

    people: tuple[AppOwner, ...]
    unread: str = ""
    """Why there may be more; empty where these are all."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of those who are known."""
        return tuple(one.name for one in self.people)


class Registration(msgspec.Struct, frozen=True, gc=False):
    """One app registration of this tenant."""

    id: str
    app_id: str
    name: str
    created: datetime | None
    audience: str
    publisher_id: str
    redirect_uris: tuple[tuple[str, str], ...]
    """Platform (``web``, ``spa``, ``public``) and address."""
    asks: tuple[tuple[str, str, str], ...]
    """Resource app ID, permission id, and ``Scope`` or ``Role``."""
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class ListingCoverage:
    """How the reading of one listing went."""

    name: str
    title: str
    coverage: Coverage
    rows: int
    needs: tuple[str, ...]
    why: str
    """What stays unknown where it is not ``read``."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Dangling:
    """A grant whose app or resource is not in the tenant any more."""

    client_id: str
    resource_id: str
    grants: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that one run found in one tenant, folded."""

    tenant: str
    tenant_id: str | None
    tenant_name: str | None
    cloud: Cloud
    collected_at: datetime
    apps: tuple[App, ...]
    """Sorted by name and object id."""
    registrations: tuple[Registration, ...]
    dangling: tuple[Dangling, ...]
    grants: int
    """Delegated grants in all."""
    listings: tuple[ListingCoverage, ...]
    owners: Mapping[str, AppOwners] = field(default_factory=dict)
    """Of the privileged apps of which they were asked for, by object id."""
    sign_ins: Mapping[str, datetime | None] = field(default_factory=dict)
    """When each app was used last, by app ID; None where the report has no time for it."""
    held_since: Mapping[str, datetime] = field(default_factory=dict)
    """When an app got the earliest of its application permissions, by object id."""
    app_management: AppManagement | None = None

    def last_used(self, app_id: str) -> datetime | None:
        """Return when an app was used last; None where the report does not say, or was not read."""
        return self.sign_ins.get(app_id) if app_id else None

    def covers(self, *names: str) -> bool:
        """Say whether these listings were read to their ends."""
        whole = {one.name for one in self.listings if one.coverage is Coverage.READ}
        return whole.issuperset(names)


class Affected(msgspec.Struct, frozen=True, gc=False):
    """One app, registration or grant that a finding is about."""

    id: str
    """Object id."""
    name: str
    detail: str
    """One line."""


@dataclass(frozen=True, slots=True)
class InventoryFinding:
    """One check's answer about one tenant."""

    check: str
    title: str
    outcome: Judgement
    severity: Severity
    message: str
    controls: tuple[str, ...]
    affected: tuple[Affected, ...]


@dataclass(frozen=True, slots=True)
class InventoryReport:
    """Everything that one run says about one whole tenant."""

    tool_version: str
    inventory: Inventory
    risks: Mapping[str, Risk]
    """The worst rated permission of each app that holds one, by object id."""
    ratings: RiskTable
    findings: tuple[InventoryFinding, ...]
    controls: tuple[ControlResult, ...]
    """Of every shipped baseline, as the tenant's settings are."""
    credential_ends: tuple[datetime | None, ...] = ()
    """When each credential ends that people have to renew; None where that is not known."""
