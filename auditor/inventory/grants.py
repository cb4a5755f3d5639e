"""Delegated grants, folded: a million of them leave numbers and sets, not objects."""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from auditor.listings.delegated_grants import GrantRow

_EVERYBODY = "allprincipals"
_ONE = "principal"
_CLIENT_BITS = 32


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


@dataclass(slots=True)
class GrantFold:
    """What is kept of the grants of one part of the listing."""

    objects: Numbers
    """Of clients and resources; shared by all parts."""
    people: Numbers
    """Of users; likewise."""
    for_all: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    """Permissions consented for everybody, by client and resource."""
    by_users: dict[tuple[int, int, str], int] = field(default_factory=dict)
    """Number of users' own grants, by client, resource and text of the permissions."""
    holders: "array[int]" = field(default_factory=lambda: array("Q"))
    """One number for each user's own grant: the client's shifted, and the user's."""
    grants: dict[tuple[int, int], int] = field(default_factory=dict)
    """Of any kind, by client and resource."""
    undecided: int = 0
    """Grants of a kind that Graph does not document."""

    def add(self, rows: Iterable[GrantRow]) -> None:
        """Fold some rows."""
        objects, people = self.objects, self.people
        by_users, holders, grants = self.by_users, self.holders, self.grants
        for row in rows:
            client, resource = objects[row.client_id], objects[row.resource_id]
            pair = client, resource
            grants[pair] = grants.get(pair, 0) + 1
            kind = row.consent_type.lower()
            if kind == _ONE and row.principal_id:
                key = client, resource, row.scope or ""
                by_users[key] = by_users.get(key, 0) + 1
                holders.append(client << _CLIENT_BITS | people[row.principal_id])
            elif kind == _EVERYBODY:
                self.for_all.setdefault(pair, set()).update((row.scope or "").split())
            else:
                self.undecided += 1


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
    undecided: int


def folded(parts: Sequence[GrantFold], gone: Iterable[str]) -> FoldedGrants:
    """Join the parts of the listing.

    Args:
        parts: They share their numbers.
        gone: Object ids of disabled and deleted users.
    """
    if not parts:
        return FoldedGrants({}, {}, {}, 0, 0)
    objects, people = parts[0].objects, parts[0].people
    consents: dict[str, dict[str, Consent]] = {}
    own = _own(parts)
    for_all = _for_all(parts)
    for pair, number in _grants(parts).items():
        client, resource = (objects.ids[one] for one in pair)
        by_users, holders = own.get(pair, ({}, 0))
        names = tuple(sorted(for_all.get(pair, ())))
        consents.setdefault(client, {})[resource] = Consent(names, by_users, holders, number)
    users, users_gone = _users(parts, {people[one] for one in gone if one.lower() in people})
    return FoldedGrants(
        consents,
        {objects.ids[client]: number for client, number in users.items()},
        {objects.ids[client]: number for client, number in users_gone.items()},
        grants=sum(sum(one.grants.values()) for one in parts),
        undecided=sum(one.undecided for one in parts),
    )


def _grants(parts: Sequence[GrantFold]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for part in parts:
        for pair, number in part.grants.items():
            found[pair] = found.get(pair, 0) + number
    return found


def _for_all(parts: Sequence[GrantFold]) -> dict[tuple[int, int], set[str]]:
    found: dict[tuple[int, int], set[str]] = {}
    for part in parts:
        for pair, names in part.for_all.items():
            found.setdefault(pair, set()).update(names)
    return found


def _own(parts: Sequence[GrantFold]) -> dict[tuple[int, int], tuple[dict[str, int], int]]:
    """Count users by permission, and their grants, for each client and resource."""
    found: dict[tuple[int, int], tuple[dict[str, int], int]] = {}
    for part in parts:
        for (client, resource, text), number in part.by_users.items():
            counts, users = found.get((client, resource), ({}, 0))
            for name in dict.fromkeys(text.split()):
                counts[name] = counts.get(name, 0) + number
            found[client, resource] = counts, users + number
    return found


def _users(
    parts: Sequence[GrantFold], gone: Collection[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Count the different users of each client, and those of them who are gone.

    A user with grants on several resources of one client counts once.
    """
    holders = np.concatenate([np.frombuffer(one.holders, dtype=np.uint64) for one in parts])
    different = np.unique(holders)
    people = different & np.uint64((1 << _CLIENT_BITS) - 1)
    left = different[np.isin(people, np.fromiter(gone, dtype=np.uint64))]
    return _by_client(different), _by_client(left)


def _by_client(holders: npt.NDArray[np.uint64]) -> dict[int, int]:
    clients, counts = np.unique(holders >> np.uint64(_CLIENT_BITS), return_counts=True)
    return dict(zip(clients.tolist(), counts.tolist(), strict=True))
