"""The table of risks in ``policies/risk/``; every row has a reason and a source."""

import csv
from collections.abc import Iterable
from functools import cache
from itertools import chain, repeat
from types import MappingProxyType

from auditor.model.inventory import App
from auditor.model.risk import WORST_FIRST, Kind, Rated, Risk, RiskTable
from auditor.resources import resource


def worst(risks: "list[Risk]") -> Risk:
    """Return the worst of some risks; unrated where there are none, or none is rated."""
    return min(risks, key=WORST_FIRST.index, default=Risk.UNRATED)


def worst_by_app(apps: Iterable[App], risks: RiskTable) -> dict[str, Risk]:
    """Rate every permission that an app holds in any way; the worst by the app's object id."""

    @cache  # a large tenant has few permissions, each of them held by many apps
    def scope(app_id: str, name: str) -> int:
        return WORST_FIRST.index(risks.rate(app_id, Kind.DELEGATED, name).risk)

    def place(app: App) -> int | None:
        scopes = (
            map(scope, repeat(one.resource_app_id), chain(one.for_all, one.by_users))
            for one in app.delegated
        )
        roles = (risks.rate(one.resource_app_id, Kind.APPLICATION, one.role_id) for one in app.held)
        found = chain(chain.from_iterable(scopes), (WORST_FIRST.index(one.risk) for one in roles))
        return min(found, default=None)

    rated = ((app.id, place(app)) for app in apps if app.delegated or app.held)
    return {app_id: WORST_FIRST[one] for app_id, one in rated if one is not None}


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
