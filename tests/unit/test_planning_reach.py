"""What a plan opens and for whom, which controls it moves, and which plan comes first."""

from dataclasses import replace

import pytest

from auditor.model.plan import Apps, ControlMove, People, Plan, Reach, Reversal
from auditor.model.profile import Asker, UserKind
from auditor.model.tenant import Count
from auditor.planning.rank import order
from auditor.samples import load_sample
from tests.unit.baseline_case import (
    CALENDARS_READWRITE,
    MAIL_READWRITE,
    MAIL_SEND,
    OWNED,
    low_with,
    tenant,
)
from tests.unit.consent_case import (
    APP,
    ELSEWHERE,
    EXCHANGE,
    GRAPH,
    HERE,
    IDS,
    LEGACY,
    LOW,
    MAIL_CLIENTS,
    OTHER_APP,
    PERSON,
    RECOMMENDED,
    THUNDERBIRD,
    Json,
    Tenant,
    condition_set,
    permission_ids,
)
from tests.unit.plan_case import plan as made
from tests.unit.planner_case import context, ids, own, plans, proposal
from tests.unit.sample_case import context_of, request_of

MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
ME = Asker(user_id=PERSON)
NOBODY_ELSE = Count(0, exact=True)
SCOPES = ("Mail.ReadWrite", "Mail.Send", "Calendars.ReadWrite")


def principal(number: int, owner: str, *, verified: bool = False, app_id: str = "") -> Json:
    return {
        "id": f"99999999-0000-4000-8000-{number:012}",
        "appId": app_id or f"88888888-0000-4000-8000-{number:012}",
        "displayName": f"App {number}",
        "appOwnerOrganizationId": owner,
        "verifiedPublisher": {"verifiedPublisherId": "7" if verified else None},
    }


def others(found: Tenant, *listed: Json, more: bool = False) -> Tenant:
    """List the tenant's service principals: the app itself, one of Microsoft's, and these."""
    own_one = principal(1, ELSEWHERE, verified=True, app_id=APP.upper())
    page: dict[str, Json] = {
        "value": [own_one, principal(2, MICROSOFT, verified=True), *listed],
    }
    return found.says(
        "service-principals", page | ({"@odata.nextLink": "https://next.example"} if more else {})
    )


SEVERAL = (
    principal(3, ELSEWHERE, verified=True),
    principal(4, ELSEWHERE),
    principal(5, HERE),
    principal(6, HERE.upper(), verified=True),
)


def low(found: Tenant) -> Tenant:
    """Make the Low policy readable, as every run does, whether or not it is assigned."""
    settings = found.answers["authorization-policy", ""]
    found.policies(LOW)
    found.answers["authorization-policy", ""] = settings
    return found


def reach(found: Tenant, way: str, *scopes: str, **changes: object) -> Reach:
    return plans(context(found, *(scopes or ("Mail.Read",)), **changes))[way].reach


def test_consent_by_an_administrator_opens_one_app_for_everybody_at_once() -> None:
    found = reach(others(Tenant(), *SEVERAL), "tenant-wide-consent")
    assert found.apps is Apps.THIS_APP
    assert found.people is People.MEMBERS_AND_GUESTS
    assert found.standing
    assert found.reversal is Reversal.COMPLETE
    assert (found.others_gain, found.others_lose) == (NOBODY_ELSE, NOBODY_ELSE)
    assert [(one.resource, one.permissions) for one in found.opened] == [
        ("Microsoft Graph", ("Mail.Read",))
    ]


def test_a_policy_for_one_app_opens_that_app_to_members() -> None:
    found = reach(others(Tenant(), *SEVERAL), "app-consent-policy")
    assert found.apps is Apps.THIS_APP
    assert found.people is People.MEMBERS
    assert not found.standing
    assert found.reversal is Reversal.CONSENTS_STAY
    assert found.others_gain == NOBODY_ELSE


