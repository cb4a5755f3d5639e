"""Which sources are read for which requests, in two dependent steps at most.

The first step needs nothing but the requests; the built-in app consent policies are read in it
on the chance that they are assigned. The second step reads what only the first one names:
custom policies, the tenant-wide grants of an app whose grants fill more than a page, for
``.default`` the further resources of the app's registration, and where the admin consent workflow
is on, its reviewers.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from auditor.facts import TenantFacts, derive
from auditor.model.cloud import Cloud
from auditor.model.fact import Known, Unknown
from auditor.model.profile import ConsentRequest
from auditor.model.snapshot import Reading, Snapshot
from auditor.model.tenant import ReviewerKind
from auditor.model.well_known import (
    BUILT_IN_POLICIES,
    CONSENT_ROLES,
    EXCHANGE_ONLINE,
    MICROSOFT_GRAPH,
    SHAREPOINT_ONLINE,
)
from auditor.sources import (
    load,
    permission_grant_policy,
    reviewer_group,
    reviewer_group_members,
    reviewer_user,
    role_holders,
    tenant_wide_grants,
    user_roles,
)
from auditor.sources.source import Item, Subject


class Transport(Protocol):
    """Reads items from a tenant: over the network, or from a sample."""

    async def read(self, items: Sequence[Item]) -> list[Reading]:
        """Read all items side by side; refusals and failures are readings too."""


Progress = Callable[[str], None]
"""Told in a few words what is going on."""


async def collect(
    transport: Transport,
    requests: Sequence[ConsentRequest],
    *,
    tenant: str,
    cloud: Cloud,
    clock: Callable[[], datetime],
    progress: Progress,
) -> Snapshot:
    """Read what the requests need, in two steps; the second one only if there is a need.

    Args:
        transport: Where the answers come from.
        requests: At least one.
        tenant: As it was asked for; goes into the snapshot.
        cloud: Sources that it lacks are not asked.
        clock: Gives the time of the collection in UTC.
        progress: Told when a step begins.

    Returns:
        The snapshot, its readings sorted by source, subject and page.
    """
    at = clock().astimezone(UTC).replace(microsecond=0)
    first = [item for item in first_step(requests) if cloud not in item.source.absent_in]
    progress(f"reading {len(first)} settings of the tenant")
    readings = await transport.read(first)
    snapshot = _snapshot(tenant, cloud, at, readings)
    second = second_step(derive(snapshot), requests)
    if second:
        progress(f"reading {len(second)} more that these settings name")
        snapshot = _snapshot(tenant, cloud, at, readings + await transport.read(second))
    return snapshot


def items(facts: TenantFacts, requests: Sequence[ConsentRequest]) -> list[Item]:
    """List everything that the requests need of a tenant whose facts are known so far.

    Built-in policies that are not assigned are left out: nothing rests on them.
    """
    policy = facts.authorization_policy()
    assigned = (
        {one.casefold() for one in policy.value.user_consent}
        if isinstance(policy, Known)
        else set(BUILT_IN_POLICIES)
    )
    first = (
        one
        for one in first_step(requests)
        if one.source.subject is not Subject.POLICY or one.subject in assigned
    )
    return [*first, *second_step(facts, requests)]


def _snapshot(tenant: str, cloud: Cloud, at: datetime, readings: list[Reading]) -> Snapshot:
    ordered = sorted(readings, key=lambda one: (one.source, one.subject, one.page))
    return Snapshot(tenant, cloud, at, tuple(ordered))


def first_step(requests: Sequence[ConsentRequest]) -> list[Item]:
    """List what can be read at once, without repeats, in a fixed order."""
    subjects = {
        Subject.TENANT: [""],
        Subject.POLICY: list(BUILT_IN_POLICIES),
        Subject.RESOURCE: sorted(_resources(requests)),
        Subject.CLIENT: sorted({one.app_id for one in requests if one.app_id}),
        Subject.USER: sorted({one.asker.user_id for one in requests if one.asker.user_id}),
        Subject.CLIENT_OBJECT: [],
        Subject.REVIEWER: [],
    }
    return [Item(source, subject) for source in load() for subject in subjects[source.subject]]


def second_step(facts: TenantFacts, requests: Sequence[ConsentRequest]) -> list[Item]:
    """List what the first step's answers name and it did not read."""
    policies = [
        Item(permission_grant_policy.SOURCE, policy_id) for policy_id in _custom_policies(facts)
    ]
    clients = sorted({one.app_id for one in requests if one.app_id})
    paged = [_object_id(facts, app_id) for app_id in clients if _needs_listing(facts, app_id)]
    listings = [Item(tenant_wide_grants.SOURCE, one) for one in paged if one]
    found = [*policies, *listings, *_declared_resources(facts, requests), *_reviewers(facts)]
    first = first_step(requests)
    return [one for one in found if one not in first]


