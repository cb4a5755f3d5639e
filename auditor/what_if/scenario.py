"""One state of a tenant that is supposed, and small things that every change needs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from auditor.consent.explain import joined, missing
from auditor.errors import UsageError
from auditor.facts import TenantFacts
from auditor.model.change import Call
from auditor.model.fact import Fact, Unknown
from auditor.model.profile import ConsentRequest
from auditor.model.tenant import DelegatedPermission, ServicePrincipal
from auditor.model.what_if import Supposition
from auditor.permissions import nearest_name, resource_name
from auditor.scopes import parse_scope
from auditor.simulate import simulate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A tenant and what is asked of it."""

    facts: TenantFacts
    requests: tuple[ConsentRequest, ...]

    def after(self, *calls: Call) -> "Scenario":
        """Return what it is after some Graph requests."""
        return replace(self, facts=simulate(self.facts, calls))


@dataclass(frozen=True, slots=True)
class Place:
    """A permission that the tenant's resource publishes."""

    resource: ServicePrincipal
    permission: DelegatedPermission

    @property
    def name(self) -> str:
        """Name it with its resource."""
        return f"{self.permission.value} on {resource_name(self.resource.app_id)}"


def refusal(given: Supposition, why: str) -> UsageError:
    """Make the error that says why a change cannot be applied."""
    return UsageError(f"{given.option} cannot be applied: {why}")


def known(given: Supposition, fact: Fact[T]) -> T:
    """Return a fact's value.

    Raises:
        UsageError: It could not be read.
    """
    if isinstance(fact, Unknown):
        raise refusal(given, missing(fact))
    return fact.value


def place(given: Supposition, facts: TenantFacts, scope: str) -> Place:
    """Find the permission that a scope names.

    Raises:
        UsageError: It is no scope, or the tenant publishes no such permission.
    """
    app_id, name = parse_scope(scope)
    resource = known(given, facts.resource(app_id))
    if resource is None:
        raise refusal(given, f"the tenant has no resource {resource_name(app_id)}")
    if "oauth2PermissionScopes" in resource.missing:
        raise refusal(given, f"what {resource_name(app_id)} publishes was left out by Graph")
    for one in resource.published:
        if one.value.casefold() == name.casefold():
            return Place(resource, one)
    near = nearest_name(name, (one.value for one in resource.published))
    hint = f"; the nearest name is {near}" if near else ""
    raise refusal(given, f"{resource_name(app_id)} publishes no permission {name} here{hint}")


def clients(given: Supposition, scenario: Scenario) -> dict[str, ConsentRequest]:
    """Return the requests by their app ID, each app once.

    Raises:
        UsageError: Nobody said which app one of them is.
    """
    for one in scenario.requests:
        if one.app_id is None:
            option = f"--set {one.profile_id}.app_id=GUID"
            why = f"nobody said which app {one.name} is; name it with {option} or leave it out"
            raise refusal(given, why)
    found: dict[str, ConsentRequest] = {}
    for one in scenario.requests:
        found.setdefault(one.app_id or "", one)
    return found


def names(requests: Iterable[ConsentRequest]) -> str:
    """Name the apps of requests for a sentence."""
    return joined(list(dict.fromkeys(one.name for one in requests)))
