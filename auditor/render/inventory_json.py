"""The JSON of ``inventory``, version 1 (``reports/json/inventory-v1.schema.json``).

Members may be added, none may change or go.

A tenant has up to a hundred thousand apps, so the document has a line for each and is not
indented. Apps that hold nothing are counted, not listed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

import msgspec

from auditor.model.inventory import (
    Affected,
    App,
    AppOwners,
    Delegated,
    Held,
    Inventory,
    InventoryFinding,
    InventoryReport,
    Registration,
    Secret,
)
from auditor.model.risk import Risk
from auditor.render.json_plan_v1 import ControlV1, control_v1
from auditor.render.json_text import encoded, visible
from auditor.render.json_v1 import TenantV1, ToolV1
from auditor.render.plan_json import json_moment

SCHEMA = "consent-auditor/inventory/v1"
_TOGETHER = 500
"""Objects that are written at once."""


class ListingV1(msgspec.Struct, frozen=True):
    """How the reading of one listing went."""

    name: str
    title: str
    coverage: str
    rows: int
    needs: tuple[str, ...]
    detail: str


class CountsV1(msgspec.Struct, frozen=True):
    """How much there is."""

    apps: int
    apps_that_hold_something: int
    registrations: int
    delegated_grants: int


class AffectedV1(msgspec.Struct, frozen=True):
    """What a finding is about."""

    id: str
    name: str
    detail: str


class FindingV1(msgspec.Struct, frozen=True):
    """One check's answer."""

    check: str
    title: str
    outcome: str
    severity: str
    message: str
    controls: tuple[str, ...]
    affected: tuple[AffectedV1, ...]


class SecretV1(msgspec.Struct, frozen=True):
    """A client secret or certificate."""

    kind: str
    key_id: str
    name: str
    starts: datetime | None
    ends: datetime | None


class DelegatedV1(msgspec.Struct, frozen=True):
    """What an app may do on one resource for people who sign in."""

    resource_app_id: str
    resource: str
    for_all: tuple[str, ...]
    by_users: Mapping[str, int]
    users: int


class HeldV1(msgspec.Struct, frozen=True):
    """An application permission."""

    resource_app_id: str
    role_id: str
    value: str


class AppV1(msgspec.Struct, frozen=True):
    """One service principal that holds something."""

    id: str
    app_id: str
    name: str
    owner: str
    owner_tenant: str
    publisher_id: str
    publisher: str
    enabled: bool | None
    assignment_required: bool | None
    type: str
    audience: str
    risk: str
    users: int
    users_gone: int
    secrets: tuple[SecretV1, ...]
    delegated: tuple[DelegatedV1, ...]
    application_permissions: tuple[HeldV1, ...]
    last_used: datetime | None
    owners: tuple[str, ...] | None
    """Names; None where nobody is known, and there may be somebody."""
    owners_unread: str
    """Why there may be more owners."""


class RegistrationV1(msgspec.Struct, frozen=True):
    """One app registration."""

    id: str
    app_id: str
    name: str
    created: datetime | None
    audience: str
    publisher_id: str
    redirect_uris: tuple[tuple[str, str], ...]
    secrets: tuple[SecretV1, ...]
    last_used: datetime | None


class DanglingV1(msgspec.Struct, frozen=True):
    """Delegated grants whose app or resource is gone."""

    client_id: str
    resource_id: str
    grants: int


class _Head(msgspec.Struct, frozen=True):
    schema: str
    tool: ToolV1
    tenant: TenantV1
    collected_at: str
    listings: tuple[ListingV1, ...]
    counts: CountsV1
    findings: tuple[FindingV1, ...]
    baselines: tuple[ControlV1, ...]
    dangling_grants: tuple[DanglingV1, ...]


def render_inventory_json(report: InventoryReport) -> Iterator[bytes]:
    """Write the document in pieces, a line for each app and registration."""
    inventory = report.inventory
    apps = [one for one in inventory.apps if holds_something(one)]
    head, empty, rest = visible(encoded(_head(report, len(apps)))).partition(b'"findings":[]')
    yield head + empty[:-1]
    for number, one in enumerate(report.findings):
        yield (b"," if number else b"") + visible(encoded(_finding(one)))[: -len(b"]}")]
        yield from _listed(map(_affected, one.affected), b"", b",")
        yield b"]}"
    yield b"]" + rest[:-1] + b',\n"apps":['
    yield from _listed((_app(one, report) for one in apps), b"\n", b",\n")
    yield b'],\n"registrations":['
    registered = (_registration(one, inventory) for one in inventory.registrations)
    yield from _listed(registered, b"\n", b",\n")
    yield b"]}\n"


