"""Compares what a document says an app asks for with its registration and with the tenant."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique

from auditor.app_permissions import Granted, Grants, Listed, granted, listed
from auditor.consent import explain
from auditor.facts import TenantFacts
from auditor.model.cloud import Cloud
from auditor.model.fact import Fact, Known, Unknown
from auditor.model.profile import Asked, ConsentRequest
from auditor.model.tenant import Application, Count
from auditor.permissions import PermissionTable, covered, resource_name


@unique
class Held(StrEnum):
    """Whether one of the three sides has a permission."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@unique
class Place(StrEnum):
    """Where the app is registered, as far as its list can be read."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One permission, on all three sides."""

    resource_app_id: str
    """The resource's object id where nobody read which app it is."""
    resource: str
    value: str
    """The permission's id where nobody knows its name."""
    asked: Held = Held.NO
    required: bool = False
    """A required feature asks for it."""
    features: tuple[str, ...] = ()
    listed: Held = Held.NO
    """On the registration's list."""
    granted: Held = Held.NO
    """Consented for everybody."""
    users: Count | None = None
    """Users with a consent of their own; None where that is not known."""
    covered_by: str = ""
    """The writing permission that the document asks for too."""


@unique
class Conclusion(StrEnum):
    """What the three sides together show."""

    NEVER_REQUESTED = "asked-not-requested"
    NOT_IN_DOCUMENT = "requested-not-asked"
    LEFT_OVER = "granted-not-asked"
    NOT_GRANTED = "asked-not-granted"
    NEVER_NEEDED = "asked-not-needed"


@dataclass(frozen=True, slots=True)
class ProfileDiff:
    """The whole comparison."""

    profile_id: str
    name: str
    app_id: str
    tenant_id: str | None
    tenant_name: str | None
    cloud: Cloud
    collected_at: datetime
    registration: Place
    rows: tuple[Row, ...]
    """The document's permissions first, in its order."""
    unknown: tuple[str, ...]
    """Why something is not known."""

    def concluded(self, what: Conclusion) -> tuple[Row, ...]:
        """List the permissions that a conclusion is about."""
        return tuple(one for one in self.rows if what in conclusions(one))


def conclusions(row: Row) -> Iterator[Conclusion]:
    """Draw conclusions from what is known of a permission; none from what is not."""
    if row.asked is Held.YES and row.listed is Held.NO:
        yield Conclusion.NEVER_REQUESTED
    if row.asked is Held.NO and row.listed is Held.YES:
        yield Conclusion.NOT_IN_DOCUMENT
    if row.asked is Held.NO and (row.granted is Held.YES or (row.users and row.users.number)):
        yield Conclusion.LEFT_OVER
    if row.asked is Held.YES and row.granted is Held.NO:
        yield Conclusion.NOT_GRANTED
    if row.covered_by:
        yield Conclusion.NEVER_NEEDED


def compare(
    facts: TenantFacts, request: ConsentRequest, app_id: str, table: PermissionTable
) -> ProfileDiff:
    """Compare a profile with a tenant.

    Args:
        facts: The tenant.
        request: Made from the profile with all of its features.
        app_id: Which app it is.
        table: Names permissions that the tenant does not.
    """
    names, place, why = _list(facts, facts.application(app_id), table)
    grants = granted(facts, app_id)
    known_grants = grants.value if isinstance(grants, Known) else None
    sides = _Sides(_asked(request), names, known_grants)
    tenant = facts.organization()
    known = tenant.value if isinstance(tenant, Known) else None
    gaps = [why, explain.missing(grants) if isinstance(grants, Unknown) else ""]
    return ProfileDiff(
        profile_id=request.profile_id,
        name=request.name,
        app_id=app_id,
        tenant_id=known.id if known else None,
        tenant_name=known.display_name if known else None,
        cloud=facts.cloud,
        collected_at=facts.collected_at,
        registration=place,
        rows=sides.rows(),
        unknown=tuple(filter(None, gaps)),
    )


def _list(
    facts: TenantFacts, found: Fact[Application | None], table: PermissionTable
) -> tuple[tuple[Listed, ...] | None, Place, str]:
    """Return the registration's list; None, and why, where it is not known."""
    if isinstance(found, Unknown):
        return None, Place.UNKNOWN, explain.missing(found)
    if found.value is None:
        why = (
            "The app is not registered in this tenant, so its list of permissions is not readable."
        )
        return None, Place.ELSEWHERE, why
    if "requiredResourceAccess" in found.value.missing:
        why = "Graph left the registration's list of permissions out of its answer."
        return None, Place.HERE, why
    return listed(facts, found.value, table), Place.HERE, ""


