"""The route, and the one module for other programs: read a tenant, then make its report.

    snapshot = read_tenant(sign_in, connection, requests, …)    or read_sample, read_snapshot
    report = make_report(snapshot, requests, previous=None)

Only the first line does I/O with a tenant. The same snapshot and requests give the same report.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from auditor import __version__
from auditor.baselines import evaluate
from auditor.baselines.load import load_baselines
from auditor.catalog import known_apps
from auditor.checks import judge_all
from auditor.checks.check import CheckContext
from auditor.collect import Progress, collect, items
from auditor.consent.case import make_case, owner, publisher
from auditor.consent.decide import References, decide
from auditor.consent.exposure import Exposure, exposure
from auditor.errors import SignInError, UsageError
from auditor.facts import TenantFacts, derive
from auditor.managed import load_managed
from auditor.model.baseline import ControlResult
from auditor.model.decision import Decision
from auditor.model.fact import Known
from auditor.model.profile import ConsentRequest, Publisher
from auditor.model.report import Assessment, ClientSummary, Completeness, Report
from auditor.model.snapshot import Reading, Snapshot
from auditor.planning import propose
from auditor.planning.made import Judges
from auditor.remedies.context import Context
from auditor.samples import Sample, answer
from auditor.sign_in_errors import load_sign_in_errors
from auditor.sources.source import Item

if TYPE_CHECKING:
    from auditor.graph.client import GraphClient
    from auditor.graph.settings import Connection, SignIn


def read_tenant(
    sign_in: "SignIn",
    connection: "Connection",
    requests: Sequence[ConsentRequest],
    *,
    progress: Progress,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> Snapshot:
    """Read what the requests need from a live tenant.

    Args:
        sign_in: Credentials; the way that is taken is told to ``progress``.
        connection: Where the tenant's cloud is.
        requests: What will be decided.
        progress: Told what is going on.
        clock: UTC.
        sleep: Waits some seconds before a try is repeated; ``asyncio.sleep`` unless given.

    Raises:
        UsageError: Something that the sign-in needs is not given.
        SignInError: Entra gives no token, or Graph refuses every single read.
    """
    from auditor.graph.session import with_client  # noqa: PLC0415 - only a live run needs it

    async def read(client: "GraphClient") -> Snapshot:
        from auditor.graph.transport import GraphTransport  # noqa: PLC0415 - Entra answers first

        return await collect(
            GraphTransport(client),
            requests,
            tenant=sign_in.tenant,
            cloud=connection.cloud,
            clock=clock,
            progress=progress,
        )

    snapshot = with_client(read, sign_in, connection, progress=progress, clock=clock, sleep=sleep)
    _check_something_was_read(snapshot.readings)
    return snapshot


def _check_something_was_read(readings: Sequence[Reading]) -> None:
    if any(one.is_read for one in readings):
        return
    first = readings[0]
    why = first.failure or f"HTTP {first.status}"
    msg = (
        f"not one setting of the tenant could be read ({first.request.split('?')[0]}: {why}): "
        "check the app's permissions and the connection"
    )
    raise SignInError(msg)


def gaps(snapshot: Snapshot, requests: Sequence[ConsentRequest]) -> list[str]:
    """Say in lines what a snapshot lacks for these requests; nothing where it is complete."""
    facts = derive(snapshot)
    rows = _completeness(facts, requests)
    unread = [one for one in rows if one.status not in {"read", "not-found"}]
    named = dict.fromkeys(f"{one.title} ({one.status})" for one in unread)
    nameless = [one.profile_id for one in requests if one.app_id is None]
    lines = []
    if unread:
        lines.append(f"{len(unread)} of {len(rows)} reads failed: {'; '.join(named)}")
    if nameless:
        options = " ".join(f"--set {one}.app_id=GUID" for one in nameless)
        lines.append(f"nothing was read about the apps that nobody named; name them with {options}")
    return lines


class _SampleTransport:
    """Answers from a sample tenant instead of a network."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample

    async def read(self, items: Sequence[Item]) -> list[Reading]:
        return [self._reading(item) for item in items]

    def _reading(self, item: Item) -> Reading:
        status, body = answer(self._sample, item.request)
        at = self._sample.collected_at
        return Reading(item.source.name, item.subject, 0, item.request, status, body, at)


def read_sample(sample: Sample, requests: Sequence[ConsentRequest]) -> Snapshot:
    """Read what the requests need from a sample tenant."""
    import asyncio  # noqa: PLC0415 - takes a third of the time of an audit

    return asyncio.run(
        collect(
            _SampleTransport(sample),
            requests,
            tenant=sample.tenant,
            cloud=sample.cloud,
            clock=lambda: sample.collected_at,
            progress=lambda _: None,
        )
    )


