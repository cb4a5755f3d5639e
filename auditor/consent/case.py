"""One request against one tenant: the facts that the rules ask about, looked up once."""

from dataclasses import dataclass

from auditor.facts import TenantFacts
from auditor.model.cloud import ENDPOINTS
from auditor.model.decision import Answer
from auditor.model.fact import Fact, Known, Unknown, Why
from auditor.model.profile import Asked, ConsentRequest, Publisher, UserKind
from auditor.model.tenant import (
    Application,
    Classification,
    ClientGrants,
    Count,
    DelegatedGrant,
    DelegatedPermission,
    ServicePrincipal,
)

_SAME_GUEST_ROLE = "a0b1b346-4d3e-4e8b-98f8-753987be4970"


@dataclass(frozen=True, slots=True)
class Target:
    """One requested permission with its resource as this tenant knows it."""

    asked: Asked
    resource: Fact[ServicePrincipal | None]
    published: Fact[DelegatedPermission | None]
    """Known(None) where the resource publishes no permission of that name."""
    level: Fact[str]
    """Its classification, lower case; empty when it has none."""

    @property
    def name(self) -> str:
        """The permission's name."""
        return self.asked.requirement.value

    @property
    def resource_app_id(self) -> str:
        """The resource's app ID."""
        return self.asked.requirement.resource_app_id


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the facts about its client app."""

    facts: TenantFacts
    request: ConsentRequest
    targets: tuple[Target, ...]
    client: Fact[ServicePrincipal | None]
    application: Fact[Application | None]
    grants: Fact[ClientGrants | None]
    assignments: Fact[Count | None]
    user_grants: Fact[tuple[DelegatedGrant, ...]]
    """Empty unless the request names a person."""
    user_assignments: Fact[frozenset[str] | None]

    @property
    def app(self) -> str:
        """The app's name for sentences."""
        return self.request.name


def make_case(facts: TenantFacts, request: ConsentRequest) -> Case:
    """Look up everything that the rules ask about."""
    app_id, user_id = request.app_id, request.asker.user_id
    nobody: Fact[tuple[DelegatedGrant, ...]] = Known(())
    not_given = _app_id_not_given(request)
    return Case(
        facts=facts,
        request=request,
        targets=tuple(make_target(facts, asked) for asked in request.permissions),
        client=facts.client(app_id) if app_id else not_given,
        application=facts.application(app_id) if app_id else not_given,
        grants=facts.grants(app_id) if app_id else not_given,
        assignments=facts.assignments(app_id) if app_id else not_given,
        user_grants=facts.user_grants(user_id) if user_id else nobody,
        user_assignments=facts.user_assignments(user_id) if user_id else Known(None),
    )


def make_target(facts: TenantFacts, asked: Asked) -> Target:
    """Look up one permission on its resource; names are compared without letter case."""
    app_id = asked.requirement.resource_app_id
    resource = facts.resource(app_id)
    published = _published(resource, asked.requirement.value)
    return Target(asked, resource, published, _level(facts.classifications(app_id), published))


def _published(
    resource: Fact[ServicePrincipal | None], value: str
) -> Fact[DelegatedPermission | None]:
    if isinstance(resource, Unknown):
        return resource
    if resource.value is None:
        return Known(None)
    if "oauth2PermissionScopes" in resource.value.missing:
        return left_out("A resource's permissions", "oauth2PermissionScopes")
    wanted = value.casefold()
    found = (one for one in resource.value.published if one.value.casefold() == wanted)
    return Known(next(found, None))


def _level(
    classified: Fact[tuple[Classification, ...] | None],
    published: Fact[DelegatedPermission | None],
) -> Fact[str]:
    if isinstance(classified, Unknown):
        return classified
    if isinstance(published, Unknown):
        return published
    if published.value is None:
        return Known("")
    wanted = published.value.id
    levels = [one.level for one in classified.value or () if one.permission_id == wanted]
    return Known(levels[0] if levels else "")


def left_out(fact: str, member: str) -> Unknown:
    """Say that Graph's answer lacks a member that was selected."""
    return Unknown(
        fact=fact,
        why=Why.MALFORMED,
        source="service-principal",
        request=f"$select={member}",
        needs=(),
        detail=f"Graph's answer does not have {member}",
    )


def _app_id_not_given(request: ConsentRequest) -> Unknown:
    return Unknown(
        fact=f"Which app {request.name} is",
        why=Why.NOT_ASKED,
        source="profile",
        request="--set app_id=GUID",
        needs=(),
        detail="give the app's application (client) ID, which stands as client_id in the "
        "address of its sign-in page",
    )


@dataclass(frozen=True, slots=True)
class Owner:
    """In which tenant the client app is registered."""

    own: Answer
    """In this one."""
    tenant_id: str | None
    """None when it is not known which."""
    missing: tuple[Unknown, ...] = ()


def owner(case: Case) -> Owner:
    """Find out whose the client app is: from its service principal, else its registration."""
    tenant = case.facts.organization()
    client = case.client
    if isinstance(client, Known) and client.value is not None:
        home = client.value.owner_tenant
        if home is None:
            return Owner(Answer.UNKNOWN, None, (left_out("Who owns the app", "appOwner"),))
        if isinstance(tenant, Unknown):
            return Owner(Answer.UNKNOWN, home, (tenant,))
        return Owner(Answer.YES if home == tenant.value.id else Answer.NO, home)
    if isinstance(case.application, Unknown):
        return Owner(Answer.UNKNOWN, None, (case.application,))
    if case.application.value is None:
        return Owner(Answer.NO, None)
    if isinstance(tenant, Unknown):
        return Owner(Answer.YES, None, (tenant,))
    return Owner(Answer.YES, tenant.value.id)


def publisher(case: Case) -> Fact[str | None]:
    """Return the verified publisher's id, ``""`` for one that is only stated; None if unverified.

    Clouds other than the global one have no publisher verification. For an app that the tenant
    does not know yet, the request may state it.
    """
    if not ENDPOINTS[case.facts.cloud].verifies_publishers:
        return Known(None)
    client = case.client
    if isinstance(client, Known) and client.value is not None:
        if "verifiedPublisher" in client.value.missing:
            return left_out("Whether the app's publisher is verified", "verifiedPublisher")
        return Known(client.value.publisher_id)
    if isinstance(client, Unknown):
        return client
    if case.request.publisher is Publisher.UNKNOWN:
        return _publisher_not_stated(case.request)
    return Known("" if case.request.publisher is Publisher.VERIFIED else None)


def _publisher_not_stated(request: ConsentRequest) -> Unknown:
    return Unknown(
        fact=f"Whether the publisher of {request.name} is verified",
        why=Why.NOT_ASKED,
        source="publisher",
        request="--publisher verified|unverified",
        needs=(),
        detail="the tenant does not know the app yet, so Graph cannot tell: ask the vendor",
    )


def is_guest(case: Case) -> Fact[bool]:
    """Say whether other rules than a member's may apply to the person."""
    kind = case.request.asker.kind
    user_id = case.request.asker.user_id
    person = case.facts.person(user_id) if user_id else None
    guest = kind is UserKind.GUEST
    if isinstance(person, Known) and person.value is not None and person.value.user_type:
        guest = person.value.user_type.casefold() != "member"
    if not guest:
        return Known(value=False)
    policy = case.facts.authorization_policy()
    if isinstance(policy, Unknown):
        return policy
    return Known((policy.value.guest_role_id or "").casefold() != _SAME_GUEST_ROLE)
