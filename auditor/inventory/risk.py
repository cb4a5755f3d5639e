"""The table of risks in ``policies/risk/``; every row has a reason and a source."""

import csv
from types import MappingProxyType

from auditor.model.risk import WORST_FIRST, Kind, Rated, Risk, RiskTable
from auditor.resources import resource


def worst(risks: "list[Risk]") -> Risk:
    """Return the worst of some risks; unrated where there are none, or none is rated."""
    return min(risks, key=WORST_FIRST.index, default=Risk.UNRATED)


def load_risks() -> RiskTable:
    """Read the shipped table.

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
        )
        app_id, kind = row["resource_app_id"], Kind(row["kind"])
        for key in (row["value"].lower(), row["id"].lower()):
            if key:
                found[app_id, kind, key] = rated
    return RiskTable(MappingProxyType(found))
