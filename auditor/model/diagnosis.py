"""What ``doctor`` found: one observation a line, grouped by the check that made it."""

from enum import StrEnum, unique

import msgspec


@unique
class Result(StrEnum):
    """How an observation turned out."""

    OK = "ok"
    WARNING = "warning"
    """Works, and something should be changed."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Could not be found out; neither good nor bad."""
    SKIPPED = "skipped"


class Observation(msgspec.Struct, frozen=True):
    """One line: what was looked at, what was found, and what to do about it."""

    result: Result
    about: str
    found: str
    fix: str = ""
    """Empty where there is nothing to do."""
    exit_code: int = 0
    """What the whole run ends with for this; 0 for everything that did not fail."""


class CheckResult(msgspec.Struct, frozen=True):
    """What one check observed."""

    check: str
    """The check's id, such as ``permissions``."""
    observations: tuple[Observation, ...]


class Diagnosis(msgspec.Struct, frozen=True):
    """The checks in the order in which they build on each other."""

    checks: tuple[CheckResult, ...]

    @property
    def exit_code(self) -> int:
        """The code of what stands first in the way: configuration, then sign-in, then reads."""
        codes = (one.exit_code for check in self.checks for one in check.observations)
        return min((code for code in codes if code), default=0)
