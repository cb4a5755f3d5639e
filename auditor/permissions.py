"""The delegated permissions of Microsoft's resources, as shipped in ``policies/permissions/``.

The tables check profiles and suggest names. What a tenant's own service principal publishes wins
wherever it was read.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE
from auditor.resources import resource

OPENID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
"""The OpenID Connect scopes that Entra supports; they count as Microsoft Graph permissions."""
UNSUPPORTED_OPENID_SCOPES = frozenset({"address", "phone"})
"""In the OpenID Connect standard, but no permission of Entra."""

_NAMES = {
    MICROSOFT_GRAPH: "Microsoft Graph",
    EXCHANGE_ONLINE: "Office 365 Exchange Online",
    SHAREPOINT_ONLINE: "Office 365 SharePoint Online",
}
_TABLES = {
    MICROSOFT_GRAPH: "microsoft-graph.csv",
    EXCHANGE_ONLINE: "exchange-online.csv",
    SHAREPOINT_ONLINE: "sharepoint-online.csv",
}
_ADMIN_ONLY = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Permission:
    """One delegated permission of a resource app."""

    resource_app_id: str
    """Lower case."""
    value: str
    """The name in its published letter case."""
    id: str | None
    """GUID in the global cloud, lower case; None where the sources do not agree."""
    admin_only: bool | None
    """Only administrators may consent, unless a policy says otherwise; None if not known."""


@dataclass(frozen=True, slots=True)
class PermissionTable:
    """Every known delegated permission; lookups ignore case."""

    permissions: tuple[Permission, ...]
    by_name: Mapping[tuple[str, str], Permission]
    """Keyed by resource app ID and name, both lower case."""

    def find(self, resource_app_id: str, value: str) -> Permission | None:
        """Return the permission of that name; None when the table does not have it."""
        return self.by_name.get((resource_app_id.lower(), value.lower()))

    def covers(self, resource_app_id: str) -> bool:
        """Tell whether the table knows the names of this resource at all."""
        return resource_app_id.lower() in _NAMES

    def nearest(self, resource_app_id: str, value: str) -> str | None:
        """Return the real name that is most like ``value``; None when nothing is near."""
        found = (
            permission.value
            for permission in self.permissions
            if permission.resource_app_id == resource_app_id.lower() and permission.id
        )
        return nearest_name(value, found)


def nearest_name(value: str, published: Iterable[str]) -> str | None:
    """Return the published name that is most like ``value``; None when nothing is near.

    The part before the first dot decides first, so that ``SMTP.AccessAsUser.All`` leads to
    ``SMTP.Send`` and not to IMAP's permission of the same ending.
    """
    names = {name.lower(): name for name in published}
    head, dot, rest = value.lower().partition(".")
    heads = sorted({name.partition(".")[0] for name in names})
    near = get_close_matches(head, heads, n=1)
    if not near:
        return None
    group = [name for name in names if name.partition(".")[0] == near[0]]
    return names[get_close_matches(near[0] + dot + rest, group, n=1, cutoff=0)[0]]


def covered(asked: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """List the reading permissions beside which the writing one that covers them is asked for.

    Args:
        asked: Resource app IDs and names.

    Returns:
        The resource's app ID, the reading permission and the writing one.
    """
    every = list(asked)
    names = {(app_id, value.casefold()): value for app_id, value in every}
    found = ((app_id, value, names.get((app_id, _writing(value)))) for app_id, value in every)
    return [(app_id, narrow, wide) for app_id, narrow, wide in found if wide is not None]


def _writing(value: str) -> str:
    """Name the permission that reads and writes; empty where this one does not only read."""
    parts = value.casefold().split(".")
    if "read" not in parts[1:]:
        return ""
    return ".".join("readwrite" if part == "read" else part for part in parts)


@cache
def load_permissions() -> PermissionTable:
    """Read the shipped tables, about 900 rows.

    Raises:
        ResourceError: A table is missing from the installation.
    """
    permissions = tuple(
        permission for app_id, file in _TABLES.items() for permission in _read(app_id, file)
    )
    by_name = {(item.resource_app_id, item.value.lower()): item for item in permissions}
    return PermissionTable(permissions, MappingProxyType(by_name))


def resource_name(app_id: str) -> str:
    """Return a resource's usual name; the app ID itself where we have no name for it."""
    return _NAMES.get(app_id.lower(), app_id.lower())


def resource_app_id(name: str) -> str | None:
    """Return the app ID of a resource that is named like ``Microsoft Graph``, in any case."""
    wanted = name.casefold()
    return next((app_id for app_id, known in _NAMES.items() if known.casefold() == wanted), None)


def _read(app_id: str, file: str) -> tuple[Permission, ...]:
    text = resource("policies", "permissions", file).read_text(encoding="utf-8")
    return tuple(
        Permission(app_id, row["value"], row["id"] or None, _ADMIN_ONLY.get(row["admin_only"]))
        for row in csv.DictReader(text.splitlines())
    )
