"""Permissions that the table of risks rates critical or high."""

from collections.abc import Iterable

from auditor.model.inventory import App
from auditor.model.risk import WORST_FIRST, Kind, Risk, RiskTable
from auditor.phrases import first_and_rest

Rated = tuple[Risk, str]
"""A permission's risk and name."""

HIGH = (Risk.CRITICAL, Risk.HIGH)


def for_everybody(app: App, risks: RiskTable) -> list[Rated]:
    """List what an app may do in the name of everybody, the worst first."""
    return _rated(
        ((one.resource_app_id, name) for one in app.delegated for name in one.for_all), risks
    )


def for_anybody(app: App, risks: RiskTable) -> list[Rated]:
    """List what an app may do in the name of everybody or of somebody, the worst first."""
    return _rated(
        (
            (one.resource_app_id, name)
            for one in app.delegated
            for name in (*one.for_all, *one.by_users)
        ),
        risks,
    )


def by_itself(app: App, risks: RiskTable) -> list[Rated]:
    """List what an app may do without a person, the worst first.

    What opens a path to Global Administrator is left out: other checks ask for it.
    """
    rated = (
        (one, risks.rate(one.resource_app_id, Kind.APPLICATION, one.role_id)) for one in app.held
    )
    return _sorted(
        (rate.risk, one.value or one.role_id) for one, rate in rated if not rate.path_to_admin
    )


def weight(found: list[Rated]) -> tuple[int, int]:
    """Sort by the worst permission, then by how many there are."""
    return WORST_FIRST.index(found[0][0]), -len(found)


def words(found: list[Rated]) -> str:
    """Name permissions with their risks, the first of many."""
    return first_and_rest([f"{name} ({risk})" for risk, name in found])


def _rated(names: Iterable[tuple[str, str]], risks: RiskTable) -> list[Rated]:
    return _sorted((risks.rate(app_id, Kind.DELEGATED, name).risk, name) for app_id, name in names)


def _sorted(rated: Iterable[Rated]) -> list[Rated]:
    return sorted(
        (one for one in set(rated) if one[0] in HIGH),
        key=lambda one: (WORST_FIRST.index(one[0]), one[1]),
    )
