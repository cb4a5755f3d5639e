"""One request against one tenant: the facts that the rules ask about, looked up once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec

from auditor.consent.logic import NO, YES, Opinion, answered, open_question
from auditor.facts import TenantFacts
from auditor.model.cloud import ENDPOINTS
from auditor.model.fact import Fact, Known, Unknown, Why
from auditor.model.profile import Asked, ConsentRequest, Publisher, Requirement, UserKind
from auditor.model.tenant import (
    Application,
    ClientGrants,
    Count,
    DeclaredPermission,
    DelegatedGrant,
    DelegatedPermission,
    ServicePrincipal,
)
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.permissions import OPENID_SCOPES, resource_name

_SIGN_IN_SCOPES = OPENID_SCOPES | {"user.read"}
"""What any app may ask for; lower case."""
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

    @property
    def permission(self) -> DelegatedPermission | None:
        """The permission as the resource publishes it; None where it does not, or is unknown."""
        return self.published.value if isinstance(self.published, Known) else None

    @property
    def is_sign_in(self) -> bool:
        """Say whether it is no more than sign-in and the basic profile, on Microsoft Graph."""
        on_graph = self.resource_app_id == MICROSOFT_GRAPH
        return on_graph and self.name.casefold() in _SIGN_IN_SCOPES


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
    user_assignments: Fact[frozenset[str]]
    """As ``user_grants``."""
    default_list: Fact[bool]
    """Whether the list that ``.default`` asks for is this tenant's to read, and was read."""

    @property
    def app(self) -> str:
        """The app's name for sentences."""
        return self.request.name


def make_case(facts: TenantFacts, request: ConsentRequest) -> Case:
    """Look up everything that the rules ask about."""
    app_id, user_id = request.app_id, request.asker.user_id
    nobody: Fact[tuple[DelegatedGrant, ...]] = Known(())
    nowhere: Fact[frozenset[str]] = Known(frozenset())
    not_given = _app_id_not_given(request)
    application = facts.application(app_id) if app_id else not_given
    return Case(
        facts=facts,
        request=request,
        targets=make_targets(facts, request.permissions),
        client=facts.client(app_id) if app_id else not_given,
        application=application,
        grants=facts.grants(app_id) if app_id else not_given,
        assignments=facts.assignments(app_id) if app_id else not_given,
        user_grants=facts.user_grants(user_id) if user_id else nobody,
        user_assignments=facts.user_assignments(user_id) if user_id else nowhere,
        default_list=_default_list(application),
    )


def _default_list(application: Fact[Application | None]) -> Fact[bool]:
    if isinstance(application, Unknown):
        return application
    if application.value is None:
        return Known(value=False)
    member = "requiredResourceAccess"
    if member in application.value.missing:
        return left_out("The registration's list of permissions", member, "application")
    return Known(value=True)


def with_declared(case: Case) -> Case:
    """Add what ``.default`` asks for where it comes to a prompt: all that the registration lists.

    Source: learn.microsoft.com/entra/identity-platform/scopes-oidc (read 2026-08).
    """
    return replace(case, targets=make_targets(case.facts, _all_asked(case.facts, case.request)))


def is_unseen(case: Case) -> bool:
    """Say whether the tenant has no service principal of the app."""
    return isinstance(case.client, Known) and case.client.value is None


def _all_asked(facts: TenantFacts, request: ConsentRequest) -> tuple[Asked, ...]:
    found = {
        (one.requirement.resource_app_id, one.requirement.value.casefold()): one
        for one in request.permissions
    }
    for entry in declared(facts, request):
        one = _requirement(facts, entry)
        place = (one.resource_app_id, one.value.casefold())
        found.setdefault(place, Asked(one, required=True, features=()))
    return tuple(found.values())


def declared(facts: TenantFacts, request: ConsentRequest) -> tuple[DeclaredPermission, ...]:
    """List the delegated permissions that ``.default`` adds to a request, as far as is known."""
    application = facts.application(request.app_id or "")
    if isinstance(application, Unknown) or application.value is None:
        return ()
    return tuple(one for one in application.value.declared if one.kind.casefold() == "scope")


def _requirement(facts: TenantFacts, entry: DeclaredPermission) -> Requirement:
    """Name a listed permission; by its id where the resource was not read or lacks it."""
    resource = facts.resource(entry.resource_app_id)
    published = resource.value.published if isinstance(resource, Known) and resource.value else ()
    names = (one.value for one in published if one.id == entry.permission_id)
    name = next(names, entry.permission_id)
    return Requirement(entry.resource_app_id, resource_name(entry.resource_app_id), name)


class _Resource(msgspec.Struct, frozen=True):
    """A resource app, its permissions by name in lower case and their classifications by id."""

    principal: Fact[ServicePrincipal | None]
    published: Fact[Mapping[str, DelegatedPermission]]
    levels: Fact[Mapping[str, str]]


def make_targets(facts: TenantFacts, asked: Iterable[Asked]) -> tuple[Target, ...]:
    """Look up permissions on their resources; names are compared without letter case."""
    every = tuple(asked)
    homes = {one.requirement.resource_app_id for one in every}
    resources = {app_id: _resource(facts, app_id) for app_id in homes}
    return tuple(_target(one, resources[one.requirement.resource_app_id]) for one in every)