def holds_something(app: App) -> bool:
    """Say whether an app has permissions or credentials."""
    return bool(app.delegated or app.held or app.secrets)


def _listed(objects: Iterable[msgspec.Struct], before: bytes, between: bytes) -> Iterator[bytes]:
    """Write what can be tens of thousands, some at a time; nothing where there are none."""
    left = iter(objects)
    while some := list(islice(left, _TOGETHER)):
        yield before + between.join(map(visible, _lines(some)))
        before = between


def _lines(objects: list[msgspec.Struct]) -> list[bytes]:
    try:
        return msgspec.json.Encoder().encode_lines(objects).split(b"\n")[:-1]
    except UnicodeEncodeError:  # a lone surrogate in one of them
        return [encoded(one) for one in objects]


def _head(report: InventoryReport, holders: int) -> _Head:
    inventory = report.inventory
    return _Head(
        schema=SCHEMA,
        tool=ToolV1("entra-consent-auditor", report.tool_version),
        tenant=TenantV1(inventory.tenant_id, inventory.tenant_name, inventory.cloud),
        collected_at=json_moment(inventory.collected_at),
        listings=tuple(
            ListingV1(one.name, one.title, one.coverage, one.rows, one.needs, one.detail)
            for one in inventory.listings
        ),
        counts=CountsV1(
            len(inventory.apps), holders, len(inventory.registrations), inventory.grants
        ),
        findings=(),
        baselines=tuple(map(control_v1, report.controls)),
        dangling_grants=tuple(
            DanglingV1(one.client_id, one.resource_id, one.grants) for one in inventory.dangling
        ),
    )


def _finding(one: InventoryFinding) -> FindingV1:
    """Return a finding without those whom it is about, who can be tens of thousands."""
    return FindingV1(
        check=one.check,
        title=one.title,
        outcome=one.outcome,
        severity=one.severity,
        message=one.message,
        controls=one.controls,
        affected=(),
    )


def _affected(one: Affected) -> AffectedV1:
    return AffectedV1(one.id, one.name, one.detail)


def _app(app: App, report: InventoryReport) -> AppV1:
    owners = report.inventory.owners.get(app.id)
    return AppV1(
        id=app.id,
        app_id=app.app_id,
        name=app.name,
        owner=app.owner,
        owner_tenant=app.owner_tenant,
        publisher_id=app.publisher_id,
        publisher=app.publisher,
        enabled=app.enabled,
        assignment_required=app.assignment_required,
        type=app.type,
        audience=app.audience,
        risk=report.risks.get(app.id, Risk.UNRATED),
        users=app.users,
        users_gone=app.users_gone,
        secrets=tuple(map(_secret, app.secrets)),
        delegated=tuple(map(_delegated, app.delegated)),
        application_permissions=tuple(map(_held, app.held)),
        last_used=_moment(report.inventory.last_used(app.app_id)),
        owners=_owners(owners),
        owners_unread=owners.unread if owners else "",
    )


def _owners(found: AppOwners | None) -> tuple[str, ...] | None:
    if found is None or (found.unread and not found.people):
        return None
    return found.names


def _delegated(one: Delegated) -> DelegatedV1:
    return DelegatedV1(one.resource_app_id, one.resource, one.for_all, one.by_users, one.users)


def _held(one: Held) -> HeldV1:
    return HeldV1(one.resource_app_id, one.role_id, one.value)


def _secret(one: Secret) -> SecretV1:
    return SecretV1(one.kind, one.key_id, one.name, _moment(one.starts), _moment(one.ends))


def _moment(at: datetime | None) -> datetime | None:
    """Return a moment as ``json_moment`` writes it: in UTC, to the second."""
    return at.astimezone(UTC).replace(microsecond=0) if at else None


def _registration(one: Registration, inventory: Inventory) -> RegistrationV1:
    return RegistrationV1(
        id=one.id,
        app_id=one.app_id,
        name=one.name,
        created=_moment(one.created),
        audience=one.audience,
        publisher_id=one.publisher_id,
        redirect_uris=one.redirect_uris,
        secrets=tuple(map(_secret, one.secrets)),
        last_used=_moment(inventory.last_used(one.app_id)),
    )
