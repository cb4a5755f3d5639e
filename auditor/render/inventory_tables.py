"""What an inventory holds, as tables: columns and rows, for every format that has tables.

Rows are made one by one as they are asked for, as a large tenant has several hundred thousand of
them. Tenant text is cleaned here; a format hardens it for itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from itertools import chain

from auditor.model.holding import Consent, Found, Holding, holdings, resource_names
from auditor.model.inventory import (
    App,
    Inventory,
    InventoryFinding,
    InventoryReport,
    Registration,
    Secret,
)
from auditor.model.risk import Risk
from auditor.render.clean import clean, clean_sentence

Cell = str | int | datetime | None
Row = tuple[Cell, ...]

_MANY = 4_000
"""Characters of a list that are kept; a spreadsheet's cell takes 32,767, escapes included."""


@unique
class ColumnType(StrEnum):
    """What the cells of a column are; any cell may be None, which is unknown or does not apply."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    """UTC."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    name: str
    columns: tuple[tuple[str, ColumnType], ...]
    rows: Callable[[], Iterator[Row]]
    """In the order of the columns; each call begins anew."""


def inventory_tables(report: InventoryReport) -> tuple[Table, ...]:
    """Return every table of an inventory."""
    inventory = report.inventory
    return (
        _table("apps", _APPS, lambda: (_app(one, report) for one in inventory.apps)),
        _table("permissions", _PERMISSIONS, lambda: _permissions(report)),
        _table("registrations", _REGISTRATIONS, lambda: _registrations(inventory)),
        _table("credentials", _CREDENTIALS, lambda: _credentials(inventory)),
        _table("findings", _FINDINGS, lambda: _findings(report.findings)),
    )


def _table(name: str, columns: str, rows: Callable[[], Iterator[Row]]) -> Table:
    """Read columns from a text: a name, and after a colon what its cells are if not text."""
    pairs = (one.partition(":") for one in columns.split())
    types = tuple((head, ColumnType(kind or ColumnType.TEXT)) for head, _, kind in pairs)
    return Table(name, types, rows)


_APPS = """
id app_id name owner owner_tenant publisher publisher_id verified:flag enabled:flag
assignment_required:flag type audience risk delegated_for_all:number delegated_by_users:number
application_permissions:number users:number users_gone:number credentials:number
next_expiry:moment
"""


def _app(app: App, report: InventoryReport) -> Row:
    return (
        clean(app.id),
        clean(app.app_id),
        clean(app.name),
        app.owner.value,
        clean(app.owner_tenant),
        clean(app.publisher),
        clean(app.publisher_id),
        bool(app.publisher_id),
        app.enabled,
        app.assignment_required,
        clean(app.type),
        clean(app.audience),
        report.risks[app.id].value if app.id in report.risks else "",
        sum(len(one.for_all) for one in app.delegated),
        sum(len(one.by_users) for one in app.delegated),
        len(app.held),
        app.users,
        app.users_gone,
        len(app.secrets),
        next_expiry(app.secrets, report.inventory.collected_at),
    )


_PERMISSIONS = """
app_object_id app_id app owner verified:flag resource resource_app_id permission kind consent
users:number risk path_to_admin:flag reason
"""


def _permissions(report: InventoryReport) -> Iterator[Row]:
    """Write one row for each app, resource and permission."""
    names = resource_names(report.inventory.apps)
    for app in report.inventory.apps:
        if app.delegated or app.held:
            yield from _holdings(app, holdings(app, report.ratings, names))


def found_table(found: Sequence[Found]) -> Table:
    """Return what a query found as permissions; an app that holds none has one row."""
    rows = (_holdings(one.app, one.held) if one.held else _nothing(one.app) for one in found)
    return _table("query", _PERMISSIONS, lambda: chain.from_iterable(rows))


def _nothing(app: App) -> Iterator[Row]:
    yield (*_holder(app), "", "", "", "", "", None, "", None, "")


def _holder(app: App) -> Row:
    owner, verified = app.owner.value, bool(app.publisher_id)
    return clean(app.id), clean(app.app_id), clean(app.name), owner, verified


def _holdings(app: App, held: Iterable[Holding]) -> Iterator[Row]:
    head = _holder(app)
    for one in held:
        rated = one.rated
        yield (
            *head,
            clean(one.resource),
            clean(one.resource_app_id),
            clean(one.permission),
            one.kind.value,
            one.consent.value,
            one.users if one.consent is not Consent.APPLICATION else None,
            rated.risk.value,
            rated.path_to_admin if rated.risk is not Risk.UNRATED else None,
            clean_sentence(rated.reason),
        )


_REGISTRATIONS = """
id app_id name created:moment audience publisher_id asks_delegated:number asks_application:number
redirect_uris credentials:number next_expiry:moment
"""


def _registrations(inventory: Inventory) -> Iterator[Row]:
    for one in inventory.registrations:
        yield _registration(one, inventory.collected_at)


def _registration(one: Registration, now: datetime) -> Row:
    applications = sum(kind.lower() == "role" for _, _, kind in one.asks)
    return (
        clean(one.id),
        clean(one.app_id),
        clean(one.name),
        one.created,
        clean(one.audience),
        clean(one.publisher_id),
        len(one.asks) - applications,
        applications,
        clean(" ".join(uri for _, uri in one.redirect_uris), _MANY),
        len(one.secrets),
        next_expiry(one.secrets, now),
    )


_CREDENTIALS = """
holder holder_object_id app_id app kind key_id name usage starts:moment ends:moment
days_left:number
"""


def _credentials(inventory: Inventory) -> Iterator[Row]:
    """Write one row for each secret and certificate; a holder is an app or a registration."""
    for one in credential_holders(inventory):
        holder = "app" if isinstance(one, App) else "registration"
        for secret in one.secrets:
            yield (
                holder,
                clean(one.id),
                clean(one.app_id),
                clean(one.name),
                clean(secret.kind),
                clean(secret.key_id),
                clean(secret.name),
                clean(secret.usage),
                secret.starts,
                secret.ends,
                (secret.ends - inventory.collected_at).days if secret.ends else None,
            )


def credential_holders(inventory: Inventory) -> Iterator[App | Registration]:
    """Return whatever can have secrets and certificates."""
    yield from inventory.registrations
    yield from inventory.apps


def next_expiry(secrets: tuple[Secret, ...], now: datetime) -> datetime | None:
    """Return when the next credential that is still good ends; None where there is none."""
    return min((one.ends for one in secrets if one.ends and one.ends > now), default=None)


_FINDINGS = "check title outcome severity message controls affected_id affected detail"


def _findings(findings: tuple[InventoryFinding, ...]) -> Iterator[Row]:
    """Write one row for each thing that a finding is about; one where it is about none."""
    for one in findings:
        head = (
            one.check,
            clean_sentence(one.title),
            one.outcome.value,
            one.severity.value,
            clean_sentence(one.message),
            clean_sentence(", ".join(one.controls)),
        )
        for affected in one.affected:
            yield (
                *head,
                clean(affected.id),
                clean_sentence(affected.name),
                clean_sentence(affected.detail),
            )
        if not one.affected:
            yield (*head, "", "", "")
