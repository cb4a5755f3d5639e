"""Every plan against brute force: all subsets of a route's actions, on generated tenants."""

from dataclasses import dataclass, replace
from itertools import combinations

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from auditor.consent.decide import decide
from auditor.model.plan import Plan
from auditor.model.profile import Asker, ConsentRequest, UserKind
from auditor.planning import candidates, propose
from auditor.planning.made import Judges
from auditor.planning.routes import ROUTES, Route
from auditor.remedies import correct_request
from auditor.remedies.action import Action, World
from auditor.remedies.context import Context
from auditor.samples import Sample, load_sample
from auditor.simulate import ImpossibleError
from tests.unit.sample_case import (
    GRAPH,
    REFERENCES,
    Json,
    app_id,
    application_path,
    body,
    changed,
    client_path,
    context_of,
    refused,
    request_of,
    with_answer,
    without,
)

JUDGES = Judges(
    lambda facts, request: decide(facts, request, REFERENCES),
    lambda facts, request: decide(facts, request, REFERENCES, traced=False),
    lambda _: (),
    REFERENCES.managed,
)
SELF, OWNED = "ManagePermissionGrantsForSelf.", "managePermissionGrantsForOwnedResource."
POLICIES = ["low", "recommended", "legacy", "allow-consent-apps"]
SETTINGS = "/policies/authorizationPolicy"
WORKFLOW = "/policies/adminConsentRequestPolicy"
PERSON = "e043fe7f-827a-47e1-9473-a6540e14f919"
UNREADABLE = ["", "", "", "grants", "recommended", "workflow", "client"]


@dataclass(frozen=True)
class Tenant:
    """What is drawn of a tenant and of the request."""

    profile: str
    policies: tuple[str, ...]
    classified: frozenset[int]
    granted: frozenset[int]
    present: bool
    enabled: bool
    verified: bool
    assignment: bool
    assigned: int
    workflow: bool
    reviewers: bool
    switch: bool
    uris: bool
    secret: bool
    unreadable: str
    asker: Asker
    prompt: bool


TENANTS = st.builds(
    Tenant,
    profile=st.sampled_from(["sophiie", "sofie", "sofa-365-bridge"]),
    policies=st.lists(st.sampled_from(POLICIES), unique=True, max_size=2).map(tuple),
    classified=st.frozensets(st.integers(0, 8)),
    granted=st.frozensets(st.integers(0, 8)),
    present=st.booleans(),
    enabled=st.booleans(),
    verified=st.booleans(),
    assignment=st.booleans(),
    assigned=st.integers(0, 2),
    workflow=st.booleans(),
    reviewers=st.booleans(),
    switch=st.booleans(),
    uris=st.booleans(),
    secret=st.booleans(),
    unreadable=st.sampled_from(UNREADABLE),
    asker=st.sampled_from([Asker(), Asker(), Asker(UserKind.GUEST), Asker(user_id=PERSON)]),
    prompt=st.sampled_from([False, False, False, True]),
)


def made(drawn: Tenant) -> tuple[Sample, ConsentRequest]:
    """Make the tenant that was drawn, from the sample in which most is in order."""
    sample = load_sample("ready")
    asked = request_of(sample, drawn.profile)
    request = replace(asked, asker=drawn.asker, prompt_consent=drawn.prompt)
    client = client_path(app_id(sample, drawn.profile))
    sample = with_settings(sample, drawn)
    sample = with_client(sample, drawn, client)
    sample = with_registration(sample, drawn)
    paths = {
        "grants": f"{client}/oauth2PermissionGrants",
        "recommended": "/policies/permissionGrantPolicies/microsoft-user-default-recommended",
        "workflow": WORKFLOW,
        "client": client,
    }
    place = paths.get(drawn.unreadable)
    return (refused(sample, place) if place else sample), request


def with_settings(sample: Sample, drawn: Tenant) -> Sample:
    role = body(sample, SETTINGS)["defaultUserRolePermissions"]
    assert isinstance(role, dict)
    entries = [f"{SELF}microsoft-user-default-{one}" for one in drawn.policies]
    mine: list[Json] = [*entries, f"{OWNED}microsoft-dynamically-managed-permissions-for-team"]
    given = {"defaultUserRolePermissions": role | {"permissionGrantPoliciesAssigned": mine}}
    sample = changed(sample, SETTINGS, given)
    reviewer: Json = {"query": f"/users/{PERSON}", "queryType": "MicrosoftGraph", "queryRoot": None}
    workflow: Json = {
        "isEnabled": drawn.workflow,
        "notifyReviewers": True,
        "remindersEnabled": True,
        "requestDurationInDays": 30,
        "reviewers": [reviewer] if drawn.reviewers else [],
        "version": 0,
    }
    sample = with_answer(sample, WORKFLOW, workflow)
    value: Json = {"name": "EnableAdminConsentRequests", "value": str(drawn.switch)}
    setting: Json = {
        "id": "dc0de23d-eba0-4184-a97f-f76af7396523",
        "templateId": "dffd5d46-495d-40a9-8e21-954ff55e198a",
        "values": [value],
    }
    return with_answer(sample, "/groupSettings", {"value": [setting]})


