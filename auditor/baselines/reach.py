"""Which permissions a policy lets users consent to, for some app: sets instead of questions.

``auditor/consent`` asks about one app and one permission, with a trace. A baseline asks about all
risky permissions and any app, for every plan anew, so the sets are computed without a trace. The
meaning of the conditions is that of ``auditor/consent/match.py``; a test holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from auditor.consent.condition_sets import LEVELS, folded, home, is_for_apps_of, kind, level
from auditor.model.tenant import ConditionSet, PermissionGrantPolicy

_DELEGATED = frozenset({"delegated", "delegateduserconsentable"})


class Candidate(msgspec.Struct, frozen=True):
    """One delegated permission of a resource as this tenant has it."""

    resource_app_id: str
    id: str
    name: str
    kind: str | None
    """``user`` or ``admin``, other values may come; None where it was not read."""
    level: str | None
    """Its classification, empty without one; None where it was not read."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Positions in a list of candidates."""

    sure: frozenset[int]
    maybe: frozenset[int]
    """What may be in reach, with what is surely in reach."""


_NOTHING = Reach(frozenset(), frozenset())


def reach(
    policy: PermissionGrantPolicy, candidates: Sequence[Candidate], *, verifies: bool
) -> Reach:
    """Say which candidates users may consent to under one policy, for at least one app.

    Args:
        policy: The policy as read.
        candidates: The permissions in question.
        verifies: Whether publishers are verified in this cloud at all.
    """
    covers = [(one, _covered(one, candidates)) for one in policy.excludes]
    found = [
        _left(one, _covered(one, candidates), covers)
        for one in policy.includes
        if _fits_an_app(one, verifies=verifies)
    ]
    sure = frozenset[int]().union(*(one.sure for one in found))
    maybe = frozenset[int]().union(*(one.maybe for one in found))
    if policy.unrecognised:
        return Reach(frozenset(), frozenset(range(len(candidates))))
    return Reach(sure, maybe)


def is_open(found: ConditionSet) -> bool:
    """Say whether apps of any publisher and tenant fit, named by nothing."""
    names = (
        found.client_application_ids,
        found.client_application_tenant_ids,
        found.client_application_publisher_ids,
    )
    return not found.verified_publisher_only and all(folded(one) is None for one in names)


def is_selective(found: ConditionSet) -> bool:
    """Say whether it covers no more than classified or named permissions."""
    return level(found) != "all" or folded(found.permissions) is not None


def is_undecided(found: ConditionSet) -> bool:
    """Say whether it has a condition that cannot be evaluated."""
    labels = (found.sensitivity_labels or "all").casefold() != "all"
    return bool(found.certified_only or labels or found.unrecognised)


def may_cover(found: ConditionSet) -> bool:
    """Say whether it is about delegated permissions, as far as its type tells."""
    return kind(found) != "application"


def names_apps(policy: PermissionGrantPolicy) -> bool:
    """Say whether a policy is limited to client apps that it names."""
    found = [one for one in policy.includes if may_cover(one)]
    return all(folded(one.client_application_ids) is not None for one in found)


def _left(
    include: ConditionSet, covered: Reach, excludes: Sequence[tuple[ConditionSet, Reach]]
) -> Reach:
    """Take away what excludes cover for every app that the include is for."""
    wider = [(one, reached) for one, reached in excludes if is_for_apps_of(include, one)]
    certain = (reached.sure for one, reached in wider if not is_undecided(one))
    possible = (reached.maybe for _, reached in wider)
    maybe = covered.maybe.difference(*certain)
    if is_undecided(include):
        return Reach(frozenset(), maybe)
    return Reach(covered.sure.difference(*possible), maybe)


def _fits_an_app(include: ConditionSet, *, verifies: bool) -> bool:
    """Say whether there can be an app that it is for."""
    ids, tenants, publishers = (
        folded(include.client_application_ids),
        folded(include.client_application_tenant_ids),
        folded(include.client_application_publisher_ids),
    )
    named = all(one is None or one for one in (ids, tenants, publishers))
    return named and (verifies or not (include.verified_publisher_only or publishers))


def _covered(found: ConditionSet, candidates: Sequence[Candidate]) -> Reach:
    """Compare the conditions on the permission."""
    if kind(found) == "application":
        return _NOTHING
    ids = folded(found.permissions)
    sure, maybe = set(), set()
    for position, one in enumerate(candidates):
        if home(found) not in {"any", one.resource_app_id} or (
            ids is not None and one.id not in ids
        ):
            continue
        answers = (_fits_kind(kind(found), one.kind), _fits_level(level(found), one.level))
        if False in answers:
            continue
        maybe.add(position)
        if None not in answers:
            sure.add(position)
    return Reach(frozenset(sure), frozenset(maybe))


def _fits_kind(wanted: str, kind: str | None) -> bool | None:
    if wanted not in _DELEGATED or kind not in {"user", "admin"}:
        return None
    return wanted == "delegated" or kind == "user"


def _fits_level(wanted: str, level: str | None) -> bool | None:
    if wanted == "all":
        return True
    if level is None or wanted not in LEVELS or (level and level not in LEVELS):
        return None
    return level == wanted
