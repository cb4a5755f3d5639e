"""App management policies: how long a tenant lets credentials of apps live."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.model.fact import Fact


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The longest life of credentials of one kind, for some apps."""

    kind: str
    """``secret`` or ``certificate``."""
    enabled: bool | None
    """None where Graph says something else than enabled or disabled."""
    longest: timedelta | None
    """None where it is no time."""
    created_since: datetime | None
    """Only apps created then or later; None is all."""


@dataclass(frozen=True, slots=True)
class DefaultPolicy:
    """The tenant's own policy, for each app without one of its own."""

    enabled: bool
    applications: tuple[Lifetime, ...]
    """For registrations of this tenant."""
    service_principals: tuple[Lifetime, ...]
    """For apps that are registered in other tenants."""


@dataclass(frozen=True, slots=True)
class CustomPolicy:
    """A policy that stands in place of the tenant's own where it is assigned."""

    id: str
    enabled: bool
    lifetimes: tuple[Lifetime, ...]


@dataclass(frozen=True, slots=True)
class AppManagement:
    """All app management policies."""

    default: Fact[DefaultPolicy]
    custom: Fact[tuple[CustomPolicy, ...]]
    targets: Mapping[str, Fact[frozenset[str]]]
    """Object ids of the registrations and apps that each custom policy is assigned to, lower case,
    by the policy's id."""