def make_report(
    snapshot: Snapshot, requests: Sequence[ConsentRequest], previous: Snapshot | None = None
) -> Report:
    """Decide every request on a snapshot, judge the tenant and propose plans.

    Args:
        snapshot: Its time of collection is the clock of everything that the report says.
        requests: At least one, in the report's order.
        previous: An earlier one of the same tenant, which ``check_previous`` has let pass.
    """
    before = derive(previous) if previous else None
    return report_on(derive(snapshot), requests, load_judges(), before)


def check_previous(previous: Snapshot, snapshot: Snapshot) -> None:
    """Refuse a snapshot that is no earlier one of the same tenant.

    Raises:
        UsageError: It is of another tenant, or newer, or it cannot be told whose it is.
    """
    if previous.share_safe is not snapshot.share_safe:
        msg = "--previous: one of the two snapshots is share-safe and the other is not"
        raise UsageError(f"{msg}: add --share-safe, with the key of the first one")
    key = ", or was made with another key" if snapshot.share_safe else ""
    before, now = derive(previous).organization(), derive(snapshot).organization()
    if isinstance(before, Known) and isinstance(now, Known):
        whose, same = f"is of another tenant{key}", before.value.id == now.value.id
    else:
        whose = "says neither the id nor the same name of the tenant"
        same = previous.tenant.casefold() == snapshot.tenant.casefold()
    if not same or previous.cloud is not snapshot.cloud:
        msg = f"--previous {whose if not same else 'is of another cloud'}"
        raise UsageError(f"{msg}: give an earlier snapshot of this tenant")
    if previous.collected_at > snapshot.collected_at:
        read, earlier = (f"{one.collected_at:%Y-%m-%d %H:%M}" for one in (snapshot, previous))
        msg = f"--previous was read later ({earlier} UTC) than what is audited ({read} UTC)"
        raise UsageError(f"{msg}: give an earlier snapshot")


@cache
def load_judges() -> Judges:
    """Load the dated tables and the baselines, by which any state of a tenant is judged."""
    references = References(load_managed(), load_sign_in_errors())
    baselines = load_baselines()

    def decided(facts: TenantFacts, request: ConsentRequest) -> Decision:
        return decide(facts, request, references)

    def settled(facts: TenantFacts, request: ConsentRequest) -> Decision:
        return decide(facts, request, references, traced=False)

    def controls(facts: TenantFacts) -> tuple[ControlResult, ...]:
        return evaluate(facts, baselines)

    return Judges(decided, settled, controls, references.managed)


def report_on(
    facts: TenantFacts,
    requests: Sequence[ConsentRequest],
    judges: Judges,
    previous: TenantFacts | None = None,
) -> Report:
    """Make the report of one state of a tenant."""
    decided = [(request, judges.decide(facts, request)) for request in requests]
    controls = judges.controls(facts)
    tenant = facts.organization()
    known = tenant.value if isinstance(tenant, Known) else None
    stuck = next((request for request, decision in decided if not decision.outcome.ready), None)
    exposed = exposure(facts, stuck) if stuck else None
    return Report(
        tool_version=__version__,
        tenant_id=known.id if known else None,
        tenant_name=known.display_name if known else None,
        cloud=facts.cloud,
        collected_at=facts.collected_at,
        completeness=_completeness(facts, requests),
        assessments=tuple(
            _assessment(Context(facts, *one), judges, controls, exposed) for one in decided
        ),
        findings=judge_all(
            CheckContext(facts, tuple(decided), judges.managed, known_apps(), previous)
        ),
        baselines=controls,
        share_safe=facts.share_safe,
    )


def _completeness(
    facts: TenantFacts, requests: Sequence[ConsentRequest]
) -> tuple[Completeness, ...]:
    wanted = sorted(items(facts, requests), key=lambda item: (item.source.name, item.subject))
    return tuple(facts.completeness(item) for item in wanted)


def _assessment(
    context: Context,
    judges: Judges,
    controls: tuple[ControlResult, ...],
    exposed: Exposure | None,
) -> Assessment:
    proposal = propose(context, judges, controls, exposed)
    return Assessment(
        request=context.request,
        client=_client(context.facts, context.request),
        decision=context.decision,
        plans=proposal.plans,
        not_proven=proposal.not_proven,
        first_steps=proposal.first_steps,
    )


def _client(facts: TenantFacts, request: ConsentRequest) -> ClientSummary:
    case = make_case(facts, request)
    known = case.client.value if isinstance(case.client, Known) else None
    grants = case.grants.value if isinstance(case.grants, Known) else None
    verified = publisher(case)
    return ClientSummary(
        app_id=request.app_id,
        display_name=known.display_name if known else None,
        in_tenant=known is not None if isinstance(case.client, Known) else None,
        publisher=_publisher(verified.value) if isinstance(verified, Known) else Publisher.UNKNOWN,
        owner_tenant=owner(case).tenant_id,
        users_with_own_grant=grants.own if grants else None,
    )


def _publisher(publisher_id: str | None) -> Publisher:
    return Publisher.UNVERIFIED if publisher_id is None else Publisher.VERIFIED
