"""Rows out of pages, with what later changes say of them.

What cannot be understood is counted, never dropped in silence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

import msgspec

from auditor.listings.listing import AnyListing, Row
from auditor.listings.pages import envelope

_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_REMOVED = "@removed"
_GUID = 36
"""Characters."""
_Members = dict[str, msgspec.Raw]
_MEMBERS = msgspec.json.Decoder(_Members)


class _Id(msgspec.Struct):
    id: str


_ID = msgspec.json.Decoder(_Id)


def same(found: str) -> str:
    """Return an id in the one form it has for the same object.

    A GUID comes in any letter case. Those of grants are no GUIDs: two may differ in case alone.
    """
    return found.lower() if len(found) == _GUID else found


@dataclass(slots=True)
class Rows:
    """The rows of one listing, page after page.

    Changes have to come first, the latest of them at the very first: then one pass over the pages
    is enough, and nothing has to be kept of a row that did not change.
    """

    listing: AnyListing
    bad: int = 0
    """Rows that could not be understood."""
    bare: int = 0
    """Rows without a member that Graph always gives."""
    _changed: dict[str, list[_Members]] = field(default_factory=dict)
    """By id, the latest first."""
    _met: dict[str, set[str]] = field(default_factory=dict)
    """Changed rows that a page had, by part of the listing."""

    def change(self, body: bytes) -> bool:
        """Take a page of changes; False where it is no page."""
        page = envelope(body)
        if page is None:
            return False
        for raw in reversed(page.value):
            try:
                members = _MEMBERS.decode(raw)
                found = same(_ID.decode(raw).id)
            except _ERRORS:
                self.bad += 1
            else:
                self._changed.setdefault(found, []).append(members)
        return True

    def page(self, body: bytes, part: str = "") -> Sequence[Row] | None:
        """Return the rows of a page as they are after the changes; None where it is no page."""
        try:
            rows = msgspec.json.decode(body, type=self.listing.page).value
        except _ERRORS:
            return self._one_by_one(body, part)
        if self._changed and any(same(row.id) in self._changed for row in rows):
            return self._one_by_one(body, part)
        self._look(rows)
        return rows

    def again(self, part: str = "") -> None:
        """Forget which rows were met, as a part begins again from its first page."""
        self._met.pop(part, None)

    def added(self) -> Sequence[Row]:
        """Return the rows that only the changes know; called behind the last page."""
        met = set().union(*self._met.values())
        new = [changes for key, changes in self._changed.items() if key not in met]
        found = [self._merged({}, changes) for changes in new]
        rows = [row for row in found if row is not None]
        inborn = [attrgetter(one) for one in self.listing.inborn]
        self.bare += sum(not all(member(row) for member in inborn) for row in rows)
        return rows

    def _one_by_one(self, body: bytes, part: str) -> Sequence[Row] | None:
        page = envelope(body)
        return list(self._each(page.value, self._met.setdefault(part, set()))) if page else None

    def _each(self, raws: Sequence[msgspec.Raw], met: set[str]) -> Iterator[Row]:
        for raw in raws:
            try:
                row = msgspec.json.decode(raw, type=self.listing.row)
            except _ERRORS:
                self.bad += 1
                continue
            self._look([row])
            changes = self._changed.get(same(row.id))
            if changes is None:
                yield row
                continue
            met.add(same(row.id))
            if merged := self._merged(_MEMBERS.decode(raw), changes):
                yield merged

    def _look(self, rows: Sequence[Row]) -> None:
        """Count rows of a page that lack something, whatever changed since."""
        if self.listing.always:
            given = attrgetter("id", *self.listing.always)
            filled = attrgetter("id", *self.listing.never_null)
            self.bare += sum(msgspec.UNSET in given(row) or None in filled(row) for row in rows)

    def _merged(self, members: _Members, changes: list[_Members]) -> Row | None:
        """Apply changes, the earliest first; None where the object is gone."""
        for change in reversed(changes):
            members = {} if _REMOVED in change else {**members, **change}
        if not members:
            return None
        try:
            return msgspec.json.decode(msgspec.json.encode(members), type=self.listing.row)
        except _ERRORS:
            self.bad += 1
            return None