def _resource(facts: TenantFacts, app_id: str) -> _Resource:
    principal, classified = facts.resource(app_id), facts.classifications(app_id)
    levels: Fact[Mapping[str, str]]
    if isinstance(classified, Unknown):
        levels = classified
    else:  # the first of several counts, in both
        found = reversed(classified.value or ())
        levels = Known({one.permission_id: one.level for one in found})
    return _Resource(principal, _published(principal), levels)


def _published(
    principal: Fact[ServicePrincipal | None],
) -> Fact[Mapping[str, DelegatedPermission]]:
    if isinstance(principal, Unknown):
        return principal
    if principal.value is None:
        return Known({})
    if "oauth2PermissionScopes" in principal.value.missing:
        return left_out("A resource's permissions", "oauth2PermissionScopes")
    return Known({one.value.casefold(): one for one in reversed(principal.value.published)})


def _target(asked: Asked, resource: _Resource) -> Target:
    published: Fact[DelegatedPermission | None]
    if isinstance(resource.published, Unknown):
        published = resource.published
    else:
        published = Known(resource.published.value.get(asked.requirement.value.casefold()))
    return Target(asked, resource.principal, published, _level(resource.levels, published))


def _level(
    levels: Fact[Mapping[str, str]], published: Fact[DelegatedPermission | None]
) -> Fact[str]:
    if isinstance(levels, Unknown):
        return levels
    if isinstance(published, Unknown):
        return published
    return Known(levels.value.get(published.value.id, "") if published.value else "")


def undeclared(app: Application, targets: Iterable[Target]) -> list[str]:
    """Name the published permissions that are not on a registration's list."""
    return [
        one.name
        for one in targets
        if one.permission is not None
        and (one.resource_app_id, one.permission.id) not in app.declared_delegated
    ]


def left_out(fact: str, member: str, source: str = "service-principal") -> Unknown:
    """Say that Graph's answer lacks a member that was selected; no other request gives it."""
    return Unknown(
        fact=fact,
        why=Why.MALFORMED,
        source=source,
        request="",
        needs=(),
        detail=f"Graph's answer does not have {member}",
    )


def _app_id_not_given(request: ConsentRequest) -> Unknown:
    return Unknown(
        fact=f"Which app {request.name} is",
        why=Why.NOT_ASKED,
        source="profile",
        request=f"--set {request.profile_id}.app_id=GUID",
        needs=(),
        detail="give the app's application (client) ID, which stands as client_id in the "
        "address of its sign-in page",
    )


class Owner(msgspec.Struct, frozen=True):
    """In which tenant the client app is registered."""

    own: Opinion
    """Whether it is this one."""
    home: Fact[str]
    """Its tenant's id."""
    here: str | None
    """This tenant's id; None when it is not known."""

    @property
    def tenant_id(self) -> str | None:
        """The id of the app's tenant; None when it is not known."""
        return self.home.value if isinstance(self.home, Known) else None


def owner(case: Case) -> Owner:
    """Find out whose the client app is: from its service principal, else its registration."""
    tenant, client, application = case.facts.organization(), case.client, case.application
    here = tenant.value.id if isinstance(tenant, Known) else None
    if isinstance(client, Known) and client.value is not None:
        home = client.value.owner_tenant
        if home is None:
            unread = left_out(f"In which tenant {case.app} is registered", "appOwnerOrganizationId")
            return Owner(open_question(unread), unread, here)
        own = open_question(tenant) if isinstance(tenant, Unknown) else answered(yes=home == here)
        return Owner(own, Known(home), here)
    if isinstance(application, Unknown):
        return Owner(open_question(application), application, here)
    if application.value is not None:
        return Owner(YES, tenant if isinstance(tenant, Unknown) else Known(tenant.value.id), here)
    unread = next((one for one in (client, tenant) if isinstance(one, Unknown)), _no_owner(case))
    return Owner(NO, unread, here)


def _no_owner(case: Case) -> Unknown:
    return Unknown(
        fact=f"In which tenant {case.app} is registered",
        why=Why.NOT_ASKED,
        source="owner",
        request="",
        needs=(),
        detail="the tenant does not know the app yet, so Graph cannot tell",
    )


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


def user_type(case: Case) -> str:
    """Return ``userType`` of the named person; empty where Graph did not tell it."""
    user_id = case.request.asker.user_id
    person = case.facts.person(user_id) if user_id else None
    known = person.value if isinstance(person, Known) else None
    return (known.user_type or "").casefold() if known else ""


def is_type_known(case: Case) -> bool:
    """Say whether a person who is named is known to be a member or a guest."""
    return not case.request.asker.user_id or bool(user_type(case))


def is_guest(case: Case) -> Fact[bool]:
    """Say whether other rules than a member's may apply to the person."""
    found = user_type(case)
    guest = found != "member" if found else case.request.asker.kind is UserKind.GUEST
    if not guest:
        return Known(value=False)
    policy = case.facts.authorization_policy()
    if isinstance(policy, Unknown):
        return policy
    if "guestUserRoleId" in policy.value.missing:
        return left_out("What guests may do", "guestUserRoleId", "authorization-policy")
    return Known((policy.value.guest_role_id or "").casefold() != _SAME_GUEST_ROLE)
