"""Says how far the reading of listings has come."""

from collections.abc import Callable
from dataclasses import dataclass, field

from auditor.listings.pages import Part

_EVERY_SECONDS = 1.0


@dataclass(slots=True)
class Pace:
    """Counts rows, and tells at most once a second. Graph counts no grants, so the end is open."""

    tell: Callable[[str], None]
    now: Callable[[], float]
    _began: float = field(init=False)
    _told: float = field(init=False)
    _rows: int = 0

    def __post_init__(self) -> None:
        """Start the clock."""
        self._began = self._told = self.now()

    def __call__(self, _part: Part, rows: int) -> None:
        """Take note of a page."""
        self._rows += rows
        if self.now() - self._told >= _EVERY_SECONDS:
            self._told = self.now()
            seconds = max(self._told - self._began, _EVERY_SECONDS)
            self.tell(f"read {self._rows:,} entries, {self._rows / seconds:,.0f} a second")
