"""What the vendor has to change: names, scopes that cannot be, a forced prompt, its publisher."""

import pytest

from auditor.model.change import Call
from auditor.model.cloud import Cloud
from auditor.model.plan import Plan, Reversal
from auditor.model.profile import Publisher
from auditor.remedies import correct_request, verify_publisher
from auditor.remedies.action import World
from auditor.remedies.context import Context
from auditor.simulate import ImpossibleError
from tests.unit.consent_case import GRAPH, IDS, LEGACY, LOW, RECOMMENDED, Json, Tenant
from tests.unit.planner_case import context, ids, own, plans, step


def asked_after(found: Context) -> list[str]:
    world = World(found.facts, found.request)
    for action in correct_request.actions(found):
        world = action.effect(world)
    return [one.requirement.value for one in world.request.permissions]


def scopes_off(*names: str) -> list[Json]:
    return [
        {"id": one, "value": name, "type": "User", "isEnabled": name not in names}
        for (home, name), one in IDS.items()
        if home == GRAPH
    ]


def test_a_misspelled_name_becomes_the_nearest_that_is_published() -> None:
    found = context(Tenant().policies(LEGACY), "Mail.Reed")
    plan = plans(found)["repair"]
    assert ids(plan) == ["correct-scopes"]
    assert "Mail.Reed to Mail.Read" in step(plan, "correct-scopes").title
    assert step(plan, "correct-scopes").change is None
    assert plan.waits_for_others
    assert plan.reach.reversal is Reversal.BY_OTHERS
    assert asked_after(found) == ["Mail.Read"]
    assert [(one.value, one.after.ready) for one in plan.permissions] == [("Mail.Read", True)]
    assert "Mail.Reed to Mail.Read" in plan.for_vendor


def test_a_name_that_resembles_none_is_left_out() -> None:
    found = context(Tenant().policies(LEGACY), "Qqqq.Zzz", "Mail.Read")
    assert asked_after(found) == ["Mail.Read"]
    (action,) = correct_request.actions(found)
    assert "leave out Qqqq.Zzz" in action.step.title


def test_a_right_name_that_this_resource_lacks_is_left_out_and_not_widened() -> None:
    found = context(Tenant().policies(LEGACY), "ChatMessage.Read", "Mail.Read")
    assert asked_after(found) == ["Mail.Read"]
    (action,) = correct_request.actions(found)
    assert "leave out ChatMessage.Read" in action.step.title


def test_what_two_names_become_is_asked_for_once() -> None:
    once = asked_after(context(Tenant().policies(LEGACY), "Mail.Reed", "mail.read"))
    assert [one.casefold() for one in once] == ["mail.read"]
    both = context(Tenant().policies(LEGACY), "Mail.Reed", "Mail.Raed", "Files.Read")
    assert sorted(asked_after(both)) == ["Files.Read", "Mail.Read"]


@pytest.mark.parametrize("scope", ["Qqqq.Zzz", "address", "phone"])
def test_a_request_of_nothing_cannot_be_made(scope: str) -> None:
    found = context(Tenant().policies(LEGACY), scope)
    (action,) = correct_request.actions(found)
    with pytest.raises(ImpossibleError):
        action.effect(World(found.facts, found.request))
    assert not plans(found)


def test_what_entra_does_not_support_is_left_out() -> None:
    plan = plans(context(Tenant().policies(LEGACY), "Mail.Read", "address", "Phone"))["repair"]
    assert ids(plan) == ["leave-out-scope-not-supported"]
    assert "address" in plan.steps[0].title
    assert [one.value for one in plan.permissions] == ["Mail.Read"]


def test_what_its_publisher_switched_off_is_left_out() -> None:
    tenant = Tenant().policies(LEGACY)
    tenant.resource(GRAPH, oauth2PermissionScopes=scopes_off("Mail.Send"))
    plan = plans(context(tenant, "Mail.Read", "Mail.Send"))["repair"]
    assert ids(plan) == ["leave-out-permission-disabled"]
    assert [one.value for one in plan.permissions] == ["Mail.Read"]


