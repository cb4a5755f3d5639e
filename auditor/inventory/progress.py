"""Says how far the reading of listings has come, and when it will end."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil

from auditor.listings.listing import MOST_ROWS
from auditor.listings.pages import Part, whole_parts

_EVERY_SECONDS = 1.0
_MINUTE = 60
_HOUR = 3600


@dataclass(slots=True)
class Pace:
    """Counts rows, and tells at most once a second.

    The end is that of the listing which takes longest. While one of them may be longer than Graph
    said, or Graph did not say, it is called the least; where Graph said nothing, none is told.
    """

    tell: Callable[[str], None]
    now: Callable[[], float]
    before: Mapping[str, int] = field(default_factory=dict)
    """Rows that an interrupted run had read, by listing."""
    expected: Mapping[str, int] = field(default_factory=dict)
    """Rows that Graph counted, by listing; comes later, and perhaps not for all."""
    _began: float = field(init=False)
    _told: float = field(init=False)
    _rows: Counter[str] = field(default_factory=Counter)
    _over: Counter[str] = field(default_factory=Counter)
    """Chains of pages that came to their ends, by listing."""
    _ended: set[str] = field(default_factory=set)
    """Listings of which all chains did."""

    def __post_init__(self) -> None:
        """Start the clock."""
        self._began = self._told = self.now()

    def __call__(self, part: Part, rows: int, last: bool) -> None:  # noqa: FBT001 - as ``Tell``
        """Take note of a page."""
        self._rows[part.listing.name] += rows
        self._over[part.listing.name] += last
        if self._over[part.listing.name] == len(whole_parts(part.listing, [part.subject])):
            self._ended.add(part.listing.name)
        if self.now() - self._told >= _EVERY_SECONDS:
            self._told = self.now()
            seconds = max(self._told - self._began, _EVERY_SECONDS)
            rate = self._rows.total() / seconds
            read = self._rows.total() + sum(self.before.values())
            self.tell(f"read {read:,} entries, {rate:,.0f} a second{self._end(seconds)}")

    def _end(self, seconds: float) -> str:
        expected = self.expected
        names = {*expected, *self._rows} - self._ended
        left = {name: self._left(name, expected, seconds) for name in names}
        known = [one for one in left.values() if one is not None]
        if not known:
            return ""
        return f", {'about' if len(known) == len(left) else 'at least'} {_words(max(known))} left"

    def _left(self, name: str, expected: Mapping[str, int], seconds: float) -> float | None:
        """Estimate the seconds until a listing ends; None where that cannot be known."""
        rows, total = self._rows[name], expected.get(name)
        missing = None if total is None else total - rows - self.before.get(name, 0)
        if missing is None or missing < -MOST_ROWS:  # it has grown by more than a page
            return None
        if missing <= 0:
            return 0.0
        return missing * seconds / rows if rows else None


def _words(seconds: float) -> str:
    """Round up to what an estimate can promise."""
    if seconds <= _MINUTE - 10:
        return f"{max(ceil(seconds / 10), 1) * 10} s"
    minutes = ceil(seconds / _MINUTE)
    if seconds <= _HOUR:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