def test_consent_for_one_person_reaches_one_person() -> None:
    assert reach(Tenant(), "one-user-consent").people is People.ONE_PERSON
    assert reach(Tenant().person(), "one-user-consent", asker=ME).people is People.ONE_PERSON


def test_the_low_policy_opens_verified_and_own_apps_and_counts_them() -> None:
    found = reach(others(low(Tenant()), *SEVERAL), "low-classification")
    assert found.apps is Apps.VERIFIED_AND_OWN
    assert found.others_gain == Count(3, exact=True)
    assert found.others_lose == NOBODY_ELSE
    assert found.reversal is Reversal.CONSENTS_STAY
    assert [one.permissions for one in found.opened] == [("Mail.Read",)]


def test_a_page_that_is_not_all_counts_at_least_that_many() -> None:
    found = reach(others(low(Tenant()), *SEVERAL, more=True), "low-classification")
    assert found.others_gain == Count(3, exact=False)


def test_apps_that_could_not_be_listed_are_not_counted() -> None:
    found = low(Tenant()).refuses("service-principals")
    assert reach(found, "low-classification").others_gain is None
    assert reach(found, "tenant-wide-consent").others_gain == NOBODY_ELSE


def test_what_is_taken_away_from_other_apps_is_counted() -> None:
    tenants = low(Tenant().policies(RECOMMENDED, MAIL_CLIENTS))
    mail_client = principal(7, ELSEWHERE, app_id=THUNDERBIRD)
    found = reach(others(tenants, *SEVERAL, mail_client), "low-classification")
    assert found.others_gain == Count(3, exact=True)
    assert found.others_lose == Count(5, exact=True)


def test_without_assigning_anything_only_what_is_classified_opens() -> None:
    tenants = others(Tenant().policies(LOW).classified("openid"), *SEVERAL)
    found = reach(tenants, "low-classification", "Mail.Read", "EXO:SMTP.Send")
    assert found.apps is Apps.VERIFIED_AND_OWN
    assert [(one.resource, one.permissions) for one in found.opened] == [
        ("Office 365 Exchange Online", ("SMTP.Send",)),
        ("Microsoft Graph", ("Mail.Read",)),
    ]
    assert found.others_lose == NOBODY_ELSE


def test_a_repair_opens_no_other_app() -> None:
    tenants = others(Tenant().policies(LEGACY).client(accountEnabled=False), *SEVERAL)
    found = reach(tenants, "repair")
    assert found.apps is Apps.THIS_APP
    assert found.others_gain == NOBODY_ELSE
    assert found.reversal is Reversal.CONSENTS_STAY


def test_people_are_those_for_whom_the_same_is_proven() -> None:
    assigned = Tenant().client(appRoleAssignmentRequired=True).assigned(2)
    assert reach(assigned, "tenant-wide-consent").people is People.ASSIGNED
    same_role = {"guestUserRoleId": "a0b1b346-4d3e-4e8b-98f8-753987be4970"}
    guests = Tenant().policies(**same_role)  # type: ignore[arg-type]
    assert reach(guests, "app-consent-policy").people is People.MEMBERS_AND_GUESTS
    guest = Asker(UserKind.GUEST)
    assert reach(Tenant(), "tenant-wide-consent", asker=guest).people is People.MEMBERS_AND_GUESTS
    assert "app-consent-policy" not in plans(context(Tenant(), "Mail.Read", asker=guest))


def test_a_pilot_is_one_only_where_nobody_is_named() -> None:
    nobody = plans(context(Tenant(), "Mail.Read"))
    assert {key for key, one in nobody.items() if one.pilot} == {"one-user-consent"}
    named = plans(context(Tenant().person(), "Mail.Read", asker=ME))
    assert not any(one.pilot for one in named.values())
    assert list(nobody)[-1] == "one-user-consent"


def controls(moves: tuple[ControlMove, ...]) -> set[str]:
    return {one.after.control for one in moves}