def test_several_corrections_are_one_plan() -> None:
    asked = ("Mail.Reed", "address", "Mail.Send")
    plan = plans(context(Tenant().policies(LEGACY), *asked, prompt_consent=True))["repair"]
    assert ids(plan) == ["correct-scopes", "leave-out-scope-not-supported"]
    assert [one.value for one in plan.permissions] == ["Mail.Read", "Mail.Send"]


def test_a_forced_prompt_is_the_vendors_to_leave_out() -> None:
    tenant = Tenant().granted("Mail.Read")
    plan = plans(context(tenant, "Mail.Read", prompt_consent=True))["repair"]
    assert ids(plan) == ["no-forced-prompt"]
    assert plan.waits_for_others
    assert "prompt=consent" in plan.for_vendor


def verification(tenant: Tenant, **changes: object) -> Plan:
    found = plans(context(tenant, "Mail.Read", **changes))
    (plan,) = [one for one in found.values() if "verify-publisher" in ids(one)]
    return plan


def test_publisher_verification_is_waited_for_where_the_settings_then_allow_it() -> None:
    tenant = Tenant().policies(LOW).classified("Mail.Read").client(verified=False)
    plan = verification(tenant)
    assert ids(plan) == ["verify-publisher"]
    assert plan.waits_for_others
    assert plan.steps[0].change is None
    assert not plan.reach.others_gain or plan.reach.others_gain.number == 0
    assert "has its publisher verified" in plan.for_vendor


def test_an_app_that_is_not_in_the_tenant_may_be_verified() -> None:
    tenant = Tenant().policies(LOW).classified("Mail.Read").no_client()
    unknown = verification(tenant)
    assert "is not known" in unknown.steps[0].why
    assert "app-not-seen" in unknown.caveats
    assert "is not known" not in verification(tenant, publisher=Publisher.UNVERIFIED).steps[0].why


@pytest.mark.parametrize(
    "found",
    [
        context(Tenant(), "Mail.Read"),
        context(own(), "Mail.Read"),
        context(Tenant(Cloud.CHINA).client(verified=False), "Mail.Read"),
        context(Tenant().no_client(), "Mail.Read", publisher=Publisher.VERIFIED),
    ],
    ids=["verified", "own", "cloud-without", "stated"],
)
def test_nobody_waits_for_what_is_there_or_cannot_be(found: Context) -> None:
    assert not verify_publisher.actions(found)


def test_only_what_somebody_else_does_has_no_requests() -> None:
    tenant = Tenant().policies(LOW).client(verified=False)
    found = plans(context(tenant, "Mail.Reed", "address", prompt_consent=True))
    outside = {"correct-scopes", "leave-out-scope-not-supported", "no-forced-prompt"}
    for plan in found.values():
        for one in plan.steps:
            calls: tuple[Call, ...] = one.change.do.calls if one.change else ()
            by_hand = one.id in outside | {"verify-publisher", "approve-request"}
            assert bool(calls) is not by_hand


def test_waiting_for_the_publisher_is_called_so() -> None:
    tenant = Tenant().policies(RECOMMENDED).client(verified=False)
    assert "publisher-verification" in plans(context(tenant, "Files.Read"))


@pytest.mark.parametrize(
    "tenant",
    [
        Tenant().policies(LEGACY).client(accountEnabled=False),
        Tenant().policies(LEGACY).client(appRoleAssignmentRequired=True),
    ],
    ids=["sign-in-off", "assignment"],
)
def test_a_wrong_name_before_another_fault_is_corrected(tenant: Tenant) -> None:
    found = plans(context(tenant, "Mail.Reed"))
    assert found
    assert all(ids(one)[0] == "correct-scopes" for one in found.values())


def test_a_wrong_name_behind_another_fault_is_corrected_too() -> None:
    tenant = Tenant().policies(LEGACY).resource(GRAPH, accountEnabled=False)
    plan = plans(context(tenant, "Mail.Reed"))["repair"]
    assert ids(plan) == ["correct-scopes", f"enable-resource-{GRAPH}"]
