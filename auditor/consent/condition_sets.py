"""What a condition set says by itself: how wide it is, whether another one holds it.

``match.py`` asks whether a set matches one permission of one app; here sets are compared with each
other. The meaning of the conditions is the same, and a test holds the two together.
"""

from dataclasses import replace

from auditor.model.tenant import ConditionSet

LEVELS = frozenset({"low", "medium", "high"})
_TYPES = frozenset({"application", "delegated", "delegateduserconsentable"})


def folded(values: tuple[str, ...] | None) -> frozenset[str] | None:
    """Fold a condition's list; None where it covers all."""
    found = frozenset({"all"} if values is None else (one.casefold() for one in values))
    return None if "all" in found else found


def titled(label: str, found: ConditionSet) -> str:
    """Add a set's id to what it is called, for whoever has to correct it."""
    return f"{label} ({found.id})" if found.id else label


def level(found: ConditionSet) -> str:
    """Return the classification that a set asks for, lower case; ``all`` for none."""
    given = found.permission_classification
    return "all" if given is None else given.casefold()


def home(found: ConditionSet) -> str:
    """Return the resource of a set, lower case; ``any`` for every one."""
    given = found.resource_application
    return "any" if given is None else given.casefold()


def unreadable(found: ConditionSet) -> tuple[str, ...]:
    """Name the conditions whose meaning this program does not know."""
    labels = (found.sensitivity_labels or "all").casefold() != "all"
    odd = (
        ("permissionType", kind(found) not in _TYPES),
        ("permissionClassification", level(found) not in LEVELS | {"all"}),
        ("scopeSensitivityLabels", labels),
    )
    return (*(name for name, holds in odd if holds), *sorted(found.unrecognised))


def kind(found: ConditionSet) -> str:
    """Return the permission type of a set, lower case; empty where it was left out."""
    return (found.permission_type or "").casefold()


def plain(found: ConditionSet) -> ConditionSet:
    """Write a set in one way only: without its id, lists sorted, defaults written out."""
    return replace(
        found,
        id="",
        permission_type=kind(found),
        permission_classification=level(found),
        permissions=_sorted(found.permissions),
        resource_application=home(found),
        client_application_ids=_sorted(found.client_application_ids),
        client_application_tenant_ids=_sorted(found.client_application_tenant_ids),
        client_application_publisher_ids=_sorted(found.client_application_publisher_ids),
        verified_publisher_only=bool(found.verified_publisher_only),
        certified_only=bool(found.certified_only),
        sensitivity_labels=(found.sensitivity_labels or "all").casefold(),
        explicit_nulls=frozenset(),
    )


def _sorted(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    found = folded(values)
    return None if found is None else tuple(sorted(found))


def is_void(found: ConditionSet) -> bool:
    """Say whether it cannot match what users consent to, by its type or an empty condition."""
    lists = (
        found.permissions,
        found.client_application_ids,
        found.client_application_tenant_ids,
        found.client_application_publisher_ids,
    )
    return kind(found) == "application" or not home(found) or () in lists


def is_within(inner: ConditionSet, outer: ConditionSet) -> bool:
    """Say whether it is proven that one set matches whatever another one matches.

    A condition that cannot be read, or that is an explicit null, proves nothing for the outer set;
    for the inner one it can only narrow what is matched.
    """
    if unreadable(outer) or outer.explicit_nulls:
        return False
    return (
        kind(inner) in _NARROWER[kind(outer)]
        and home(outer) in {"any", home(inner)}
        and level(outer) in {"all", level(inner)}
        and _holds(outer.permissions, inner.permissions)
        and bool(inner.certified_only) >= bool(outer.certified_only)
        and is_for_apps_of(inner, outer)
    )


_NARROWER = {
    "application": frozenset({"application"}),
    "delegated": frozenset({"delegated", "delegateduserconsentable"}),
    "delegateduserconsentable": frozenset({"delegateduserconsentable"}),
}
"""By permission type: those of which every permission is also of this type."""


def is_for_apps_of(inner: ConditionSet, outer: ConditionSet) -> bool:
    """Say whether the outer set is for every app of the inner one; certification is left aside."""
    publishers = inner.client_application_publisher_ids
    verified = bool(inner.verified_publisher_only) or folded(publishers) is not None
    return (
        (verified or not outer.verified_publisher_only)
        and _holds(outer.client_application_ids, inner.client_application_ids)
        and _holds(outer.client_application_tenant_ids, inner.client_application_tenant_ids)
        and _holds(outer.client_application_publisher_ids, publishers)
    )


def _holds(outer: tuple[str, ...] | None, inner: tuple[str, ...] | None) -> bool:
    wide, narrow = folded(outer), folded(inner)
    return wide is None or (narrow is not None and narrow <= wide)