def _asked(request: ConsentRequest) -> tuple[Row, ...]:
    required = [one.requirement for one in request.permissions]
    pairs = [(one.resource_app_id, one.value) for one in required]
    entries = dict(zip(pairs, request.permissions, strict=True))
    wide = {
        (app_id, narrow): name
        for app_id, narrow, name in covered(pairs)
        if _always_with(entries[app_id, narrow], entries[app_id, name])
    }
    return tuple(
        Row(
            resource_app_id=pair[0],
            resource=one.requirement.resource,
            value=pair[1],
            asked=Held.YES,
            required=one.required,
            features=one.features,
            covered_by=wide.get(pair, ""),
        )
        for one, pair in zip(request.permissions, pairs, strict=True)
    )


def _always_with(narrow: Asked, wide: Asked) -> bool:
    """Say whether nobody can have asked for the one without the other, whatever is switched on."""
    return wide.required or set(narrow.features) <= set(wide.features)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The three lists; a permission is the same where resource and name are, in any letter case.

    An id that nobody can name may be any permission of its resource, and a consent on a resource
    that nobody read may be for any resource: then the answer is unknown, not no.
    """

    asked: tuple[Row, ...]
    names: tuple[Listed, ...] | None
    """None where the registration's list is not known."""
    grants: Grants | None
    """None where what is consented is not known."""

    def rows(self) -> tuple[Row, ...]:
        """Join the lists: what is asked for, then what only another side has."""
        every = {_key(one): one for one in self.asked}
        for entry in self.names or ():
            name = entry.value or entry.permission_id
            row = self._not_asked(entry.resource_app_id, name, maybe=self._may_be_asked(entry))
            every.setdefault(_key(row), row)
        for grant in self._granted():
            home = grant.resource_app_id or grant.resource_object_id
            row = self._not_asked(home, grant.value, maybe=self._may_be_granted(grant))
            every.setdefault(_key(row), row)
        return tuple(self._filled(one) for one in every.values())

    def _granted(self) -> tuple[Granted, ...]:
        return self.grants.permissions if self.grants else ()

    def _not_asked(self, resource: str, value: str, *, maybe: bool) -> Row:
        asked = Held.UNKNOWN if maybe else Held.NO
        return Row(resource, resource_name(resource), value, asked=asked)

    def _may_be_asked(self, entry: Listed) -> bool:
        """Say whether a listed id without a name can be a permission that is asked for."""
        named = {(one.resource_app_id, (one.value or "").casefold()) for one in self.names or ()}
        rest = {one.resource_app_id for one in self.asked if _key(one) not in named}
        return not entry.value and entry.resource_app_id in rest

    def _may_be_granted(self, grant: Granted) -> bool:
        names = {one.value.casefold() for one in self.asked}
        return grant.resource_app_id is None and grant.value.casefold() in names

    def _filled(self, row: Row) -> Row:
        held, users = self._consent(row)
        return replace(row, listed=self._list(row), granted=held, users=users)

    def _list(self, row: Row) -> Held:
        if self.names is None:
            return Held.UNKNOWN
        resource, value = _key(row)
        for entry in self.names:
            name = (entry.value or entry.permission_id).casefold()
            if (entry.resource_app_id, name) == (resource, value):
                return Held.YES
        homeless = {one.resource_object_id for one in self._granted() if not one.resource_app_id}
        maybe = (
            resource in {one.resource_app_id for one in self.names if not one.value}
            or resource in homeless
        )
        return Held.UNKNOWN if maybe else Held.NO

    def _consent(self, row: Row) -> tuple[Held, Count | None]:
        if self.grants is None:
            return Held.UNKNOWN, None
        resource, value = _key(row)
        same = [one for one in self._granted() if one.value.casefold() == value]
        for one in same:
            if resource == (one.resource_app_id or one.resource_object_id):
                held = {True: Held.YES, False: Held.NO, None: Held.UNKNOWN}[one.tenant_wide]
                return held, one.users
        if any(one.resource_app_id is None for one in same):
            return Held.UNKNOWN, None
        return Held.NO, self.grants.nobody


def _key(row: Row) -> tuple[str, str]:
    return row.resource_app_id, row.value.casefold()
