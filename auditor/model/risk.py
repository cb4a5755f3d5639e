"""How much harm a permission can do."""

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


WORST_FIRST = tuple(Risk)


@unique
class Kind(StrEnum):
    """How a permission is held."""

    DELEGATED = "delegated"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Rated:
    """One permission's risk."""

    risk: Risk
    reason: str
    """One sentence."""
    source: str
    path_to_admin: bool
    """Who has it can make themselves Global Administrator."""
