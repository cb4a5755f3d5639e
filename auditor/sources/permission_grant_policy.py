"""One app consent policy with its include and exclude condition sets."""

import msgspec

from auditor.model.tenant import ConditionSet, PermissionGrantPolicy
from auditor.sources._json import decode, members, only
from auditor.sources.source import MalformedError, Source, Subject

_HARMLESS = frozenset({"id", "displayName", "description", "deletedDateTime"})
_CONDITIONS = frozenset(
    {
        "permissionType",
        "permissionClassification",
        "permissions",
        "resourceApplication",
        "clientApplicationIds",
        "clientApplicationTenantIds",
        "clientApplicationPublisherIds",
        "clientApplicationsFromVerifiedPublisherOnly",
        "certifiedClientApplicationsOnly",
        "scopeSensitivityLabels",
    }
)
_NULL = b"null"

_Members = dict[str, msgspec.Raw]


def _is_null(raw: msgspec.Raw) -> bool:
    return bytes(raw).strip() == _NULL


def _text(found: _Members, name: str) -> str | None:
    return decode(bytes(found[name]), str | None) if name in found else None  # type: ignore[arg-type]


def _flag(found: _Members, name: str) -> bool | None:
    return decode(bytes(found[name]), bool | None) if name in found else None  # type: ignore[arg-type]


def _texts(found: _Members, name: str) -> tuple[str, ...] | None:
    if name not in found or _is_null(found[name]):
        return None
    return decode(bytes(found[name]), tuple[str, ...])


class _Labels(msgspec.Struct, rename="camel"):
    label_kind: str | None = None


def _labels(found: _Members) -> str | None:
    name = "scopeSensitivityLabels"
    if name not in found or _is_null(found[name]):
        return None
    return decode(bytes(found[name]), _Labels).label_kind or "unknown"


def _condition_set(body: bytes) -> ConditionSet:
    found = {name: raw for name, raw in members(body).items() if "@odata." not in name}
    null = frozenset(name for name, raw in found.items() if _is_null(raw))
    return ConditionSet(
        id=_text(found, "id") or "",
        permission_type=_text(found, "permissionType"),
        permission_classification=_text(found, "permissionClassification"),
        permissions=_texts(found, "permissions"),
        resource_application=_text(found, "resourceApplication"),
        client_application_ids=_texts(found, "clientApplicationIds"),
        client_application_tenant_ids=_texts(found, "clientApplicationTenantIds"),
        client_application_publisher_ids=_texts(found, "clientApplicationPublisherIds"),
        verified_publisher_only=_flag(found, "clientApplicationsFromVerifiedPublisherOnly"),
        certified_only=_flag(found, "certifiedClientApplicationsOnly"),
        sensitivity_labels=_labels(found),
        explicit_nulls=null & _CONDITIONS,
        unrecognised=frozenset(found) - _CONDITIONS - {"id"} - null,
    )


def _sets(found: _Members, name: str) -> tuple[ConditionSet, ...]:
    if name not in found or f"{name}@odata.nextLink" in found:
        msg = f"{name} was left out or is not complete"
        raise MalformedError(msg)
    return tuple(
        _condition_set(bytes(raw)) for raw in decode(bytes(found[name]), list[msgspec.Raw])
    )


def _unrecognised(found: _Members) -> frozenset[str]:
    """Name what could widen or narrow the policy beyond its condition sets."""
    odd = set()
    for name, raw in found.items():
        if "@odata." in name or name in _HARMLESS | {"includes", "excludes"} or _is_null(raw):
            continue
        value = bytes(raw).strip().lower()
        if name == "includeAllPreApprovedApplications" and value == b"false":
            continue
        if name == "resourceScopeType" and value == b'"tenant"':
            continue
        odd.add(name)
    return frozenset(odd)


def _parse(bodies: tuple[bytes, ...]) -> PermissionGrantPolicy:
    found = members(only(bodies))
    identity = _text(found, "id")
    if not identity:
        raise MalformedError("id was left out")
    return PermissionGrantPolicy(
        id=identity,
        display_name=_text(found, "displayName") or identity,
        includes=_sets(found, "includes"),
        excludes=_sets(found, "excludes"),
        unrecognised=_unrecognised(found),
    )


SOURCE = Source(
    name="permission-grant-policy",
    title="App consent policy",
    subject=Subject.POLICY,
    path="/policies/permissionGrantPolicies/{subject}",
    needs=("Policy.Read.PermissionGrant",),
    also=("Policy.ReadWrite.PermissionGrant",),
    why="what the assigned app consent policies include and exclude",
    parse=_parse,
    may_be_absent=True,
)
