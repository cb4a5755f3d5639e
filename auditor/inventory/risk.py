"""The table of risks in ``policies/risk/``; every row has a reason and a source."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from auditor.model.risk import WORST_FIRST, Kind, Rated, Risk
from auditor.resources import resource

_UNRATED = Rated(Risk.UNRATED, "No table rates this permission.", "", path_to_admin=False)


@dataclass(frozen=True, slots=True)
class RiskTable:
    """Every rated permission; look-ups ignore case."""

    rated: Mapping[tuple[str, Kind, str], Rated]
    """By the resource's app ID, the kind, and the permission's name or id, in lower case."""

    def rate(self, resource_app_id: str, kind: Kind, name_or_id: str) -> Rated:
        """Return a permission's risk; unrated where no table has it."""
        return self.rated.get((resource_app_id, kind, name_or_id.lower()), _UNRATED)


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
