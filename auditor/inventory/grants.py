"""Delegated grants, folded: a million of them leave four numbers each, not objects."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern

import msgspec
import numpy as np
import numpy.typing as npt

from auditor.listings.delegated_grants import GrantRow

_EVERYBODY = "allprincipals"
_ONE = "principal"
_USUAL = "Principal"
"""As Graph writes it; nearly all grants are of this kind."""
_ALL = 2**32 - 1
"""Stands for the user of a grant for everybody; ``_NOBODY`` for that of any other kind."""
_NOBODY = 2**32 - 2

_Column = npt.NDArray[np.uint32]
_Long = npt.NDArray[np.uint64]
"""Two columns in one."""


class Numbers(dict[str, int]):
    """Gives each id a number; ids that differ in letter case alone share it."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.ids: list[str] = []
        """By number, in lower case."""

    def __missing__(self, text: str) -> int:
        folded = text.lower()
        number = self.get(folded)
        if number is None:
            number = self[folded] = len(self.ids)
            self.ids.append(folded)
        self[text] = number
        return number


class Texts(dict[str, int]):
    """Gives each text a number."""

    def __missing__(self, text: str) -> int:
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
        objects, people, scopes = self.objects, self.people, self.scopes
        clients.fromlist([objects[row.client_id] for row in rows])
        resources.fromlist([objects[row.resource_id] for row in rows])
        texts.fromlist([scopes[row.scope or ""] for row in rows])
        users.fromlist(
            [
                people[one]
                if (one := row.principal_id) and row.consent_type == _USUAL
                else self._other(row)
                for row in rows
            ]
        )

    def _other(self, row: GrantRow) -> int:
        kind = row.consent_type.lower()
        if kind == _EVERYBODY:
            return _ALL
        if kind == _ONE and row.principal_id:
            return self.people[row.principal_id]
        self.undecided += 1
        return _NOBODY


def _column(parts: Sequence[GrantFold], place: int) -> _Column:
    """Join one column of all parts, which let go of it."""
    found = np.concatenate([np.frombuffer(one.columns[place], np.uint32) for one in parts])
    for one in parts:
        one.columns[place] = array("I")
    return found


class Consent(msgspec.Struct, frozen=True, gc=False):
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
    left = [people[one] for one in gone if one.lower() in people]
    client, user = _column(parts, 0), _column(parts, 3)
    users, users_gone = _users(client, user, left)
    pairs, pair = _pairs(client, _column(parts, 1))
    del client
    consents = _consents(pairs, pair, _column(parts, 2), user, scopes)
    return FoldedGrants(
        _named(consents, objects.ids),
        {objects.ids[client]: number for client, number in users},
        {objects.ids[client]: number for client, number in users_gone},
        grants=len(user),
    )


def _named(
    consents: Iterable[tuple[int, int, Consent]], ids: Sequence[str]
) -> dict[str, dict[str, Consent]]:
    found: dict[str, dict[str, Consent]] = {}
    for client, resource, consent in consents:
        found.setdefault(ids[client], {})[ids[resource]] = consent
    return found


def _users(
    client: _Column, user: _Column, gone: Sequence[int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Count the different users of each client, and those of them who are gone.

    A user with grants on several resources of one client counts once.
    """
    own = user < _NOBODY
    both = _joined(client[own], user[own])
    both.sort()
    different = both[_is_first(both)]
    del both
    left = different[np.isin(different & np.uint64(2**32 - 1), np.array(gone, dtype=np.uint64))]
    return _by_client(different), _by_client(left)


def _by_client(different: _Long) -> list[tuple[int, int]]:
    clients, numbers = _counted(different >> np.uint64(32))
    return list(zip(clients.tolist(), numbers.tolist(), strict=True))


def _pairs(client: _Column, resource: _Column) -> tuple[_Long, _Column]:
    """Return every pair of client and resource once, and the place there of each grant's pair."""
    both = _joined(client, resource)
    pairs = np.unique(both)
    return pairs, np.searchsorted(pairs, both).astype(np.uint32)


def _consents(
    pairs: _Long, pair: _Column, text: _Column, user: _Column, texts: Iterable[str]
) -> Iterator[tuple[int, int, Consent]]:
    """Count users by permission, and grants, for each client and resource."""
    names = [[intern(name) for name in dict.fromkeys(one.split())] for one in texts]
    for_all: dict[int, set[str]] = {}
    everybody = user == _ALL
    for place, one, _ in _halves(_joined(pair[everybody], text[everybody])):
        for_all.setdefault(place, set()).update(names[one])
    own = user < _NOBODY
    by_users: list[dict[str, int]] = [{} for _ in pairs]
    for place, one, number in _halves(_joined(pair[own], text[own])):
        counts = by_users[place]
        for name in names[one]:
            counts[name] = counts.get(name, 0) + number
    holders = np.bincount(pair[own], minlength=len(pairs)).tolist()
    grants = np.bincount(pair, minlength=len(pairs)).tolist()
    for place, (client, resource) in enumerate(zip(*_split(pairs), strict=True)):
        everything = tuple(sorted(for_all[place])) if place in for_all else ()
        yield client, resource, Consent(everything, by_users[place], holders[place], grants[place])


def _joined(high: _Column, low: _Column) -> _Long:
    found = high.astype(np.uint64)
    found <<= np.uint64(32)
    found |= low
    return found


def _is_first(column: _Long) -> npt.NDArray[np.bool_]:
    """Say of each value of a sorted column whether it differs from the one before."""
    found = np.ones(len(column), dtype=np.bool_)
    found[1:] = column[1:] != column[:-1]
    return found


def _counted(column: _Long) -> tuple[_Long, npt.NDArray[np.intp]]:
    """Give each different value of a sorted column, and how often it is there."""
    first = np.flatnonzero(_is_first(column))
    return column[first], np.diff(first, append=len(column))


def _halves(column: _Long) -> Iterator[tuple[int, int, int]]:
    """Sort a column, and give both halves of each different value and how often it is there."""
    column.sort()
    values, numbers = _counted(column)
    return zip(*_split(values), numbers.tolist(), strict=True)


def _split(column: _Long) -> tuple[list[int], list[int]]:
    """Give the two columns that are joined in one."""
    return (column >> np.uint64(32)).tolist(), (column & np.uint64(2**32 - 1)).tolist()
