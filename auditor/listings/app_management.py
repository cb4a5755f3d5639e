"""The app management policies: what a tenant demands of the credentials of its apps.

These are settings, but only an inventory looks at them, so they are no source of an audit. One
policy can be assigned to an app, and then stands in place of the tenant's own.

Source: learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy,
tenantappmanagementpolicy-get and appmanagementpolicy-list-appliesto (read 2026-11).
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from auditor.model.app_management import CustomPolicy, DefaultPolicy, Lifetime
from auditor.sources._json import GraphObject, decode, items, only
from auditor.sources.source import AnySource, Source, Subject

_PASSWORD_LIFETIME = "passwordlifetime"  # noqa: S105 - the name of a restriction
_KEY_LIFETIME = "asymmetrickeylifetime"
_STATES = {"enabled": True, "disabled": False}
_NEEDS = ("Policy.Read.All",)
_ALSO = ("Policy.Read.ApplicationConfiguration",)
_WHY = "how long the tenant lets client secrets and certificates live"


_FOREVER = timedelta(days=1_000_000)
"""Longer than a credential can live; the longest that Python knows has no day more."""
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class _Restriction(GraphObject):
    restriction_type: str | None = None
    state: str | None = None
    max_lifetime: str | None = None
    restrict_for_apps_created_after_date_time: _Time | None = None


class _Restrictions(GraphObject):
    password_credentials: list[_Restriction] | None = None
    key_credentials: list[_Restriction] | None = None


class _Default(GraphObject):
    is_enabled: bool
    application_restrictions: _Restrictions | None = None
    service_principal_restrictions: _Restrictions | None = None


class _Custom(GraphObject):
    id: str
    is_enabled: bool
    restrictions: _Restrictions | None = None


class _Target(GraphObject):
    id: str


def _default(bodies: tuple[bytes, ...]) -> DefaultPolicy:
    found = decode(only(bodies), _Default)
    return DefaultPolicy(
        enabled=found.is_enabled,
        applications=_lifetimes(found.application_restrictions),
        service_principals=_lifetimes(found.service_principal_restrictions),
    )


def _custom(bodies: tuple[bytes, ...]) -> tuple[CustomPolicy, ...]:
    return tuple(
        CustomPolicy(one.id, one.is_enabled, _lifetimes(one.restrictions))
        for one in items(bodies, _Custom)
    )


def _targets(bodies: tuple[bytes, ...]) -> frozenset[str]:
    return frozenset(one.id.lower() for one in items(bodies, _Target))


def _lifetimes(found: _Restrictions | None) -> tuple[Lifetime, ...]:
    """Take what limits lives; a restriction of another type limits none."""
    if found is None:
        return ()
    kinds = (
        ("secret", _PASSWORD_LIFETIME, found.password_credentials),
        ("certificate", _KEY_LIFETIME, found.key_credentials),
    )
    return tuple(
        Lifetime(
            kind=kind,
            enabled=_STATES.get((one.state or "").casefold()),
            longest=_duration(one.max_lifetime),
            created_since=one.restrict_for_apps_created_after_date_time,
        )
        for kind, name, restrictions in kinds
        for one in restrictions or ()
        if (one.restriction_type or "").casefold() == name
    )


def _duration(text: str | None) -> timedelta | None:
    """Read ``P90D`` or ``P4DT12H30M5S``; None where it is no time that something could live."""
    try:
        found = msgspec.convert(text, timedelta)
    except msgspec.ValidationError:
        return None
    return min(found, _FOREVER) if found > timedelta(0) else None


DEFAULT = Source(
    name="default-app-management-policy",
    title="The tenant's app management policy",
    subject=Subject.TENANT,
    path="/policies/defaultAppManagementPolicy",
    needs=_NEEDS,
    also=_ALSO,
    why=_WHY,
    parse=_default,
)
CUSTOM = Source(
    name="app-management-policies",
    title="App management policies of single apps",
    subject=Subject.TENANT,
    path="/policies/appManagementPolicies",
    needs=_NEEDS,
    also=_ALSO,
    why=_WHY,
    parse=_custom,
    pages=True,
)
TARGETS = Source(
    name="app-management-policy-targets",
    title="The apps that an app management policy is assigned to",
    subject=Subject.POLICY,
    path="/policies/appManagementPolicies/{subject}/appliesTo?$select=id",
    needs=("Application.Read.All", "Policy.Read.All"),
    why="which apps have a policy of their own for credentials",
    parse=_targets,
    pages=True,
)
SOURCES: tuple[AnySource, ...] = (DEFAULT, CUSTOM, TARGETS)
