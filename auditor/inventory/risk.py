"""The table of risks in ``policies/risk/``; every row has a reason and a source."""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from types import MappingProxyType

from auditor.model.inventory import App, Held, Owner
from auditor.model.risk import WORST_FIRST, Kind, Rated, Risk, RiskTable
from auditor.resources import resource


def worst(risks: "list[Risk]") -> Risk:
    """Return the worst of some risks; unrated where there are none, or none is rated."""
    return min(risks, key=WORST_FIRST.index, default=Risk.UNRATED)


class _Places(dict[str, int]):
    """How bad each permission of one resource is, 0 for the worst.

    A large tenant has few permissions, each of them held by many apps.
    """

    def __init__(self, risks: RiskTable, app_id: str) -> None:
        super().__init__()
        self._risks, self._app_id = risks, app_id

    def __missing__(self, name: str) -> int:
        risk = self._risks.rate(self._app_id, Kind.DELEGATED, name).risk
        self[name] = place = WORST_FIRST.index(risk)
        return place


def worst_by_app(apps: Iterable[App], risks: RiskTable) -> dict[str, Risk]:
    """Rate every permission that an app holds in any way; the worst by the app's object id."""
    resources: dict[str, _Places] = {}

    def places(app: App) -> Iterator[int]:
        for one in app.delegated:
            app_id = one.resource_app_id
            of_resource = resources.get(app_id) or resources.setdefault(
                app_id, _Places(risks, app_id)
            )
            yield from map(of_resource.__getitem__, chain(one.for_all, one.by_users))
        for held in app.held:
            rated = risks.rate(held.resource_app_id, Kind.APPLICATION, held.role_id)
            yield WORST_FIRST.index(rated.risk)

    rated = ((app.id, min(places(app), default=None)) for app in apps if app.delegated or app.held)
    return {app_id: WORST_FIRST[one] for app_id, one in rated if one is not None}


def privileged(apps: Iterable[App], risks: RiskTable) -> Iterator[tuple[App, tuple[Held, ...]]]:
    """List apps with a path to Global Administrator, Microsoft's left out, and what opens it."""
    for app in apps:
        found = paths(app, risks) if app.held and app.owner is not Owner.MICROSOFT else ()
        if found:
            yield app, found


def paths(app: App, risks: RiskTable) -> tuple[Held, ...]:
    """List the application permissions of an app that open a path to Global Administrator."""
    rate = risks.rate
    return tuple(
        one
        for one in app.held
        if rate(one.resource_app_id, Kind.APPLICATION, one.role_id).path_to_admin
    )


@cache
def load_risks() -> RiskTable:
    """Read the shipped table, once: what is read next, who owns it and the judging all ask for it.

    Raises:
        ResourceError: The table is missing from the installation.
    """
    text = resource("policies", "risk", "permissions.csv").read_text(encoding="utf-8")
    found: dict[tuple[str, Kind, str], Rated] = {}
    for row in csv.DictReader(text.splitlines()):
        rated = Rated(
            risk=Risk(row["risk"]),
            reason=row["reason"],
            source=row["source"],
            path_to_admin=row["path_to_admin"] == "true",
            name=row["value"],
        )
        app_id, kind = row["resource_app_id"], Kind(row["kind"])
        for key in (row["value"].lower(), row["id"].lower()):
            if key:
                found[app_id, kind, key] = rated
    return RiskTable(MappingProxyType(found))