def _resources(requests: Iterable[ConsentRequest]) -> set[str]:
    """Name the resources asked for, and those that every run reads.

    Entra adds Graph's sign-in permissions to a request, and what is classified on the three of
    Microsoft decides about baselines and about what a plan opens.
    """
    asked = {one.requirement for request in requests for one in request.permissions}
    always = {MICROSOFT_GRAPH, EXCHANGE_ONLINE, SHAREPOINT_ONLINE}
    return {one.resource_app_id for one in asked} | always


def _declared_resources(facts: TenantFacts, requests: Sequence[ConsentRequest]) -> list[Item]:
    """List the resources that ``.default`` asks for beyond those that a request names."""
    clients = {one.app_id for one in requests if one.default_scope and one.app_id}
    found = (facts.application(app_id) for app_id in clients)
    here = (one.value for one in found if isinstance(one, Known) and one.value is not None)
    listed = {entry.resource_app_id for one in here for entry in one.declared}
    subjects = sorted(listed - _resources(requests))
    sources = [one for one in load() if one.subject is Subject.RESOURCE]
    return [Item(source, subject) for source in sources for subject in subjects]


def _reviewers(facts: TenantFacts) -> list[Item]:
    """List what says whether the workflow's reviewers can decide.

    A user's roles are read with the user. Members of a group, and holders of a role that may not
    consent by itself, are compared with the holders of those that may.
    """
    workflow = facts.workflow()
    if isinstance(workflow, Unknown) or not workflow.value.enabled:
        return []
    found: dict[ReviewerKind, list[str]] = {kind: [] for kind in ReviewerKind}
    for one in workflow.value.examined:
        found[one.kind].append(one.id)
    users, groups, roles = (
        found[kind] for kind in (ReviewerKind.USER, ReviewerKind.GROUP, ReviewerKind.ROLE)
    )
    granting = CONSENT_ROLES.values()
    if groups or set(roles).difference(granting):
        roles = list(dict.fromkeys([*roles, *granting]))
    wanted = (
        (reviewer_user.SOURCE, users),
        (user_roles.SOURCE, users),
        (reviewer_group.SOURCE, groups),
        (reviewer_group_members.SOURCE, groups),
        (role_holders.SOURCE, roles),
    )
    return [Item(source, subject) for source, subjects in wanted for subject in subjects]


def _custom_policies(facts: TenantFacts) -> list[str]:
    policy = facts.authorization_policy()
    if isinstance(policy, Unknown):
        return []
    return [one for one in policy.value.user_consent if one.casefold() not in BUILT_IN_POLICIES]


def _needs_listing(facts: TenantFacts, app_id: str) -> bool:
    page = facts.grant_page(app_id)
    return isinstance(page, Known) and page.value is not None and not page.value.complete


def _object_id(facts: TenantFacts, app_id: str) -> str:
    client = facts.client(app_id)
    return client.value.id if isinstance(client, Known) and client.value else ""
