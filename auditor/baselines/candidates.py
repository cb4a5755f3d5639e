"""The risky permissions as a tenant has them: published, classified, or not readable."""

from collections.abc import Mapping

import msgspec

from auditor.baselines.reach import Candidate
from auditor.baselines.settings import Settings
from auditor.facts import TenantFacts
from auditor.model.fact import Fact, Known, Unknown, Why
from auditor.model.tenant import Classification, ServicePrincipal
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE

ALWAYS = (MICROSOFT_GRAPH, EXCHANGE_ONLINE, SHAREPOINT_ONLINE)
"""Resources without whose classifications no control that rests on them is met."""

_SCOPES = "oauth2PermissionScopes"

_Entries = dict[str, tuple[str, str | None]]
"""By permission id: its name and its type, as ``Candidate`` has it."""


class RiskyHere(msgspec.Struct, frozen=True):
    """The risky permissions of the resources that count."""

    candidates: tuple[Candidate, ...]
    resources: tuple[str, ...]
    """App IDs of the resources that were looked at."""
    unread: tuple[tuple[str, Unknown], ...]
    """App ID and the fact that is missing of it."""


def resources(settings: Settings) -> tuple[str, ...]:
    """List the resources that count: the three of every run, and what else was read."""
    listed = settings.risky.names
    return tuple(one for one in listed if one in ALWAYS or _was_read(settings.facts, one))


def _was_read(facts: TenantFacts, app_id: str) -> bool:
    classified = facts.classifications(app_id)
    return isinstance(classified, Known) or classified.why is not Why.NOT_ASKED


def risky_here(settings: Settings) -> RiskyHere:
    """Look the risky permissions up in the tenant."""
    found: list[Candidate] = []
    unread: list[tuple[str, Unknown]] = []
    looked_at = resources(settings)
    for app_id in looked_at:
        resource = settings.facts.resource(app_id)
        classified = settings.facts.classifications(app_id)
        found += _candidates(settings, app_id, resource, classified)
        unread += [(app_id, one) for one in (resource, classified) if isinstance(one, Unknown)]
    return RiskyHere(tuple(found), looked_at, tuple(unread))


def _candidates(
    settings: Settings,
    app_id: str,
    resource: Fact[ServicePrincipal | None],
    classified: Fact[tuple[Classification, ...] | None],
) -> list[Candidate]:
    """List one resource's risky permissions: those it publishes, and those classified anyway."""
    if isinstance(resource, Known) and resource.value is None:
        return []
    names = settings.risky.names[app_id]
    levels = {one.permission_id: one.level for one in _listed(classified)}
    default = "" if isinstance(classified, Known) else None
    entries: _Entries = {key: (names[key], "user") for key in levels.keys() & names.keys()}
    published = _published(names, resource)
    if published is None:
        entries = {key: (name, None) for key, name in names.items()} | entries
    else:
        entries |= published
    return [
        Candidate(app_id, key, name, kind, levels.get(key, default))
        for key, (name, kind) in sorted(entries.items())
    ]


def _published(
    names: Mapping[str, str], resource: Fact[ServicePrincipal | None]
) -> _Entries | None:
    """Find risky permissions by id, and by name where a national cloud has other ids.

    None where what the resource publishes was not read.
    """
    if isinstance(resource, Unknown) or resource.value is None or _SCOPES in resource.value.missing:
        return None
    folded = {name.casefold() for name in names.values()}
    return {
        one.id: (names.get(one.id, one.value), one.type.casefold())
        for one in resource.value.published
        if one.id in names or one.value.casefold() in folded
    }


def _listed(classified: Fact[tuple[Classification, ...] | None]) -> tuple[Classification, ...]:
    return (classified.value or ()) if isinstance(classified, Known) else ()
