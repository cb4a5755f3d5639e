"""A snapshot's readings, one after the other, to what an inventory keeps of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from sys import intern
from typing import cast

from auditor.graph_error import refusal
from auditor.inventory.grants import FoldedGrants, GrantFold, Numbers, Texts, folded
from auditor.inventory.rows import Rows
from auditor.listings import (
    delegated_grants,
    deleted_users,
    disabled_users,
    load,
    owners_together,
    service_principals,
)
from auditor.listings.delegated_grants import GrantRow
from auditor.listings.listing import AnyListing, Row
from auditor.listings.pages import changes_of, goes_on, whole_parts
from auditor.listings.service_principals import ServicePrincipalRow
from auditor.model.inventory import Coverage, ListingCoverage
from auditor.model.snapshot import Reading

_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


@dataclass(slots=True)
class _Part:
    """How far one chain of pages has come."""

    pages: int = 0
    rows: int = 0
    problem: str = ""
    refused: bool = False
    open: bool = True
    """There is a next page."""
    bad: int = 0
    """Rows that could not be understood."""

    @property
    def trouble(self) -> str:
        """What keeps the part from being whole."""
        if self.problem or not self.bad:
            return self.problem or ("its last pages were not read" if self.open else "")
        return _not_understood(self.bad)


@dataclass(slots=True)
class Fold:
    """Takes the readings of one snapshot in their order."""

    _settings: dict[tuple[str, str], list[Reading]] = field(default_factory=dict)
    _rows: dict[str, Rows] = field(default_factory=dict)
    _kept: dict[tuple[str, str], dict[str, Row]] = field(default_factory=dict)
    """Rows by listing and part, then by id in lower case."""
    _grants: dict[str, GrantFold] = field(default_factory=dict)
    _parts: dict[tuple[str, str], _Part] = field(default_factory=dict)
    _added: dict[str, int] = field(default_factory=dict)
    """Number of rows that only the changes know, by listing."""
    _tags: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """Of service principals; few differ."""
    _objects: Numbers = field(default_factory=Numbers)
    _people: Numbers = field(default_factory=Numbers)
    _scopes: Texts = field(default_factory=Texts)
    _listings: dict[str, AnyListing] = field(default_factory=lambda: {x.name: x for x in load()})
    _changes: dict[str, AnyListing] = field(
        default_factory=lambda: {changes_of(x): x for x in load()}
    )

    def take(self, reading: Reading) -> None:
        """Fold one reading."""
        if listing := self._listings.get(reading.source):
            self._page(listing, reading)
        elif listing := self._changes.get(reading.source):
            if reading.status == HTTPStatus.OK:
                self._rows_of(listing).change(reading.body)
        elif together := owners_together.BY_NAME.get(reading.source):
            for one in together.apart(reading):
                self._page(together.listing, one)
        else:
            self._set(reading)

    @property
    def settings(self) -> list[Reading]:
        """Readings of the tenant's settings; not of listings."""
        return [reading for pages in self._settings.values() for reading in pages]

    def finish(self) -> None:
        """Add what only the changes know; called once, behind the last reading."""
        for name, rows in self._rows.items():
            added = rows.added()
            self._added[name] = len(added)
            self._add(rows.listing, "", added)

    def rows(self, listing: AnyListing) -> list[Row]:
        """Return the rows of a listing that is kept row by row; they are let go of here."""
        found: dict[str, Row] = {}
        for key in [one for one in self._kept if one[0] == listing.name]:
            found.update(self._kept.pop(key))
        return list(found.values())

    def by_part(self, listing: AnyListing) -> dict[str, tuple[list[Row], str]]:
        """Return the rows of each part that was read, and what went wrong; empty if nothing did."""
        return {
            subject: ([*self._kept.get((name, subject), {}).values()], part.trouble)
            for (name, subject), part in self._parts.items()
            if name == listing.name
        }

    def grants(self) -> FoldedGrants:
        """Return the delegated grants; what was kept of them is let go of here."""
        gone = [row.id for one in (disabled_users, deleted_users) for row in self.rows(one.LISTING)]
        parts = list(self._grants.values())
        self._grants.clear()
        self._objects, self._people, self._scopes = Numbers(), Numbers(), Texts()
        return folded(parts, gone)

    def coverage(self) -> tuple[ListingCoverage, ...]:
        """Say of every listing how far it was read."""
        return tuple(self._coverage(one) for one in self._listings.values())

    def _undecided(self) -> int:
        return sum(one.undecided for one in self._grants.values())

    def _rows_of(self, listing: AnyListing) -> Rows:
        return self._rows.setdefault(listing.name, Rows(listing))

    def _set(self, reading: Reading) -> None:
        """Keep a setting; a first page begins anew, where an interrupted run left half a list."""
        pages = self._settings.setdefault((reading.source, reading.subject), [])
        if reading.page == 0:
            pages.clear()
        pages.append(reading)

    def _page(self, listing: AnyListing, reading: Reading) -> None:
        key = listing.name, reading.subject
        if reading.page == 0:
            self._begin(listing, key)
        part = self._parts.setdefault(key, _Part())
        if reading.page != part.pages:
            part.problem = part.problem or "a page is missing"
        part.pages = reading.page + 1
        if not reading.is_read:
            self._failed(listing, part, reading)
            return
        of_listing = self._rows_of(listing)
        bad = of_listing.bad
        rows = of_listing.page(reading.body, reading.subject)
        part.bad += of_listing.bad - bad
        if rows is None:
            part.open = False
            part.problem = "Graph's answer is no page of a listing"
            return
        part.rows += len(rows)
        part.open = goes_on(reading.body)
        self._add(listing, reading.subject, rows)

    def _begin(self, listing: AnyListing, key: tuple[str, str]) -> None:
        """Forget what an earlier try left, whose page token had expired."""
        self._parts[key] = _Part()
        self._kept.pop(key, None)
        if listing.delta:
            self._rows_of(listing).again(key[1])
        if key[0] == delegated_grants.LISTING.name:
            self._grants.pop(key[1], None)

    def _add(self, listing: AnyListing, subject: str, rows: Sequence[Row]) -> None:
        if listing is delegated_grants.LISTING:
            if subject not in self._grants:
                self._grants[subject] = GrantFold(self._objects, self._people, self._scopes)
            self._grants[subject].add(cast("Sequence[GrantRow]", rows))
            return
        kept = self._kept.setdefault((listing.name, subject), {})
        if listing is service_principals.LISTING:
            self._share(cast("Sequence[ServicePrincipalRow]", rows))
        for row in rows:
            kept[row.id.lower()] = row

    def _share(self, rows: Sequence[ServicePrincipalRow]) -> None:
        """Let texts that many rows have be one object, and write ids in lower case."""
        for row in rows:
            row.id = row.id.lower()
            row.app_id = (row.app_id or "").lower()
            row.app_owner_organization_id = intern((row.app_owner_organization_id or "").lower())
            row.service_principal_type = intern(row.service_principal_type or "")
            row.sign_in_audience = intern(row.sign_in_audience or "")
            row.tags = self._tags.setdefault(row.tags, row.tags) if row.tags else ()

    def _failed(self, listing: AnyListing, part: _Part, reading: Reading) -> None:
        part.open = False
        if reading.status == HTTPStatus.NOT_FOUND and listing.may_be_absent and not reading.page:
            return
        part.refused = reading.status in _REFUSED
        part.problem = reading.failure or refusal(reading.status, reading.body)

    def _coverage(self, listing: AnyListing) -> ListingCoverage:
        begun = [part for name, part in self._parts if name == listing.name]
        named = whole_parts(listing, begun) or begun
        found = {one: self._parts.get((listing.name, one)) for one in named}
        asked = [one for one in found.values() if one is not None]
        rows = self._rows_of(listing)
        bad, bare = rows.bad, rows.bare
        problems = [one.problem for one in asked if one.problem]
        if any(one.open for one in asked):
            problems.append("its last pages were not read")
        if asked and len(asked) < len(found):
            problems.append("not all of its parts were read")
        if bad:
            problems.append(_not_understood(bad))
        if bare:
            verb = "entry lacks" if bare == 1 else "entries lack"
            problems.append(f"{bare} {verb} members that were asked for")
        if listing is delegated_grants.LISTING and (odd := self._undecided()):
            noun = "grant is" if odd == 1 else "grants are"
            problems.append(f"{odd} {noun} of a kind that is not known here")
        return ListingCoverage(
            name=listing.name,
            title=listing.title,
            coverage=_word(asked, problems),
            rows=sum(one.rows for one in asked) + self._added.get(listing.name, 0),
            needs=listing.needs,
            why=listing.why,
            detail="; ".join(dict.fromkeys(problems)),
        )


def _not_understood(bad: int) -> str:
    return f"{bad} {'entry' if bad == 1 else 'entries'} could not be understood"


def _word(asked: list[_Part], problems: list[str]) -> Coverage:
    if not asked:
        return Coverage.NOT_ASKED
    if not problems:
        return Coverage.READ
    return Coverage.REFUSED if all(one.refused for one in asked) else Coverage.INCOMPLETE
