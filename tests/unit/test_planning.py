"""Plans for every sample and profile: complete, proven, reversible, and careful with settings."""

from collections.abc import Iterator
from functools import cache

import pytest

from auditor.model.change import Call, Guard, Method, Operation
from auditor.model.cloud import ENDPOINTS
from auditor.model.fact import Known
from auditor.model.plan import Plan, Step
from auditor.planning import Proposal
from auditor.planning.search import smallest
from auditor.remedies.action import Action, together
from auditor.remedies.context import Context
from auditor.samples import load_sample, sample_ids
from auditor.simulate import settings_item, simulate, thawed
from auditor.sources import authorization_policy, group_settings
from tests.unit.consent_case import LEGACY, LOW, Tenant
from tests.unit.planner_case import JUDGES, applied, change, context, ids, plans, proposal, sent
from tests.unit.sample_case import assessed

CASES = [(one, profile) for one in sample_ids() for profile in sorted(load_sample(one).variables)]
SETTINGS = "/policies/authorizationPolicy"
BY_HAND = {
    "approve-request",
    "verify-publisher",
    "correct-scopes",
    "leave-out-permission-disabled",
    "leave-out-scope-not-supported",
    "no-forced-prompt",
}
"""What a reviewer or the vendor does, so that no request stands for it."""
WITHOUT_PORTAL = {
    "create-service-principal",
    "create-app-consent-policy",
    "assign-app-consent-policy",
    "grant-one-user",
}


@cache
def case(sample_id: str, profile_id: str) -> tuple[Context, Proposal]:
    facts, decisions = assessed(sample_id)
    found = next(Context(facts, r, d) for r, d in decisions if r.profile_id == profile_id)
    return found, proposal(found)


def every_plan() -> Iterator[tuple[Context, Plan]]:
    for one in CASES:
        found, made = case(*one)
        yield from ((found, plan) for plan in made.plans)


def calls_of(plan: Plan) -> list[Call]:
    changes = [one.change for one in plan.steps if one.change]
    operations = [each for one in changes for each in (one.do, one.undo) if each]
    return [call for one in operations for call in one.calls]


@pytest.mark.parametrize(("sample_id", "profile_id"), CASES)
def test_what_is_ready_has_nothing_and_the_rest_has_something(
    sample_id: str, profile_id: str
) -> None:
    found, made = case(sample_id, profile_id)
    if found.decision.outcome.ready:
        assert made == Proposal((), None, ())
        return
    assert bool(made.plans) is not bool(made.first_steps)
    assert len({one.id for one in made.plans}) == len(made.plans)
    assert all(one.outcome.ready for one in made.plans)
    assert sum(bool(one.documented_by) for one in made.plans) <= 1
    way = found.request.documented_way
    if way and made.not_proven is None:
        shown = [one.id for one in made.plans if one.documented_by]
        repaired = [one.id for one in made.plans] == ["repair"]
        assert shown == ([] if repaired else [way])


@pytest.mark.parametrize(("sample_id", "profile_id"), CASES)
def test_every_step_can_be_taken_and_taken_back(sample_id: str, profile_id: str) -> None:
    found, made = case(sample_id, profile_id)
    for plan in made.plans:
        assert plan.title
        assert plan.summary
        assert plan.holds_for
        assert plan.wait
        assert plan.check
        assert plan.for_user
        assert plan.for_vendor
        assert len({one.id for one in plan.steps}) == len(plan.steps)
        for one in plan.steps:
            check_step(one, ENDPOINTS[found.facts.cloud].portal)


def check_step(step: Step, portal: str) -> None:
    assert step.id
    assert step.title
    assert step.why
    assert step.wait
    assert step.check
    assert (step.change is None) is (step.id in BY_HAND)
    assert not step.portal_url or step.portal_url.startswith(f"{portal}/#view/Microsoft_AAD_")
    if step.change is None:
        return
    assert step.role
    assert step.undo
    assert step.change.scopes
    assert step.change.undo is not None
    assert bool(step.portal_path) is (step.id not in WITHOUT_PORTAL)
    check_guards(step.change.do)


def check_guards(operation: Operation) -> None:
    """Every write of what is there already compares it first."""
    for call in operation.calls:
        if call.method is not Method.POST:
            assert any(guards(one, call) for one in operation.guards), call.path


def guards(guard: Guard, call: Call) -> bool:
    return guard.path.partition("?")[0] == call.path and guard.member != ""


def test_no_plan_touches_what_protects_from_risky_apps() -> None:
    seen = 0
    for found, plan in every_plan():
        for call in calls_of(plan):
            seen += 1
            body = thawed(call.body or {}, str)
            assert isinstance(body, dict)
            assert "allowUserConsentForRiskyApps" not in body
            assert risky_values(body) <= risky_values(found.facts.document(group_settings.SOURCE))
    assert seen


def risky_values(found: object) -> set[str]:
    """Find what a setting or a list of settings says of BlockUserConsentForRiskyApps."""
    if isinstance(found, dict) and found.get("name") == "BlockUserConsentForRiskyApps":
        return {str(found["value"])}
    if isinstance(found, dict):
        return risky_values(list(found.values()))
    return (
        {each for one in found for each in risky_values(one)} if isinstance(found, list) else set()
    )


