"""What users may consent to for which kinds of apps, under one state of the tenant's settings."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum, unique

import msgspec

from auditor.consent.allowed import step_up
from auditor.consent.case import Case, Target, make_case, owner
from auditor.consent.policy import make_coverage
from auditor.facts import TenantFacts
from auditor.model.cloud import ENDPOINTS
from auditor.model.decision import Answer
from auditor.model.fact import Fact, Known
from auditor.model.profile import Asked, Asker, ConsentRequest, Requirement
from auditor.model.tenant import (
    ClientGrants,
    ConditionSet,
    Count,
    DelegatedPermission,
    ServicePrincipal,
)
from auditor.permissions import resource_name
from auditor.sources import resource_service_principal

Place = tuple[str, str]
"""A resource's app ID and a permission's name."""

_NOBODY = "00000000-0000-4000-8000-00000000a99a"
"""An id that no app, tenant or publisher has."""


@unique
class Kind(StrEnum):
    """A kind of app, as app consent policies tell them apart."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    OWN = "own"


class Exposure(msgspec.Struct, frozen=True):
    """What users may consent to, or may perhaps."""

    by_kind: dict[Kind, frozenset[Place]]
    by_name: dict[str, frozenset[Place]]
    """For apps that a condition set names, by app ID."""


def exposure(
    facts: TenantFacts,
    request: ConsentRequest,
    better: Mapping[str, Kind] | None = None,
    without: Collection[str] = (),
) -> Exposure:
    """Evaluate the assigned policies for an app of each kind, and for those they name.

    Permissions that no condition tells apart are evaluated once. Consent to risky apps counts:
    with step-up on, an unverified app gets no more than sign-in.

    Args:
        facts: One state of the tenant.
        request: Any request; its app and permissions do not matter here.
        better: By app ID, where more is known than the facts say.
        without: Ids of policies that are looked away from.
    """
    settings = facts.authorization_policy()
    assigned = settings.value.user_consent if isinstance(settings, Known) else ()
    policies = tuple(one for one in assigned if one not in without)
    sets = [*_sets(facts, policies)]
    groups = _groups(facts, sets)
    kinds = (
        list(Kind) if ENDPOINTS[facts.cloud].verifies_publishers else [Kind.UNVERIFIED, Kind.OWN]
    )
    cases = {kind: _case(facts, request, kind, _NOBODY) for kind in kinds}
    named = sorted(
        {app_id.casefold() for one in sets for app_id in one.client_application_ids or ()} - {"all"}
    )
    known = {app_id: kind_of(facts, app_id) for app_id in named} | dict(better or {})
    by_name = {
        app_id: _allowed(_case(facts, request, known[app_id], app_id), policies, groups)
        for app_id in named
    }
    return Exposure(
        {kind: _allowed(case, policies, groups) for kind, case in cases.items()}, by_name
    )


def kind_of(facts: TenantFacts, app_id: str) -> Kind:
    """Say of which kind an app is that a policy names; verified where the tenant does not tell."""
    page, here = facts.service_principals(), facts.organization()
    found = page.value.principals if isinstance(page, Known) else ()
    one = next((each for each in found if each.app_id == app_id), None)
    if one is None:
        return Kind.VERIFIED
    if isinstance(here, Known) and one.owner_tenant == here.value.id:
        return Kind.OWN
    return Kind.VERIFIED if one.publisher_id else Kind.UNVERIFIED


def _sets(facts: TenantFacts, policies: Iterable[str]) -> Iterator[ConditionSet]:
    for policy_id in policies:
        found = facts.policy(policy_id)
        if isinstance(found, Known) and found.value is not None:
            yield from (*found.value.includes, *found.value.excludes)


def _groups(facts: TenantFacts, sets: list[ConditionSet]) -> list[list[Target]]:
    """Put permissions together that no condition set can tell apart."""
    listed = [frozenset(one.casefold() for one in each.permissions or ()) for each in sets]
    groups: dict[tuple[object, ...], list[Target]] = {}
    for app_id in facts.subjects(resource_service_principal.SOURCE):
        for one, target in _targets(facts, app_id):
            marks = tuple(one.id in ids for ids in listed)
            key = (app_id, one.type.casefold(), target.level, target.is_sign_in, marks)
            groups.setdefault(key, []).append(target)
    return list(groups.values())


def _targets(facts: TenantFacts, app_id: str) -> Iterator[tuple[DelegatedPermission, Target]]:
    resource, classified = facts.resource(app_id), facts.classifications(app_id)
    levels = {}
    if isinstance(classified, Known):
        found = reversed(classified.value or ())  # the first of several counts, as in deciding
        levels = {one.permission_id: one.level for one in found}
    published = resource.value.published if isinstance(resource, Known) and resource.value else ()
    for one in published:
        if one.enabled and one.value:
            named = Requirement(app_id, resource_name(app_id), one.value)
            level = Known(levels.get(one.id, "")) if isinstance(classified, Known) else classified
            asked = Asked(named, required=False, features=())
            yield one, Target(asked, resource, Known(one), level)


def _case(facts: TenantFacts, request: ConsentRequest, kind: Kind, app_id: str) -> Case:
    """Make the case of an app that is in the tenant and that nothing was granted to."""
    here = facts.organization()
    own = here.value.id if isinstance(here, Known) else None
    client = ServicePrincipal(
        id=_NOBODY,
        app_id=app_id,
        display_name="",
        account_enabled=True,
        is_disabled=None,
        disabled_by_microsoft=None,
        owner_tenant=own if kind is Kind.OWN else _NOBODY,
        assignment_required=False,
        publisher_id=_NOBODY if kind is Kind.VERIFIED else None,
        publisher_name=None,
        audience="AzureADMultipleOrgs",
        published=(),
        missing=frozenset(),
    )
    asking = replace(request, app_id=app_id, asker=Asker(), prompt_consent=False)
    nobody: Fact[ClientGrants | None] = Known(ClientGrants((), Count(0, exact=True), ()))
    case = make_case(facts, asking)
    return replace(case, client=Known(client), application=Known(None), grants=nobody)


def _allowed(case: Case, policies: tuple[str, ...], groups: list[list[Target]]) -> frozenset[Place]:
    firsts = tuple(group[0] for group in groups)
    coverage = make_coverage(case, policies, firsts)
    risky = _is_risky(case)
    return frozenset(
        (one.resource_app_id, one.name)
        for first, group in zip(firsts, groups, strict=True)
        if coverage.some(first).answer is not Answer.NO and (first.is_sign_in or not risky)
        for one in group
    )


def _is_risky(case: Case) -> bool:
    """Say whether step-up consent may keep the app from more than sign-in."""
    client = case.client.value if isinstance(case.client, Known) else None
    unverified = client is not None and client.publisher_id is None
    foreign = owner(case).own.answer is not Answer.YES
    return unverified and foreign and step_up(case).answer is not Answer.NO