def outlook(found: Tenant) -> Tenant:
    """Publish the permissions of the vendor's document."""
    names = dict(zip(SCOPES, (MAIL_READWRITE, MAIL_SEND, CALENDARS_READWRITE), strict=True))
    scopes: list[Json] = [
        {"id": one, "value": name, "type": "User", "isEnabled": True}
        for name, one in (*((name, one) for (home, name), one in IDS.items() if home == GRAPH),)
        if name not in names
    ]
    more: list[Json] = [
        {"id": one, "value": name, "type": "User", "isEnabled": True} for name, one in names.items()
    ]
    return found.resource(GRAPH, oauth2PermissionScopes=scopes + more)


def test_classifying_mail_and_calendars_breaks_the_cisa_control_and_says_why() -> None:
    found = context(outlook(low_with()), *SCOPES, documented_way="low-classification")
    plan = plans(found)["low-classification"]
    assert plan.documented_by == "App"
    assert "MS.AAD.5.2v1" in controls(plan.breaks)
    (move,) = [one for one in plan.breaks if one.after.control == "MS.AAD.5.2v1"]
    assert all(any(name in one for one in move.because) for name in SCOPES)
    wide = plans(found)["tenant-wide-consent"]
    assert (wide.breaks, wide.worsens, wide.tool_moves) == ((), (), ())


def test_opening_a_tenant_that_lets_nobody_consent_breaks_the_cis_control() -> None:
    found = context(low(outlook(tenant().policies(entries=(OWNED,)))), *SCOPES)
    made_plans = plans(found)
    for way in ("low-classification", "app-consent-policy"):
        assert "5.1.5.1" in controls(made_plans[way].breaks)
    assert made_plans["tenant-wide-consent"].breaks == ()
    assert made_plans["one-user-consent"].breaks == ()


def test_the_workflow_fixes_the_controls_that_ask_for_it() -> None:
    plan = plans(context(tenant(), "Mail.Read"))["request-approval"]
    assert {"5.1.5.2", "MS.AAD.5.3v1"} <= controls(plan.fixes)
    assert plan.breaks == ()


def test_what_was_not_met_before_is_worse_only_where_a_plan_adds_to_it() -> None:
    risky = low_with(Mail_ReadWrite=MAIL_READWRITE)
    found = plans(context(outlook(risky), *SCOPES))
    plan = found["low-classification"]
    assert "MS.AAD.5.2v1" in controls(plan.worsens)
    assert "MS.AAD.5.2v1" not in controls(plan.breaks)
    (move,) = [one for one in plan.worsens if one.after.control == "MS.AAD.5.2v1"]
    assert not any("Mail.ReadWrite" in one for one in move.because)
    assert any("Mail.Send" in one for one in move.because)
    assert found["tenant-wide-consent"].worsens == ()


def test_the_documented_way_keeps_its_name_and_is_not_shown_where_it_fails() -> None:
    named = proposal(context(low(Tenant()), "Mail.Read", documented_way="low-classification"))
    (shown,) = [one for one in named.plans if one.documented_by]
    assert shown.id == "low-classification"
    assert named.not_proven is None
    reserved = proposal(
        context(low(Tenant()), "User.Read.All", documented_way="low-classification", name="V")
    )
    assert "low-classification" not in {one.id for one in reserved.plans}
    assert reserved.not_proven is not None
    assert reserved.not_proven.documented_by == "V"
    assert "administrator alone" in reserved.not_proven.why


def test_a_cloud_without_verification_cannot_go_the_documented_way() -> None:
    sample = load_sample("government")
    found = proposal(context_of(sample, request_of(sample, "sophiie")))
    assert found.not_proven is not None
    assert found.not_proven.id == "low-classification"
    assert "no publisher verification" in found.not_proven.why
    assert found.plans


