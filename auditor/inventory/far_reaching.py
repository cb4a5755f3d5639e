"""Permissions that the table of risks rates critical or high."""

from collections.abc import Iterable

from auditor.inventory.check import InventoryContext
from auditor.model.inventory import App
from auditor.model.risk import WORST_FIRST, Kind, Risk

Rated = tuple[Risk, str]
"""A permission's risk and name."""

_HIGH = (Risk.CRITICAL, Risk.HIGH)
_SHOWN = 5


def for_everybody(context: InventoryContext, app: App) -> list[Rated]:
    """List what an app may do in the name of everybody, the worst first."""
    return _rated(
        context, ((one.resource_app_id, name) for one in app.delegated for name in one.for_all)
    )


def for_anybody(context: InventoryContext, app: App) -> list[Rated]:
    """List what an app may do in the name of everybody or of somebody, the worst first."""
    return _rated(
        context,
        (
            (one.resource_app_id, name)
            for one in app.delegated
            for name in (*one.for_all, *one.by_users)
        ),
    )


def by_itself(context: InventoryContext, app: App) -> list[Rated]:
    """List what an app may do without a person, the worst first.

    What opens a path to Global Administrator is left out: other checks ask for it.
    """
    rated = (
        (one, context.risks.rate(one.resource_app_id, Kind.APPLICATION, one.role_id))
        for one in app.held
    )
    return _sorted(
        (rate.risk, one.value or one.role_id) for one, rate in rated if not rate.path_to_admin
    )


def worst_first(context: InventoryContext, apps: Iterable[App]) -> list[tuple[App, list[Rated]]]:
    """List the apps that hold something far-reaching for everybody, the worst first."""
    rated = ((app, for_everybody(context, app)) for app in apps if context.app_risk(app) in _HIGH)
    return sorted((one for one in rated if one[1]), key=lambda one: weight(one[1]))


def weight(found: list[Rated]) -> tuple[int, int]:
    """Sort by the worst permission, then by how many there are."""
    return WORST_FIRST.index(found[0][0]), -len(found)


def words(found: list[Rated]) -> str:
    """Name permissions with their risks, the first of many."""
    first = ", ".join(f"{name} ({risk})" for risk, name in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{first}{more}"


def _rated(context: InventoryContext, names: Iterable[tuple[str, str]]) -> list[Rated]:
    return _sorted(
        (context.risks.rate(app_id, Kind.DELEGATED, name).risk, name) for app_id, name in names
    )


def _sorted(rated: Iterable[Rated]) -> list[Rated]:
    return sorted(
        (one for one in set(rated) if one[0] in _HIGH),
        key=lambda one: (WORST_FIRST.index(one[0]), one[1]),
    )
