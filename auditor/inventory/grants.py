"""Delegated grants, folded: a million of them leave four numbers each, not objects."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from sys import intern

import numpy as np
import numpy.typing as npt

from auditor.listings.delegated_grants import GrantRow

_EVERYBODY = "allprincipals"
_ONE = "principal"
_ALL = 0
"""Stands for the user of a grant for everybody; ``_NOBODY`` for that of any other kind."""
_NOBODY = 1
_FIRST_USER = 2

_Column = npt.NDArray[np.uint64]


class Numbers(dict[str | None, int]):
    """Gives each id a number; ids that differ in letter case alone share it."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.ids: list[str] = []
        """By number, in lower case."""

    def __missing__(self, text: str | None) -> int:
        folded = (text or "").lower()
        number = self.get(folded)
        if number is None:
            number = self[folded] = len(self.ids)
            self.ids.append(folded)
        self[text] = number
        return number


class Texts(dict[str | None, int]):
    """Gives each text a number."""

    def __missing__(self, text: str | None) -> int:
        self[text] = number = len(self)
        return number


@dataclass(slots=True)
class GrantFold:
    """What is kept of the grants of one part of the listing."""

    objects: Numbers
    """Of clients and resources; shared by all parts."""
    people: Numbers
    """Of users; likewise."""
    scopes: Texts
    """Of permissions, as one grant names them; likewise."""
    pages: list[npt.NDArray[np.uint32]] = field(default_factory=list)
    """Rows of client, resource, text of the permissions and user; a column for each grant."""
    undecided: int = 0
    """Grants of a kind that Graph does not document; they have no user."""

    def add(self, rows: Sequence[GrantRow]) -> None:
        """Fold some rows."""
        page = np.empty((4, len(rows)), dtype=np.uint32)
        page[0] = _numbered(self.objects, "client_id", rows)
        page[1] = _numbered(self.objects, "resource_id", rows)
        page[2] = _numbered(self.scopes, "scope", rows)
        page[3] = _numbered(self.people, "principal_id", rows)
        page[3] += _FIRST_USER
        for place, row in enumerate(rows):
            if row.consent_type != "Principal" or not row.principal_id:
                page[3, place] = self._other(row)
        self.pages.append(page)

    def _other(self, row: GrantRow) -> int:
        kind = row.consent_type.lower()
        if kind == _EVERYBODY:
            return _ALL
        if kind == _ONE and row.principal_id:
            return self.people[row.principal_id] + _FIRST_USER
        self.undecided += 1
        return _NOBODY


def _numbered(numbers: Numbers | Texts, member: str, rows: Sequence[GrantRow]) -> list[int]:
    return list(map(numbers.__getitem__, map(attrgetter(member), rows)))


@dataclass(frozen=True, slots=True)
class Consent:
    """What one app has been granted on one resource."""

    for_all: tuple[str, ...]
    by_users: Mapping[str, int]
    users: int
    grants: int


@dataclass(frozen=True, slots=True)
class FoldedGrants:
    """All grants of a tenant, by the ids of client and resource in lower case."""

    consents: Mapping[str, Mapping[str, Consent]]
    users: Mapping[str, int]
    """Different users with a grant of their own, by client."""
    users_gone: Mapping[str, int]
    """Of these, those who are disabled or deleted."""
    grants: int


def folded(parts: Sequence[GrantFold], gone: Iterable[str]) -> FoldedGrants:
    """Join the parts of the listing.

    Args:
        parts: They share their numbers.
        gone: Object ids of disabled and deleted users.
    """
    if not parts:
        return FoldedGrants({}, {}, {}, 0)
    objects, people, scopes = parts[0].objects, parts[0].people, parts[0].scopes
    table = _Table(*np.concatenate([page for one in parts for page in one.pages], axis=1))
    for one in parts:
        one.pages.clear()
    left = [people[one] + _FIRST_USER for one in gone if one.lower() in people]
    users, users_gone = table.users(left)
    return FoldedGrants(
        _named(table.consents(list(scopes)), objects.ids),
        {objects.ids[client]: number for client, number in users},
        {objects.ids[client]: number for client, number in users_gone},
        grants=len(table.user),
    )


def _named(
    consents: Iterable[tuple[int, int, Consent]], ids: Sequence[str]
) -> dict[str, dict[str, Consent]]:
    found: dict[str, dict[str, Consent]] = {}
    for client, resource, consent in consents:
        found.setdefault(ids[client], {})[ids[resource]] = consent
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """All grants, by number."""

    client: npt.NDArray[np.uint32]
    resource: npt.NDArray[np.uint32]
    text: npt.NDArray[np.uint32]
    user: npt.NDArray[np.uint32]

    def users(self, gone: Sequence[int]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Count the different users of each client, and those of them who are gone.

        A user with grants on several resources of one client counts once.
        """
        own = self.user >= _FIRST_USER
        both = _joined(self.client[own], self.user[own])
        both.sort()
        different = both[np.diff(both, prepend=np.uint64(2**64 - 1)) != 0]
        people = different & np.uint64(2**32 - 1)
        left = different[np.isin(people, np.array(gone, dtype=np.uint64))]
        return list(_counted(different >> np.uint64(32))), list(_counted(left >> np.uint64(32)))

    def consents(self, texts: Sequence[str | None]) -> Iterator[tuple[int, int, Consent]]:
        """Count users by permission, and grants, for each client and resource."""
        names = [[intern(name) for name in dict.fromkeys((one or "").split())] for one in texts]
        both = _joined(self.client, self.resource)
        pairs, grants = np.unique(both, return_counts=True)
        of_pair = np.searchsorted(pairs, both).astype(np.uint32)
        del both
        for_all = [set[str]() for _ in pairs]
        everybody = self.user == _ALL
        for pair, text, _ in _split(_joined(of_pair[everybody], self.text[everybody])):
            for_all[pair].update(names[text])
        own = self.user >= _FIRST_USER
        by_users = [dict[str, int]() for _ in pairs]
        for pair, text, number in _split(_joined(of_pair[own], self.text[own])):
            for name in names[text]:
                by_users[pair][name] = by_users[pair].get(name, 0) + number
        holders = np.bincount(of_pair[own], minlength=len(pairs)).tolist()
        for place, (client, resource, _) in enumerate(_split(pairs)):
            for_everybody = tuple(sorted(for_all[place]))
            number = int(grants[place])
            yield client, resource, Consent(for_everybody, by_users[place], holders[place], number)


def _joined(high: npt.NDArray[np.uint32], low: npt.NDArray[np.uint32]) -> _Column:
    return high.astype(np.uint64) << np.uint64(32) | low


def _counted(column: _Column) -> Iterator[tuple[int, int]]:
    values, numbers = np.unique(column, return_counts=True)
    yield from zip(values.tolist(), numbers.tolist(), strict=True)


def _split(column: _Column) -> Iterator[tuple[int, int, int]]:
    """Give both halves of each different value, and how often it is there."""
    for value, number in _counted(column):
        yield value >> 32, value & (2**32 - 1), number
