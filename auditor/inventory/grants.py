"""Delegated grants, folded: a million of them leave four numbers each, not objects."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from sys import intern

import numpy as np
import numpy.typing as npt

from auditor.listings.delegated_grants import GrantRow

_EVERYBODY = "allprincipals"
_ONE = "principal"
_ALL = 2**32 - 1
"""Stands for the user of a grant for everybody; ``_NOBODY`` for that of any other kind."""
_NOBODY = 2**32 - 2

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
    columns: "list[array[int]]" = field(default_factory=lambda: [array("I") for _ in range(4)])
    """Client, resource, text of the permissions and user of each grant."""
    undecided: int = 0
    """Grants of a kind that Graph does not document; they have no user."""

    def add(self, rows: Sequence[GrantRow]) -> None:
        """Fold some rows."""
        clients, resources, texts, users = self.columns
        start = len(users)
        clients.extend(map(self.objects.__getitem__, map(attrgetter("client_id"), rows)))
        resources.extend(map(self.objects.__getitem__, map(attrgetter("resource_id"), rows)))
        texts.extend(map(self.scopes.__getitem__, map(attrgetter("scope"), rows)))
        users.extend(map(self.people.__getitem__, map(attrgetter("principal_id"), rows)))
        for place, row in enumerate(rows, start):
            if row.consent_type != "Principal" or not row.principal_id:
                users[place] = self._other(row)

    def _other(self, row: GrantRow) -> int:
        kind = row.consent_type.lower()
        if kind == _EVERYBODY:
            return _ALL
        if kind == _ONE and row.principal_id:
            return self.people[row.principal_id]
        self.undecided += 1
        return _NOBODY


def _column(parts: Sequence[GrantFold], place: int) -> npt.NDArray[np.uint32]:
    """Join one column of all parts, which let go of it."""
    found = np.concatenate([np.frombuffer(one.columns[place], np.uint32) for one in parts])
    for one in parts:
        one.columns[place] = array("I")
    return found


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
    table = _Table(*(_column(parts, place) for place in range(4)))
    left = [people[one] for one in gone if one.lower() in people]
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
        own = self.user < _NOBODY
        both = _joined(self.client[own], self.user[own])
        both.sort()
        last = np.ones(len(both), dtype=bool)
        last[:-1] = both[1:] != both[:-1]
        different = both[last]
        del both
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
        own = self.user < _NOBODY
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
    found = high.astype(np.uint64)
    found <<= np.uint64(32)
    found |= low
    return found


def _counted(column: _Column) -> Iterator[tuple[int, int]]:
    values, numbers = np.unique(column, return_counts=True)
    yield from zip(values.tolist(), numbers.tolist(), strict=True)


def _split(column: _Column) -> Iterator[tuple[int, int, int]]:
    """Give both halves of each different value, and how often it is there."""
    for value, number in _counted(column):
        yield value >> 32, value & (2**32 - 1), number