def ranked(**changes: object) -> Plan:
    base = made()
    reached = replace(base.reach, others_gain=NOBODY_ELSE, others_lose=NOBODY_ELSE)
    inner = {key: value for key, value in changes.items() if hasattr(reached, key)}
    outer = {key: value for key, value in changes.items() if key not in inner}
    reached = replace(reached, **inner)  # type: ignore[arg-type]
    return replace(base, reach=reached, **outer)  # type: ignore[arg-type]


NARROW_TO_WIDE: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"apps": Apps.ANY}, {"waits_for_others": True}),
    ({"apps": Apps.ANY}, {"pilot": True}),
    ({"apps": Apps.THIS_APP, "reversal": Reversal.BY_OTHERS}, {"apps": Apps.NAMED_APPS}),
    ({"apps": Apps.VERIFIED_AND_OWN}, {"apps": Apps.ANY}),
    ({"others_gain": Count(2, exact=True)}, {"others_gain": Count(10, exact=True)}),
    ({"others_gain": Count(900, exact=False)}, {"others_gain": None}),
    ({"reversal": Reversal.CONSENTS_STAY}, {"breaks": ("one",)}),
    ({"worsens": ("one", "two")}, {"breaks": ("one",)}),
    ({"reversal": Reversal.COMPLETE}, {"reversal": Reversal.CONSENTS_STAY}),
    ({"people": People.ASSIGNED}, {"people": People.MEMBERS}),
]


@pytest.mark.parametrize(("first", "second"), NARROW_TO_WIDE)
def test_what_opens_less_comes_first(first: dict[str, object], second: dict[str, object]) -> None:
    assert order(ranked(**first)) < order(ranked(**second))


def test_the_order_that_is_shown_is_the_rules() -> None:
    found = others(low(Tenant()), *SEVERAL)
    shown = proposal(context(found, "Mail.Read")).plans
    assert list(shown) == sorted(shown, key=order)
    assert shown[0].id == "tenant-wide-consent"


def test_named_apps_of_other_policies_are_told() -> None:
    narrow = condition_set(
        permissions=permission_ids("Files.Read"), clientApplicationIds=[OTHER_APP]
    )
    tenants = others(low(Tenant().custom(narrow)), principal(8, ELSEWHERE, app_id=OTHER_APP))
    found = reach(tenants, "app-consent-policy")
    assert (found.apps, found.others_gain) == (Apps.THIS_APP, NOBODY_ELSE)


def test_an_own_app_has_the_low_policy_without_a_publisher() -> None:
    plan = plans(context(low(own()), "Mail.Read"))["low-classification"]
    assert ids(plan) == ["assign-low-policy", f"classify-low-{GRAPH}"]
    assert not plan.waits_for_others


def test_texts_for_the_vendor_say_nothing_of_the_tenant() -> None:
    found = Tenant().policies(entries=(OWNED,)).refuses("service-principals")
    body: Json = {"value": [{"id": HERE, "tenantType": "AAD", "displayName": "Contoso"}]}
    found.says("organization", body)
    for plan in plans(context(found, "Mail.Read", "EXO:SMTP.Send")).values():
        assert HERE not in plan.for_vendor
        assert "Contoso" not in plan.for_vendor
        assert APP in plan.for_vendor
        assert "Mail.Read and SMTP.Send" in plan.for_vendor
        assert "Contoso" not in plan.for_user
    assert EXCHANGE not in plan.for_vendor


def test_an_unverified_app_that_a_policy_names_gains_nothing_by_the_low_policy() -> None:
    narrow = condition_set(
        permissions=permission_ids("Files.Read"), clientApplicationIds=[OTHER_APP]
    )
    tenants = others(low(Tenant().custom(narrow)), principal(8, ELSEWHERE, app_id=OTHER_APP))
    assert reach(tenants, "low-classification").others_gain == NOBODY_ELSE


def test_a_rollback_that_leaves_consent_is_not_called_complete() -> None:
    found = reach(Tenant().workflow(on=True), "request-approval")
    assert found.reversal is not Reversal.COMPLETE
