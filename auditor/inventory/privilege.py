"""Which apps can make an account or app Global Administrator."""

from collections.abc import Iterator

from auditor.inventory.check import InventoryContext
from auditor.model.inventory import App, Owner
from auditor.model.risk import Kind

_MANAGED_IDENTITY = "managedidentity"
_HERE = frozenset({_MANAGED_IDENTITY, "legacy", "serviceidentity"})
"""Types of service principals that exist in one tenant alone, though they may name no owner."""
_SHOWN = 5


def is_managed_identity(app: App) -> bool:
    """Say whether an app is an identity that Azure keeps for a resource of this tenant."""
    return app.type.casefold() == _MANAGED_IDENTITY


def is_own(app: App) -> bool:
    """Say whether an app is of this tenant, by its owner or by its type."""
    by_type = app.owner is Owner.UNKNOWN and not app.owner_tenant and app.type.casefold() in _HERE
    return app.owner is Owner.HERE or by_type or is_managed_identity(app)


def privileged(context: InventoryContext) -> Iterator[tuple[App, tuple[str, ...]]]:
    """List the apps that hold such a permission, Microsoft's left out, with its names."""
    for app in context.inventory.apps:
        names = paths(context, app) if app.owner is not Owner.MICROSOFT else ()
        if names:
            yield app, names


def words(names: tuple[str, ...]) -> str:
    """Name permissions, the first of many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def paths(context: InventoryContext, app: App) -> tuple[str, ...]:
    """Name the permissions of an app that have a path to Global Administrator."""
    rate = context.risks.rate
    return tuple(
        dict.fromkeys(
            one.value or one.role_id
            for one in app.held
            if rate(one.resource_app_id, Kind.APPLICATION, one.role_id).path_to_admin
        )
    )