def test_no_plan_assigns_what_opens_everything_or_mail_clients() -> None:
    for found, plan in every_plan():
        old = found.facts.authorization_policy()
        assert isinstance(old, Known)
        for one in plan.steps:
            for entries, _ in lists(one):
                added = set(entries) - set(old.value.assigned)
                assert not any(word in str(added) for word in (LEGACY, "allow-consent-apps"))


@pytest.mark.parametrize(("sample_id", "profile_id"), CASES)
def test_the_list_of_policies_loses_nothing_of_others(sample_id: str, profile_id: str) -> None:
    found, made = case(sample_id, profile_id)
    document = found.facts.document(authorization_policy.SOURCE)
    if document is None:
        return
    role = settings_item(document)["defaultUserRolePermissions"]
    assert isinstance(role, dict)
    old = role["permissionGrantPoliciesAssigned"]
    for plan in made.plans:
        for one in plan.steps:
            for entries, back in lists(one):
                assert back == old
                assert kept(old) <= set(entries)
                assert len(entries) == len(set(entries))


def kept(entries: list[str]) -> set[str]:
    """Give the entries that no choice of the portal takes off."""
    mine = "managepermissiongrantsforself.microsoft-"
    return {one for one in entries if not one.casefold().startswith(mine)}


def lists(step: Step) -> Iterator[tuple[list[str], list[str]]]:
    """Give the list that a step writes, and the one that its undo writes."""
    if step.change is None or step.change.undo is None:
        return
    pairs = [
        [body for _, path, body in sent(operation.calls) if path == SETTINGS]
        for operation in (step.change.do, step.change.undo)
    ]
    for new, old in zip(*pairs, strict=True):
        assert isinstance(new, dict)
        assert isinstance(old, dict)
        member = "permissionGrantPoliciesAssigned"
        role = "defaultUserRolePermissions"
        assert set(new) == set(old) == {role}
        yield new[role][member], old[role][member]


def test_what_can_be_taken_back_by_a_patch_gives_the_old_documents() -> None:
    tried = 0
    for found, plan in every_plan():
        undone = [one.change.undo for one in reversed(plan.steps) if one.change and one.change.undo]
        calls = [call for one in undone for call in one.calls]
        if any(call.method is Method.DELETE or "Password" in call.path for call in calls):
            continue
        back = simulate(applied(found, plan), calls)
        for name, subject in found.facts.answers:
            before, after = found.facts.answers[name, subject], back.answers[name, subject]
            assert before.fact == after.fact, (plan.id, name)
        tried += 1
    assert tried > 10


def test_applying_the_requests_alone_is_what_was_proven() -> None:
    """Where requests are all that a plan does and nobody has to be named, they lead to ready."""
    tried = 0
    for found, plan in every_plan():
        inputs = [each for one in plan.steps if one.change for each in one.change.inputs]
        if inputs or any(one.id in BY_HAND for one in plan.steps):
            continue
        decision = JUDGES.decide(applied(found, plan), found.request)
        assert decision.outcome is plan.outcome
        tried += 1
    assert tried > 50


def test_the_smallest_set_keeps_what_is_needed_and_its_order() -> None:
    steps = [Step(id=one, title=one, why="") for one in "abcd"]
    actions = [Action(one, lambda world: world) for one in steps]

    def needs(*wanted: str) -> list[str] | None:
        found = smallest(actions, lambda some: set(wanted) <= {one.step.id for one in some})
        return None if found is None else [one.step.id for one in found]

    assert needs("a", "c") == ["a", "c"]
    assert needs() == []
    assert needs("z") is None


def test_changes_that_are_joined_are_undone_the_other_way_round() -> None:
    plan = plans(context(Tenant().policies(LOW), "Mail.Read", "EXO:SMTP.Send"))
    first = change(plan["low-classification"], plan["low-classification"].steps[0].id)
    second = change(plan["tenant-wide-consent"], "grant-tenant-wide")
    joined = together([first, second])
    assert joined.do.calls == (*first.do.calls, *second.do.calls)
    assert joined.undo is not None
    assert first.undo is not None
    assert second.undo is not None
    assert joined.undo.calls == (*second.undo.calls, *first.undo.calls)
    assert len(joined.scopes) == len(set(joined.scopes))


def test_the_first_sample_shows_the_three_ways_that_matter() -> None:
    _, made = case("microsoft-managed", "sophiie")
    shown = [one.id for one in made.plans]
    for way in ("tenant-wide-consent", "app-consent-policy", "low-classification"):
        assert way in shown
    assert shown.index("tenant-wide-consent") < shown.index("low-classification")
    low = next(one for one in made.plans if one.id == "low-classification")
    assert low.documented_by == "Sophiie"
    assert "MS.AAD.5.2v1" in {one.after.control for one in (*low.breaks, *low.worsens)}
    assert "assign-low-policy" in ids(low)


def test_a_plan_is_not_called_after_what_it_does_not_do() -> None:
    _, made = case("assignment-required", "sophiie")
    (plan,) = made.plans
    assert ids(plan) == ["assign-users"]
    assert "Low" not in plan.title + plan.summary
