"""What has been consented already, and what an app with ``.default`` asks for."""

from dataclasses import replace

from auditor.consent.case import Case, Target
from auditor.consent.logic import NO, Opinion, all_of, answered, any_of, open_question
from auditor.consent.question import Question, because
from auditor.model.decision import Answer
from auditor.model.fact import Fact, Known, Unknown
from auditor.model.tenant import ClientGrants, DelegatedGrant, ServicePrincipal
from auditor.model.well_known import (
    EXCHANGE_ONLINE,
    MAIL_PROTOCOL_SCOPES,
    MICROSOFT_GRAPH,
    MICROSOFT_SERVICES,
    SHAREPOINT_ONLINE,
)

_MICROSOFT_RESOURCES = frozenset({MICROSOFT_GRAPH, EXCHANGE_ONLINE, SHAREPOINT_ONLINE})
_TWIN = {MICROSOFT_GRAPH: EXCHANGE_ONLINE, EXCHANGE_ONLINE: MICROSOFT_GRAPH}


def granted(question: Question) -> Opinion:
    """Is the permission granted already, for everybody or for this person?"""
    return is_granted(question.case, question.target)


def is_granted(case: Case, target: Target) -> Opinion:
    """Say the same of any permission; a forced prompt asks again whatever is granted."""
    if case.request.prompt_consent:
        return NO
    granted = _grant_of(case, target.resource, target.name)
    twin = _TWIN.get(target.resource_app_id)
    if twin is None or target.name.casefold() not in MAIL_PROTOCOL_SCOPES:
        return granted
    other = _grant_of(case, case.facts.resource(twin), target.name)
    counts = open_question(caveat="grant-on-twin-permission")
    return any_of((granted, all_of((other, counts))))


def _grant_of(case: Case, resource: Fact[ServicePrincipal | None], name: str) -> Opinion:
    everybody = _tenant_wide(case.grants, resource, name, case.app)
    return any_of((everybody, _by_person(case, resource, name)))


def _tenant_wide(
    grants: Fact[ClientGrants | None], resource: Fact[ServicePrincipal | None], name: str, app: str
) -> Opinion:
    if isinstance(grants, Unknown):
        return open_question(grants)
    if grants.value is None:
        return NO
    text = f"An administrator has consented to {name} for everybody who uses {app}."
    sure = _covers(grants.value.tenant_wide, resource, name)
    maybe = _covers(grants.value.undecided, resource, name)
    odd = all_of((maybe, open_question(caveat="unknown-value")))
    return because(any_of((sure, odd)), "granted-tenant-wide", text)


def _by_person(case: Case, resource: Fact[ServicePrincipal | None], name: str) -> Opinion:
    mine = _own_grants(case)
    if isinstance(mine, Unknown):
        return open_question(mine)
    text = f"The person has already consented to {name} for {case.app}."
    return because(_covers(mine.value, resource, name), "granted-to-user", text)


def _own_grants(case: Case) -> Fact[tuple[DelegatedGrant, ...]]:
    """Find what the named person has consented to for this app; nothing for an unnamed one."""
    if isinstance(case.user_grants, Unknown) or not case.user_grants.value:
        return case.user_grants
    if isinstance(case.client, Unknown):
        return case.client
    object_id = case.client.value.id if case.client.value else ""
    return Known(tuple(one for one in case.user_grants.value if one.client_id == object_id))


def _covers(
    grants: tuple[DelegatedGrant, ...], resource: Fact[ServicePrincipal | None], name: str
) -> Opinion:
    wanted = name.casefold()
    named = (one for one in grants if wanted in {scope.casefold() for scope in one.scopes})
    return _on_resource(frozenset(one.resource_id for one in named), resource)


def _on_resource(homes: frozenset[str], resource: Fact[ServicePrincipal | None]) -> Opinion:
    if not homes:
        return NO
    if isinstance(resource, Unknown):
        return open_question(resource)
    return answered(yes=resource.value is not None and resource.value.id in homes)


def default_scope(question: Question) -> Opinion:
    """With ``.default`` nobody is asked where anything on the resource is granted already."""
    return is_default_granted(question.case, question.target)


def is_default_granted(case: Case, target: Target) -> Opinion:
    """Say the same of any permission."""
    if not case.request.default_scope or case.request.prompt_consent:
        return NO
    opinion = any_of((_anything_granted(case, target), _anything_of_person(case, target)))
    if opinion.answer is Answer.YES:
        opinion = replace(opinion, caveats=opinion.caveats | {"stale-grant"})
    text = "The app asks for .default, and something is granted already: nobody is asked again."
    return because(opinion, "default-scope-granted", text)


def _anything_granted(case: Case, target: Target) -> Opinion:
    grants = case.grants
    if isinstance(grants, Unknown):
        return open_question(grants)
    if grants.value is None:
        return NO
    odd = all_of((_any_on(target, grants.value.undecided), open_question(caveat="unknown-value")))
    return any_of((_any_on(target, grants.value.tenant_wide), odd))


def _anything_of_person(case: Case, target: Target) -> Opinion:
    mine = _own_grants(case)
    return open_question(mine) if isinstance(mine, Unknown) else _any_on(target, mine.value)


def _any_on(target: Target, grants: tuple[DelegatedGrant, ...]) -> Opinion:
    """Sign-in permissions come along with a request for any resource."""
    if target.is_sign_in:
        return answered(yes=bool(grants))
    return _on_resource(frozenset(one.resource_id for one in grants), target.resource)


def preauthorized(question: Question) -> Opinion:
    """Has the resource's owner authorised the app in advance? That stands in the owner's tenant.

    Source: learn.microsoft.com/entra/identity-platform/permissions-consent-overview (read 2026-08).
    """
    caveat = "preauthorization-not-read"
    client = question.case.client
    owner = client.value.owner_tenant if isinstance(client, Known) and client.value else None
    if owner == MICROSOFT_SERVICES:
        return open_question(caveat=caveat)
    if question.target.resource_app_id in _MICROSOFT_RESOURCES:
        return NO
    return replace(NO, caveats=frozenset({caveat}))


def default_list(question: Question) -> Opinion:
    """With ``.default`` the app asks for all that its registration lists: is the list known?"""
    if not question.case.request.default_scope:
        return NO
    resource = question.target.resource
    listed = resource if isinstance(resource, Unknown) else question.case.default_list
    if isinstance(listed, Unknown):
        return open_question(listed, caveat="default-scope-list")
    return NO if listed.value else replace(NO, caveats=frozenset({"default-scope-list"}))
