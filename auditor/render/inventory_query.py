"""What a query of an inventory found: as text, CSV and JSON."""

from collections.abc import Iterator, Sequence
from typing import TextIO

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.model.holding import Found
from auditor.model.inventory import Inventory, ListingCoverage
from auditor.model.risk import Risk
from auditor.render.clean import clean
from auditor.render.inventory_charts import NAMELESS, PUBLISHERS, publisher_of
from auditor.render.inventory_tables import found_table
from auditor.render.json_text import json_text
from auditor.render.json_v1 import TenantV1
from auditor.render.plan_json import json_moment
from auditor.render.say import consented
from auditor.render.table_csv import csv_pieces
from auditor.render.terminal import word, write_text
from auditor.render.words import RISKS

SCHEMA = "consent-auditor/inventory-query/v1"
_PERMISSIONS = 4
_NAME = 60
_ID = 36
"""Characters of an app ID; a name gets as many."""


def print_found(found: Sequence[Found], stream: TextIO) -> None:
    """Write a table, coloured only if ``stream`` is a terminal; nothing where there is nobody."""
    if found:
        write_text(stream, lambda console: _print(console, found))


def _print(console: Console, found: Sequence[Found]) -> None:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column("App", overflow="ellipsis", no_wrap=True)
    table.add_column("Publisher", overflow="fold")
    table.add_column("Risk", no_wrap=True)
    table.add_column("Users", justify="right", no_wrap=True)
    table.add_column("Permissions", overflow="fold")
    for one in found:
        app = one.app
        name = _short(clean(app.name)) or NAMELESS
        risk = word(RISKS[one.risk]) if one.held else Text("-")
        table.add_row(
            Text.assemble((name, "bold"), "\n", (clean(app.app_id), "dim")),
            Text(_publisher(one)),
            risk,
            Text(f"{app.users:,}"),
            _permissions(one),
        )
    console.print(table)


def _short(name: str) -> str:
    return name if len(name) <= _ID else f"{name[: _ID - 1]}…"


def _publisher(one: Found) -> str:
    key = publisher_of(one.app)
    return clean(one.app.publisher, _NAME) if key == "verified" else PUBLISHERS[key].word


def _permissions(one: Found) -> Text:
    lines = [
        f"{clean(each.permission, _NAME)} ({consented(each)})" for each in one.held[:_PERMISSIONS]
    ]
    if len(one.held) > _PERMISSIONS:
        lines.append(f"and {len(one.held) - _PERMISSIONS:,} more")
    return Text("\n".join(lines) or "None")


def csv_found(found: Sequence[Found]) -> Iterator[bytes]:
    """Write one row for each permission, with the columns of ``inventory-permissions.csv``."""
    return csv_pieces(found_table(found))


class PermissionV1(msgspec.Struct, frozen=True):
    """One permission of one app."""

    resource: str
    resource_app_id: str
    permission: str
    kind: str
    consent: str
    users: int
    risk: str
    path_to_admin: bool | None
    """Null where no table rates the permission."""


class FoundV1(msgspec.Struct, frozen=True):
    """One app."""

    id: str
    app_id: str
    name: str
    owner: str
    publisher: str
    publisher_id: str
    enabled: bool | None
    users: int
    risk: str | None
    permissions: tuple[PermissionV1, ...]


class QueryV1(msgspec.Struct, frozen=True):
    """The document."""

    schema: str
    tenant: TenantV1
    collected_at: str
    unread: tuple[str, ...]
    """Listings that were not read to the end."""
    matched: int
    apps: tuple[FoundV1, ...]


def json_found(
    inventory: Inventory,
    found: Sequence[Found],
    *,
    matched: int,
    unread: tuple[ListingCoverage, ...],
) -> bytes:
    """Write the apps as JSON.

    Args:
        inventory: Where they were found.
        found: What is written.
        matched: How many fit, those that are left out included.
        unread: Listings that were not read to their ends, so that more may fit.
    """
    tenant = TenantV1(inventory.tenant_id, inventory.tenant_name, inventory.cloud)
    moment = json_moment(inventory.collected_at)
    names = tuple(one.name for one in unread)
    return json_text(QueryV1(SCHEMA, tenant, moment, names, matched, tuple(map(_found, found))))


def _found(one: Found) -> FoundV1:
    app = one.app
    return FoundV1(
        id=app.id,
        app_id=app.app_id,
        name=app.name,
        owner=app.owner,
        publisher=app.publisher,
        publisher_id=app.publisher_id,
        enabled=app.enabled,
        users=app.users,
        risk=one.risk if one.held else None,
        permissions=tuple(
            PermissionV1(
                resource=each.resource,
                resource_app_id=each.resource_app_id,
                permission=each.permission,
                kind=each.kind,
                consent=each.consent,
                users=each.users,
                risk=each.rated.risk,
                path_to_admin=None if each.rated.risk is Risk.UNRATED else each.rated.path_to_admin,
            )
            for each in one.held
        ),
    )
