"""Says how far the reading of listings has come, and when it will probably end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from auditor.listings.pages import Part

_EVERY_SECONDS = 1.0


@dataclass(slots=True)
class Pace:
    """Counts rows, and tells at most once a second."""

    tell: Callable[[str], None]
    now: Callable[[], float]
    totals: Mapping[str, int]
    """Rows to expect, by listing, where Graph counts them."""
    _began: float = field(init=False)
    _told: float = field(init=False)
    _rows: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the clock."""
        self._began = self._told = self.now()

    def __call__(self, part: Part, rows: int) -> None:
        """Take note of a page."""
        name = part.listing.name
        self._rows[name] = self._rows.get(name, 0) + rows
        if self.now() - self._told >= _EVERY_SECONDS:
            self._told = self.now()
            self.tell(self.words())

    def words(self) -> str:
        """Say rows, rate and, where the totals are known, the expected end."""
        rows, seconds = sum(self._rows.values()), max(self.now() - self._began, 0.001)
        text = f"read {rows:,} entries, {rows / seconds:,.0f} a second"
        left = [
            (total - self._rows.get(name, 0)) / (self._rows[name] / seconds)
            for name, total in self.totals.items()
            if self._rows.get(name)
        ]
        return f"{text}, about {max(left):,.0f} s left" if left and max(left) > 0 else text
