"""How much harm a permission can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Risk(StrEnum):
    """What somebody can do who has the permission and means harm."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNRATED = "unrated"
    """No table has the permission; that is no statement that it is harmless."""

    __hash__ = str.__hash__  # an enum's own is written in Python


WORST_FIRST = tuple(Risk)


@unique
class Kind(StrEnum):
    """How a permission is held."""

    DELEGATED = "delegated"
    APPLICATION = "application"

    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Rated:
    """One permission's risk."""

    risk: Risk
    reason: str
    """One sentence."""
    source: str
    path_to_admin: bool
    """Who has it can make themselves Global Administrator."""
    name: str = ""
    """The permission's, as the table writes it; empty where no table has it."""


_UNRATED = Rated(Risk.UNRATED, "No table rates this permission.", "", path_to_admin=False)


@dataclass(frozen=True, slots=True)
class RiskTable:
    """Every rated permission; look-ups ignore case."""

    rated: Mapping[tuple[str, Kind, str], Rated]
    """By the resource's app ID, the kind, and the permission's name or id, in lower case."""

    def rate(self, resource_app_id: str, kind: Kind, name_or_id: str) -> Rated:
        """Return a permission's risk; unrated where no table has it."""
        return self.rated.get((resource_app_id, kind, name_or_id.lower()), _UNRATED)
