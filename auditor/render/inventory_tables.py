"""What an inventory holds, as tables: columns and rows, for every format that has tables.

Rows are made one by one as they are asked for, as a large tenant has several hundred thousand of
them. Tenant text is cleaned here; a format hardens it for itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from itertools import chain

from auditor.model.holding import Consent, Found, Holding, Holdings, Permission
from auditor.model.inventory import (
    App,
    AppOwners,
    Inventory,
    InventoryFinding,
    InventoryReport,
    Registration,
    Secret,
)
from auditor.model.risk import Risk
from auditor.render.clean import NAME_LIMIT, SENTENCE_LIMIT

Cell = str | int | datetime | None
Part = tuple[Cell, ...]
Row = tuple[Part, ...]
"""Cells in parts that stand in many rows, such as an app in each of its permissions."""


@unique
class ColumnType(StrEnum):
    """What the cells of a column are; any cell may be None, which is unknown or does not apply."""

    TEXT = "text"
    SENTENCE = "sentence"
    LIST = "list"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    """UTC."""


LIMITS = {
    ColumnType.TEXT: NAME_LIMIT,
    ColumnType.SENTENCE: SENTENCE_LIMIT,
    ColumnType.LIST: 3_600,
}
"""Characters of text that are kept; a spreadsheet's cell takes 32,767, escapes of 9 included."""

Column = tuple[str, ColumnType]
"""Its name, and what its cells are."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    name: str
    parts: tuple[tuple[Column, ...], ...]
    rows: Callable[[], Iterator[Row]]
    """In the order of the parts and columns; each call begins anew."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all parts."""
        return tuple(chain.from_iterable(self.parts))


def inventory_tables(report: InventoryReport) -> tuple[Table, ...]:
    """Return every table of an inventory."""
    inventory = report.inventory
    return (
        _table("apps", _APPS, lambda: _apps(report)),
        _table("permissions", _PERMISSIONS, lambda: _permissions(report)),
        _table("registrations", _REGISTRATIONS, lambda: _registrations(inventory)),
        _table("credentials", _CREDENTIALS, lambda: _credentials(inventory)),
        _table("findings", _FINDINGS, lambda: _findings(report.findings)),
    )


def _table(name: str, columns: str, rows: Callable[[], Iterator[Row]]) -> Table:
    """Read columns from a text: a name, and after a colon what its cells are if not text."""
    return Table(name, tuple(tuple(map(_column, one.split())) for one in columns.split("|")), rows)


def _column(text: str) -> Column:
    name, _, kind = text.partition(":")
    return name, ColumnType(kind or ColumnType.TEXT)


_APPS = """
id app_id name | owner owner_tenant publisher publisher_id verified:flag |
enabled:flag assignment_required:flag type audience risk |
delegated_for_all:number delegated_by_users:number application_permissions:number users:number
users_gone:number credentials:number next_expiry:moment |
last_used:moment owners:number owner_names:list
"""


def _apps(report: InventoryReport) -> Iterator[Row]:
    inventory = report.inventory
    risks = {app_id: risk.value for app_id, risk in report.risks.items()}
    for app in inventory.apps:
        yield (
            (app.id, app.app_id, app.name),
            (
                str(app.owner),
                app.owner_tenant,
                app.publisher,
                app.publisher_id,
                bool(app.publisher_id),
            ),
            (app.enabled, app.assignment_required, app.type, app.audience, risks.get(app.id, "")),
            _amounts(app, inventory.collected_at),
            (inventory.last_used(app.app_id), *_owners(inventory.owners.get(app.id))),
        )


def _amounts(app: App, now: datetime) -> Part:
    for_all = by_users = 0
    for one in app.delegated:
        for_all += len(one.for_all)
        by_users += len(one.by_users)
    ends = next_expiry(app.secrets, now) if app.secrets else None
    secrets = len(app.secrets)
    return for_all, by_users, len(app.held), app.users, app.users_gone, secrets, ends


def _owners(found: AppOwners | None) -> tuple[int | None, str]:
    """Count owners, and name them; None where there may be more, or nobody was asked."""
    if found is None:
        return None, ""
    return None if found.unread else len(found.people), ", ".join(found.names)


_PERMISSIONS = """
app_object_id app_id app owner verified:flag | resource resource_app_id permission kind |
consent users:number | risk path_to_admin:flag reason:sentence
"""


