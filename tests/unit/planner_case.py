"""Plans for a tenant that a test builds, and short words for what their steps send."""

from collections.abc import Mapping
from dataclasses import replace

from auditor.facts import TenantFacts
from auditor.model.change import Call, Change, Guard
from auditor.model.plan import Plan, Step
from auditor.model.profile import ConsentRequest
from auditor.pipeline import load_judges
from auditor.planning import Proposal, propose
from auditor.remedies.context import Context
from auditor.simulate import simulate, thawed
from tests.unit.consent_case import HERE, Tenant, asking

JUDGES = load_judges()
Body = dict[str, object]


def context(tenant: Tenant, *scopes: str, **changes: object) -> Context:
    """Decide a request on a tenant; scopes and changes as in ``consent_case.asking``."""
    request = replace(asking(*scopes), app_id=tenant.app_id)
    return on(tenant.facts(), replace(request, **changes))  # type: ignore[arg-type]


def on(facts: TenantFacts, request: ConsentRequest) -> Context:
    return Context(facts, request, JUDGES.decide(facts, request))


def proposal(found: Context) -> Proposal:
    return propose(found, JUDGES, JUDGES.controls(found.facts))


def plans(found: Context) -> dict[str, Plan]:
    """Give the plans by their id, in the order in which they are shown."""
    return {one.id: one for one in proposal(found).plans}


def ids(plan: Plan) -> list[str]:
    return [one.id for one in plan.steps]


def step(plan: Plan, step_id: str) -> Step:
    (found,) = [one for one in plan.steps if one.id == step_id]
    return found


def change(plan: Plan, step_id: str) -> Change:
    found = step(plan, step_id).change
    assert found is not None
    return found


def undo(plan: Plan, step_id: str) -> tuple[Call, ...]:
    found = change(plan, step_id).undo
    assert found is not None
    return found.calls


def sent(calls: tuple[Call, ...]) -> list[tuple[str, str, object]]:
    """Give method, path and body as plain JSON; a ``Ref`` stands as ``{name}``."""
    return [
        (str(one.method), one.path, None if one.body is None else plain(one.body)) for one in calls
    ]


def plain(value: Mapping[str, object]) -> object:
    return thawed(value, lambda name: f"{{{name}}}")  # type: ignore[arg-type]


def expected(guards: tuple[Guard, ...]) -> dict[str, object]:
    """Give what the guards want to see, by path and member."""
    return {f"{one.path} {one.member}".strip(): one.expected for one in guards}


def applied(found: Context, plan: Plan) -> TenantFacts:
    """Give the tenant after the requests of a plan, as Graph would have it."""
    calls = [call for one in plan.steps if one.change for call in one.change.do.calls]
    return simulate(found.facts, calls)


def own(tenant: Tenant | None = None, **members: object) -> Tenant:
    """Give the app a registration and a service principal in this tenant."""
    found = (tenant or Tenant()).client(owner=HERE, verified=False)
    return found.registered(**members)  # type: ignore[arg-type]
