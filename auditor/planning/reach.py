"""How far a plan opens the tenant: what is possible after it and was not before."""

import msgspec

from auditor.consent.exposure import Exposure, Kind, Place, kind_of
from auditor.facts import TenantFacts
from auditor.model.decision import Decision, Outcome
from auditor.model.fact import Known
from auditor.model.plan import Apps, Opened, People, Reach, Reversal
from auditor.model.tenant import Count, ServicePrincipal
from auditor.model.well_known import MICROSOFT_SERVICES
from auditor.permissions import resource_name
from auditor.remedies.action import World


class Side(msgspec.Struct, frozen=True):
    """One state of the tenant: before a plan, or after it."""

    world: World
    decision: Decision
    exposure: Exposure


def reach(before: Side, after: Side, people: People, reversal: Reversal) -> Reach:
    """Compare two states of the tenant.

    Args:
        before: The tenant as audited.
        after: With the plan's actions applied.
        people: For whom the plan holds.
        reversal: How far it can be taken back.
    """
    gained = {kind: _new(before, after, kind) for kind in after.exposure.by_kind}
    app_id = after.world.request.app_id or ""
    mine = _mine(before.decision, after.decision) | _named(before, after).get(app_id, frozenset())
    return Reach(
        apps=_apps(before, after, gained, app_id),
        opened=_opened(mine.union(*gained.values())),
        people=people,
        others_gain=_others(before.world.facts, gained, app_id, by_name=_named(before, after)),
        others_lose=_others(
            before.world.facts,
            {kind: _new(after, before, kind) for kind in gained},
            app_id,
            by_name=_named(after, before),
        ),
        standing=after.decision.outcome is Outcome.NO_PROMPT,
        reversal=reversal,
    )


def _new(before: Side, after: Side, kind: Kind) -> frozenset[Place]:
    empty: frozenset[Place] = frozenset()
    return after.exposure.by_kind.get(kind, empty) - before.exposure.by_kind.get(kind, empty)


def _mine(before: Decision, after: Decision) -> frozenset[Place]:
    """Name what the app itself could not have and now can."""
    stuck = {
        (one.asked.requirement.resource_app_id, one.asked.requirement.value)
        for one in before.permissions
        if one.outcome.ready
    }
    return frozenset(
        (one.asked.requirement.resource_app_id, one.asked.requirement.value)
        for one in after.permissions
        if one.outcome.ready
    ) - frozenset(stuck)


def _named(before: Side, after: Side) -> dict[str, frozenset[Place]]:
    """Name the apps that a policy lists, and what each of them gains."""
    old, empty = before.exposure, frozenset[Place]()
    facts = before.world.facts
    found = {
        key: new - old.by_name.get(key, old.by_kind.get(kind_of(facts, key), empty))
        for key, new in after.exposure.by_name.items()
    }
    return {key: places for key, places in found.items() if places}


def _apps(before: Side, after: Side, gained: dict[Kind, frozenset[Place]], app_id: str) -> Apps:
    if gained.get(Kind.UNVERIFIED):
        return Apps.ANY
    if any(gained.values()):
        return Apps.VERIFIED_AND_OWN
    return Apps.NAMED_APPS if set(_named(before, after)) - {app_id} else Apps.THIS_APP


def _opened(places: frozenset[Place]) -> tuple[Opened, ...]:
    by_resource: dict[str, list[str]] = {}
    for app_id, name in sorted(places):
        by_resource.setdefault(app_id, []).append(name)
    return tuple(
        Opened(resource_name(app_id), tuple(names)) for app_id, names in by_resource.items()
    )


def _others(
    facts: TenantFacts,
    gained: dict[Kind, frozenset[Place]],
    app_id: str,
    *,
    by_name: dict[str, frozenset[Place]],
) -> Count | None:
    """Count the tenant's other apps for which users can newly consent to something."""
    if not any(gained.values()) and not set(by_name) - {app_id}:
        return Count(0, exact=True)
    page, here = facts.service_principals(), facts.organization()
    if not isinstance(page, Known) or not isinstance(here, Known):
        return None
    found = [
        one
        for one in page.value.principals
        if one.app_id != app_id
        and one.owner_tenant != MICROSOFT_SERVICES
        and (gained.get(_kind(one, here.value.id)) or one.app_id in by_name)
    ]
    return Count(len(found), exact=page.value.complete)


def _kind(one: ServicePrincipal, here: str) -> Kind:
    if one.owner_tenant == here:
        return Kind.OWN
    return Kind.VERIFIED if one.publisher_id else Kind.UNVERIFIED
