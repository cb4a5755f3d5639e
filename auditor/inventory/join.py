"""What was folded, joined to the apps and registrations of an inventory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from sys import intern
from typing import cast

from msgspec import UnsetType

from auditor.facts import TenantFacts
from auditor.inventory.fold import Fold
from auditor.inventory.further import with_further
from auditor.inventory.grants import Consent, FoldedGrants
from auditor.inventory.risk import load_risks
from auditor.listings import application_permissions, applications, service_principals
from auditor.listings.application_permissions import AssignmentRow
from auditor.listings.applications import ApplicationRow, Redirects
from auditor.listings.listing import Row
from auditor.listings.moments import moment
from auditor.listings.service_principals import Credential, ServicePrincipalRow, VerifiedPublisher
from auditor.model.fact import Known
from auditor.model.inventory import (
    App,
    Dangling,
    Delegated,
    Held,
    Inventory,
    Owner,
    Registration,
    Secret,
)
from auditor.model.risk import Kind
from auditor.model.well_known import MICROSOFT_GRAPH, MICROSOFT_TENANTS
from auditor.permissions import application_permission_ids
from auditor.sources._json import optional


def make_inventory(
    fold: Fold, facts: TenantFacts, tenant: str, collected_at: datetime
) -> Inventory:
    """Join what was folded; the fold is used up.

    Args:
        fold: Finished.
        facts: Made from its settings.
        tenant: As it was asked for.
        collected_at: UTC.
    """
    here = facts.organization()
    known = here.value if isinstance(here, Known) else None
    listings = fold.coverage()
    grants = fold.grants()
    by_resource = fold.by_part(application_permissions.LISTING)
    held = _held((app_id, one) for app_id, (part, _) in by_resource.items() for one in part)
    assignments = cast("list[AssignmentRow]", fold.rows(application_permissions.LISTING))
    rows = cast("list[ServicePrincipalRow]", fold.rows(service_principals.LISTING))
    registrations = cast("list[ApplicationRow]", fold.rows(applications.LISTING))
    registered = frozenset((one.app_id or "").lower() for one in registrations) - {""}
    apps = _Apps(rows, grants, held, known.id.lower() if known else "", registered)
    inventory = Inventory(
        tenant=tenant,
        tenant_id=known.id if known else None,
        tenant_name=known.display_name if known else None,
        cloud=facts.cloud,
        collected_at=collected_at,
        apps=apps.joined(),
        registrations=tuple(sorted(map(_registration, registrations), key=_by_name)),
        dangling=apps.dangling(),
        grants=grants.grants,
        listings=listings,
    )
    return with_further(inventory, fold, assignments)


class _Apps:
    """Joins service principals with what they hold; rows are let go of one by one."""

    def __init__(
        self,
        rows: list[ServicePrincipalRow],
        grants: FoldedGrants,
        held: Mapping[str, Sequence[Held]],
        tenant_id: str,
        registered: frozenset[str],
    ) -> None:
        self._rows = rows
        self._registered = registered
        self._grants = grants
        self._tenant_id = tenant_id
        self._microsoft = MICROSOFT_TENANTS | _graph_owner(rows)
        named = {one for consents in grants.consents.values() for one in consents}
        gone = named | grants.consents.keys()
        self._resources: dict[str, tuple[str, str]] = {}
        for row in rows:
            object_id = row.id.lower()
            gone.discard(object_id)
            if object_id in named:
                self._resources[object_id] = row.app_id or "", row.display_name or ""
        self._gone = gone
        self._held = held

    def joined(self) -> tuple[App, ...]:
        found = []
        while self._rows:
            found.append(self._app(self._rows.pop()))
        found.sort(key=_by_name)
        return tuple(found)

    def dangling(self) -> tuple[Dangling, ...]:
        """List grants whose client or resource is gone."""
        return tuple(
            Dangling(client, resource, consent.grants)
            for client, consents in sorted(self._grants.consents.items())
            for resource, consent in sorted(consents.items())
            if client in self._gone or resource in self._gone
        )

    def _app(self, row: ServicePrincipalRow) -> App:
        object_id = row.id.lower()
        owner = optional(row.app_owner_organization_id) or ""
        publisher = optional(row.verified_publisher) or VerifiedPublisher()
        consents = self._grants.consents.get(object_id, {})
        return App(
            id=object_id,
            app_id=(row.app_id or "").lower(),
            name=row.display_name or "",
            owner=self._owner(owner, row),
            owner_tenant=owner,
            publisher_id=publisher.verified_publisher_id or "",
            publisher=publisher.display_name or "",
            enabled=_enabled(row),
            disabled_by_microsoft=optional(row.disabled_by_microsoft_status) or "",
            assignment_required=optional(row.app_role_assignment_required),
            type=optional(row.service_principal_type) or "",
            audience=optional(row.sign_in_audience) or "",
            tags=tuple(optional(row.tags) or ()),
            secrets=_secrets(row.password_credentials, row.key_credentials),
            delegated=tuple(self._delegated(*one) for one in sorted(consents.items())),
            held=tuple(self._held.get(object_id, ())),
            users=self._grants.users.get(object_id, 0),
            users_gone=self._grants.users_gone.get(object_id, 0),
        )

    def _owner(self, owner: str, row: ServicePrincipalRow) -> Owner:
        if owner in self._microsoft:
            return Owner.MICROSOFT
        if not self._tenant_id and (row.app_id or "").lower() in self._registered:
            return Owner.HERE
        if not owner or not self._tenant_id:
            return Owner.UNKNOWN
        return Owner.HERE if owner == self._tenant_id else Owner.OTHER

    def _delegated(self, resource_id: str, consent: Consent) -> Delegated:
        app_id, name = self._resources.get(resource_id, ("", ""))
        return Delegated(
            resource_id=resource_id,
            resource_app_id=intern(app_id.lower()),
            resource=name or resource_id,
            for_all=consent.for_all,
            by_users=consent.by_users,
            users=consent.users,
            grants=consent.grants,
        )


def _held(assignments: Iterable[tuple[str, Row]]) -> dict[str, list[Held]]:
    """Put together what each service principal holds.

    Args:
        assignments: Each with the app ID of the resource that was asked for it.
    """
    risks = load_risks()
    graph = {role_id: name for name, role_id in application_permission_ids().items()}
    found: dict[str, list[Held]] = {}
    for app_id, one in assignments:
        if not isinstance(one, AssignmentRow) or not one.is_of_app:
            continue
        role_id = one.app_role_id.lower()
        name = graph.get(role_id, "") if app_id == MICROSOFT_GRAPH else ""
        name = name or risks.rate(app_id, Kind.APPLICATION, role_id).name
        held = Held(app_id, role_id, name)
        found.setdefault(one.principal_id.lower(), []).append(held)
    for roles in found.values():
        roles.sort(key=lambda one: (one.resource_app_id, one.value, one.role_id))
    return found


def _graph_owner(rows: Iterable[ServicePrincipalRow]) -> set[str]:
    """Return who owns Microsoft Graph here: in a national cloud it is another tenant."""
    found = (one for one in rows if (one.app_id or "").lower() == MICROSOFT_GRAPH)
    return {(optional(one.app_owner_organization_id) or "").lower() for one in found} - {""}


def _enabled(row: ServicePrincipalRow) -> bool | None:
    """Say whether people can use the app; None where Graph does not say."""
    enabled, disabled = optional(row.account_enabled), optional(row.is_disabled)
    if enabled is False or disabled is True:
        return False
    return enabled


def _registration(row: ApplicationRow) -> Registration:
    publisher = optional(row.verified_publisher) or VerifiedPublisher()
    platforms = {"web": row.web, "spa": row.spa, "public": row.public_client}
    return Registration(
        id=row.id.lower(),
        app_id=(row.app_id or "").lower(),
        name=row.display_name or "",
        created=moment(row.created_date_time),
        audience=optional(row.sign_in_audience) or "",
        publisher_id=publisher.verified_publisher_id or "",
        redirect_uris=tuple(
            (platform, uri)
            for platform, found in platforms.items()
            for uri in (optional(found) or Redirects()).redirect_uris
        ),
        asks=tuple(
            (resource.resource_app_id.lower(), access.id.lower(), access.type)
            for resource in optional(row.required_resource_access) or ()
            for access in resource.resource_access
        ),
        secrets=_secrets(row.password_credentials, row.key_credentials),
    )


def _secrets(
    passwords: Sequence[Credential] | UnsetType | None,
    keys: Sequence[Credential] | UnsetType | None,
) -> tuple[Secret, ...]:
    if not passwords and not keys:
        return ()
    kinds = (("secret", optional(passwords)), ("certificate", optional(keys)))
    return tuple(
        Secret(
            kind=kind,
            key_id=(one.key_id or "").lower(),
            name=one.display_name or "",
            starts=moment(one.start_date_time),
            ends=moment(one.end_date_time),
            usage=one.usage or "",
        )
        for kind, found in kinds
        for one in found or ()
    )


def _by_name(one: App | Registration) -> tuple[str, str]:
    return one.name.casefold(), one.id