def _permissions(report: InventoryReport) -> Iterator[Row]:
    """Write one row for each app, resource and permission."""
    holdings, written = Holdings(report.inventory.apps, report.ratings), _Written()
    for app in report.inventory.apps:
        if app.delegated or app.held:
            yield from _holdings(app, holdings.of(app), written)


def found_table(found: Sequence[Found]) -> Table:
    """Return what a query found as permissions; an app that holds none has one row."""
    written = _Written()
    rows = (
        _holdings(one.app, one.held, written) if one.held else _nothing(one.app) for one in found
    )
    return _table("query", _PERMISSIONS, lambda: chain.from_iterable(rows))


def _nothing(app: App) -> Iterator[Row]:
    yield _holder(app), ("", "", "", ""), ("", None), ("", None, "")


def _holder(app: App) -> Part:
    owner, verified = str(app.owner), bool(app.publisher_id)
    return app.id, app.app_id, app.name, owner, verified


class _Written(dict[Permission, tuple[Part, Part]]):
    """Permissions as cells: those before who consented, and those behind."""

    def __missing__(self, what: Permission) -> tuple[Part, Part]:
        rated = what.rated
        path = rated.path_to_admin if rated.risk is not Risk.UNRATED else None
        names = what.resource, what.resource_app_id, what.name
        cells = (*names, what.kind.value), (rated.risk.value, path, rated.reason)
        return self.setdefault(what, cells)


def _holdings(app: App, held: Iterable[Holding], written: _Written) -> Iterator[Row]:
    head = _holder(app)
    for one in held:
        users = one.users if one.consent is not Consent.APPLICATION else None
        names, rated = written[one.what]
        yield head, names, (str(one.consent), users), rated


_REGISTRATIONS = """
id app_id name created:moment | audience publisher_id asks_delegated:number
asks_application:number | redirect_uris:list | credentials:number next_expiry:moment |
last_used:moment
"""


def _registrations(inventory: Inventory) -> Iterator[Row]:
    for one in inventory.registrations:
        applications = sum(kind.lower() == "role" for _, _, kind in one.asks)
        delegated = len(one.asks) - applications
        yield (
            (one.id, one.app_id, one.name, one.created),
            (one.audience, one.publisher_id, delegated, applications),
            (" ".join(uri for _, uri in one.redirect_uris),),
            (len(one.secrets), next_expiry(one.secrets, inventory.collected_at)),
            (inventory.last_used(one.app_id),),
        )


_CREDENTIALS = """
holder holder_object_id app_id app | kind | key_id | name usage | starts:moment ends:moment
days_left:number
"""


def _credentials(inventory: Inventory) -> Iterator[Row]:
    """Write one row for each secret and certificate; a holder is an app or a registration."""
    for one in credential_holders(inventory):
        holder = "app" if isinstance(one, App) else "registration"
        head = holder, one.id, one.app_id, one.name
        for secret in one.secrets:
            yield head, *_secret(secret, inventory.collected_at)


def _secret(one: Secret, now: datetime) -> Row:
    left = (one.ends - now).days if one.ends else None
    return (one.kind,), (one.key_id,), (one.name, one.usage), (one.starts, one.ends, left)


def credential_holders(inventory: Inventory) -> Iterator[App | Registration]:
    """Return whatever can have secrets and certificates."""
    yield from inventory.registrations
    yield from inventory.apps


def next_expiry(secrets: tuple[Secret, ...], now: datetime) -> datetime | None:
    """Return when the next credential that is still good ends; None where there is none."""
    if not secrets:
        return None  # as most apps of a large tenant
    return min((one.ends for one in secrets if one.ends and one.ends > now), default=None)


_FINDINGS = """
check title:sentence outcome severity message:sentence controls:sentence |
affected_id affected:sentence | detail:sentence
"""


def _findings(findings: tuple[InventoryFinding, ...]) -> Iterator[Row]:
    """Write one row for each thing that a finding is about; one where it is about none."""
    for one in findings:
        head = (
            one.check,
            one.title,
            one.outcome.value,
            one.severity.value,
            one.message,
            ", ".join(one.controls),
        )
        for affected in one.affected:
            yield head, (affected.id, affected.name), (affected.detail,)
        if not one.affected:
            yield head, ("", ""), ("",)
