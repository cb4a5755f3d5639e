"""What was folded, joined to the apps and registrations of an inventory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from sys import intern
from typing import TypeVar, cast

from msgspec import UnsetType

from auditor.facts import TenantFacts
from auditor.inventory.fold import Fold
from auditor.inventory.further import with_further
from auditor.inventory.grants import Consent, FoldedGrants
from auditor.inventory.risk import load_risks
from auditor.listings import application_permissions, applications, service_principals
from auditor.listings.application_permissions import AssignmentRow
from auditor.listings.applications import ApplicationRow
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

_NOBODY = VerifiedPublisher()
_Named = TypeVar("_Named", App, Registration)


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
        registrations=_by_name(list(map(_registration, registrations))),
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
        held: Mapping[str, tuple[Held, ...]],
        tenant_id: str,
        registered: frozenset[str],
    ) -> None:
        self._rows = rows
        self._registered = registered
        self._tenant_id = tenant_id
        self._grants = grants
        self._owners = {"": Owner.UNKNOWN}
        if tenant_id:
            self._owners[tenant_id] = Owner.HERE
        self._owners |= dict.fromkeys(MICROSOFT_TENANTS | _graph_owner(rows), Owner.MICROSOFT)
        self._other = Owner.OTHER if tenant_id else Owner.UNKNOWN
        named = {one for consents in grants.consents.values() for one in consents}
        gone = named | grants.consents.keys()
        self._resources: dict[str, tuple[str, str]] = {}
        for row in rows:
            if row.id in gone:
                gone.discard(row.id)
                if row.id in named:
                    self._resources[row.id] = intern(row.app_id or ""), row.display_name or ""
        self._gone = gone
        self._held = held

    def joined(self) -> tuple[App, ...]:
        found = []
        while self._rows:
            found.append(self._app(self._rows.pop()))
        return _by_name(found)

    def dangling(self) -> tuple[Dangling, ...]:
        """List grants whose client or resource is gone."""
        found = [
            Dangling(client, resource, consent.grants)
            for client, consents in self._grants.consents.items()
            for resource, consent in consents.items()
            if client in self._gone or resource in self._gone
        ]
        return tuple(sorted(found, key=lambda one: (one.client_id, one.resource_id)))

    def _app(self, row: ServicePrincipalRow) -> App:
        owner = row.app_owner_organization_id or ""
        publisher = row.verified_publisher or _NOBODY
        consents = self._grants.consents.get(row.id)
        return App(
            id=row.id,
            app_id=row.app_id or "",
            name=row.display_name or "",
            owner=self._owner(owner, row),
            owner_tenant=owner,
            publisher_id=publisher.verified_publisher_id or "",
            publisher=publisher.display_name or "",
            enabled=_enabled(row),
            disabled_by_microsoft=row.disabled_by_microsoft_status or "",
            assignment_required=row.app_role_assignment_required,
            type=row.service_principal_type or "",
            audience=row.sign_in_audience or "",
            tags=row.tags or (),
            secrets=_secrets(row.password_credentials, row.key_credentials),
            delegated=self._delegated(consents) if consents else (),
            held=self._held.get(row.id, ()),
            users=self._grants.users.get(row.id, 0),
            users_gone=self._grants.users_gone.get(row.id, 0),
        )

    def _owner(self, owner: str, row: ServicePrincipalRow) -> Owner:
        found = self._owners.get(owner, self._other)
        is_registered = found is Owner.UNKNOWN and not self._tenant_id
        return Owner.HERE if is_registered and row.app_id in self._registered else found

    def _delegated(self, consents: Mapping[str, Consent]) -> tuple[Delegated, ...]:
        return tuple(self._on_resource(*one) for one in sorted(consents.items()))

    def _on_resource(self, resource_id: str, consent: Consent) -> Delegated:
        app_id, name = self._resources.get(resource_id, ("", ""))
        return Delegated(
            resource_id=resource_id,
            resource_app_id=app_id,
            resource=name or resource_id,
            for_all=consent.for_all,
            by_users=consent.by_users,
            users=consent.users,
            grants=consent.grants,
        )


def _held(assignments: Iterable[tuple[str, Row]]) -> dict[str, tuple[Held, ...]]:
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
    return {
        holder: tuple(sorted(roles, key=lambda one: (one.resource_app_id, one.value, one.role_id)))
        for holder, roles in found.items()
    }


def _graph_owner(rows: Iterable[ServicePrincipalRow]) -> set[str]:
    """Return who owns Microsoft Graph here: in a national cloud it is another tenant."""
    found = (one.app_owner_organization_id for one in rows if one.app_id == MICROSOFT_GRAPH)
    return {one for one in found if one}


def _enabled(row: ServicePrincipalRow) -> bool | None:
    """Say whether people can use the app; None where Graph does not say."""
    return False if row.is_disabled else row.account_enabled


def _registration(row: ApplicationRow) -> Registration:
    publisher = row.verified_publisher or _NOBODY
    platforms = {
        "web": optional(row.web),
        "spa": optional(row.spa),
        "public": optional(row.public_client),
    }
    return Registration(
        id=row.id.lower(),
        app_id=(row.app_id or "").lower(),
        name=row.display_name or "",
        created=moment(row.created_date_time),
        audience=row.sign_in_audience or "",
        publisher_id=publisher.verified_publisher_id or "",
        redirect_uris=tuple(
            (platform, uri)
            for platform, found in platforms.items()
            for uri in (found.redirect_uris if found else ())
        ),
        asks=tuple(
            (resource.resource_app_id.lower(), access.id.lower(), access.type)
            for resource in row.required_resource_access or ()
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


def _by_name(found: list[_Named]) -> tuple[_Named, ...]:
    """Sort by name, then by object id; sorting twice by a text is faster than once by two."""
    found.sort(key=lambda one: one.id)
    found.sort(key=lambda one: one.name.casefold())
    return tuple(found)