def with_client(sample: Sample, drawn: Tenant, client: str) -> Sample:
    grants, assigned = f"{client}/oauth2PermissionGrants", f"{client}/appRoleAssignedTo"
    graph = body(sample, client_path(GRAPH))
    classes: list[Json] = []
    scopes = []
    for number, one in enumerate(request_of(sample, drawn.profile).permissions):
        found = [
            each
            for each in graph["oauth2PermissionScopes"]  # type: ignore[union-attr]
            if isinstance(each, dict) and each["value"] == one.requirement.value
        ]
        if not found or one.requirement.resource_app_id != GRAPH:
            continue
        if number in drawn.granted:
            scopes.append(one.requirement.value)
        if number in drawn.classified:
            permission = {"permissionId": found[0]["id"], "classification": "low"}
            classes.append(permission | {"permissionName": one.requirement.value})
    listing = f"{client_path(GRAPH)}/delegatedPermissionClassifications"
    sample = with_answer(sample, listing, {"value": classes})
    if not drawn.present:
        for path in (client, grants, assigned):
            sample = without(sample, path)
        return sample
    members: dict[str, Json] = {
        "accountEnabled": drawn.enabled,
        "appRoleAssignmentRequired": drawn.assignment,
    }
    if not drawn.verified:
        members["verifiedPublisher"] = {"displayName": None, "verifiedPublisherId": None}
    sample = changed(sample, client, members)
    grant: Json = {
        "id": "tenant-wide",
        "clientId": body(sample, client)["id"],
        "consentType": "AllPrincipals",
        "principalId": None,
        "resourceId": graph["id"],
        "scope": f" {' '.join(scopes)}",
    }
    sample = with_answer(sample, grants, {"value": [grant] if scopes else []})
    people: list[Json] = [
        {"principalId": f"{number}", "principalType": "User"} for number in range(drawn.assigned)
    ]
    return with_answer(sample, assigned, {"value": people})


def with_registration(sample: Sample, drawn: Tenant) -> Sample:
    path = application_path(app_id(sample, drawn.profile))
    if path not in sample.answers:
        return sample
    members: dict[str, Json] = {}
    if not drawn.uris:
        members["web"] = {"redirectUris": ["https://other.example/cb"]}
    if not drawn.secret:
        members |= {"passwordCredentials": [], "keyCredentials": []}
    return changed(sample, path, members)


def is_ready(start: Context, actions: tuple[Action, ...]) -> bool:
    world = World(start.facts, start.request)
    try:
        for one in actions:
            world = one.effect(world)
    except ImpossibleError:
        return False
    return decide(world.facts, world.request, REFERENCES).outcome.ready


def every(context: Context, route: Route) -> tuple[Action, ...]:
    """List what a route may use, after the corrections of the request."""
    corrections = correct_request.actions(context)
    world = World(context.facts, context.request)
    for one in corrections:
        world = one.effect(world)
    decision = decide(world.facts, world.request, REFERENCES)
    return (*corrections, *candidates(Context(world.facts, world.request, decision), route))


def smallest_sizes(context: Context, actions: tuple[Action, ...]) -> list[frozenset[str]]:
    """List the ready subsets of the least size, by trying all."""
    for size in range(len(actions) + 1):
        found = [
            frozenset(one.step.id for one in subset)
            for subset in combinations(actions, size)
            if is_ready(context, subset)
        ]
        if found:
            return found
    return []


QUICK = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes, and says less
)


@QUICK
@given(TENANTS)
def test_plans_are_the_smallest_sets_that_brute_force_finds(drawn: Tenant) -> None:
    sample, request = made(drawn)
    context = context_of(sample, request)
    plans = {plan.id: plan for plan in propose(context, JUDGES, ()).plans}
    shown = {steps_of(plan) for plan in plans.values()}
    if context.decision.outcome.ready:
        assert not plans
        return
    for route in ROUTES:
        best = smallest_sizes(context, every(context, route))
        if route.id in plans:
            assert steps_of(plans[route.id]) in best
        else:
            assert not best or any(one in shown for one in best)


@QUICK
@given(TENANTS)
def test_every_plan_is_ready_and_fails_without_any_of_its_actions(drawn: Tenant) -> None:
    sample, request = made(drawn)
    context = context_of(sample, request)
    proposal = propose(context, JUDGES, ())
    for plan in proposal.plans:
        route = next(one for one in ROUTES if one.id == plan.id)
        ids = steps_of(plan)
        actions = tuple(one for one in every(context, route) if one.step.id in ids)
        assert plan.outcome.ready
        assert is_ready(context, actions)
        for size in range(len(actions)):
            assert not any(is_ready(context, one) for one in combinations(actions, size))
    if not context.decision.outcome.ready:
        assert proposal.plans or proposal.first_steps or proposal.not_proven


def steps_of(plan: Plan) -> frozenset[str]:
    return frozenset(step.id for step in plan.steps)
