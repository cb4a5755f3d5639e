"""What a run reads because of what it has read."""

import json
from dataclasses import replace

import pytest

from auditor.inventory.second_step import MOST_APPS, TRUSTED_ROLES, SecondStep
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from tests.unit.consent_case import ELSEWHERE, GRAPH, HERE, NOW, Json
from tests.unit.inventory_case import Row, person, role_id

ASSIGN = role_id("RoleManagement.ReadWrite.Directory")
PRINCIPALS, HELD = "service-principals-all", "application-permissions"


def page(source: str, *rows: Row, subject: str = "", status: int = 200) -> Reading:
    body: dict[str, Json] = {"value": list(rows)}
    return Reading(source, subject, 0, "/x", status, json.dumps(body).encode(), NOW)


def held(*apps: str, role: str = ASSIGN, kind: str = "ServicePrincipal") -> Reading:
    rows: list[Row] = [
        {
            "id": f"{one}-{role}",
            "appRoleId": role,
            "principalId": one,
            "principalType": kind,
            "resourceId": GRAPH,
        }
        for one in apps
    ]
    return page(HELD, *rows, subject=GRAPH)


def app(object_id: str, owner: str | None = HERE, **members: Json) -> Row:
    row: Row = {
        "id": object_id,
        "appId": f"APP-{object_id}",
        "appOwnerOrganizationId": owner,
        "displayName": "\ud83d half",
    }
    return row | members


def number(number: int, *, app_id: bool = False) -> str:
    """The object id or the app ID of an app."""
    return f"{number:08x}-0000-4000-8000-{int(app_id):012x}"


def several(
    *numbers: int, owners: int = 0, status: int = 200, registrations: bool = False
) -> Reading:
    """The owners of several apps: none, but so many of the last one."""
    ids = [number(one, app_id=registrations) for one in numbers]
    rows: list[Row] = [{"id": one.upper(), "appId": one.upper(), "owners": []} for one in ids]
    rows[-1]["owners"] = [person(one) for one in range(owners)]
    name = "registration-owners-together" if registrations else "app-owners-together"
    return page(name, *rows, subject=",".join(ids), status=status)


def organization() -> Reading:
    row: Row = {"id": HERE.upper(), "displayName": "Contoso", "tenantType": "AAD"}
    return page("organization", row)


def asked(*readings: Reading) -> list[tuple[str, str]]:
    second = SecondStep(Cloud.GLOBAL)
    for one in readings:
        second.note(one)
    return [(one.source.name, one.subject) for one in [*second.further(), *second.doubtful()]]


def owners(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [one for one in found if one[0] != "role-holders"]


def test_nobody_privileged_is_nobody_whose_owners_to_ask() -> None:
    """Who holds the two roles is asked all the same: an app may hold one, and no permission."""
    roles = [("role-holders", one) for one in TRUSTED_ROLES]
    assert asked(held("a", role=role_id("Mail.ReadWrite")), page(PRINCIPALS, app("a"))) == roles
    assert asked(held("a", kind="User"), held("a", kind="Group")) == roles


def test_a_privileged_app_is_asked_about_with_its_registration() -> None:
    found = asked(organization(), held("A"), page(PRINCIPALS, app("a"), app("b")))
    assert owners(found) == [("app-owners", "a"), ("registration-owners", "app-a")]
    assert {one[1] for one in found if one[0] == "role-holders"} == set(TRUSTED_ROLES)


def test_apps_of_others_have_no_registration_here() -> None:
    rows = (app("a", ELSEWHERE), app("b", None), app("c", HERE.upper()), app("d", appId=None))
    found = asked(organization(), held("a", "b", "c", "d"), page(PRINCIPALS, *rows))
    registrations = [one[1] for one in found if one[0] == "registration-owners"]
    assert registrations == ["app-b", "app-c"]


def test_without_the_tenants_id_every_registration_is_asked_for() -> None:
    found = asked(held("a"), page(PRINCIPALS, app("a", ELSEWHERE)))
    assert ("registration-owners", "app-a") in found


def test_changes_count() -> None:
    changes = page(f"{PRINCIPALS}-changes", {"id": "a", "appId": "new"}, app("b"))
    found = asked(organization(), changes, held("a", "b"), page(PRINCIPALS, app("a")))
    registrations = [one[1] for one in found if one[0] == "registration-owners"]
    assert registrations == ["new", "app-b"]


def test_the_most_privileged_are_asked_about_first_and_not_without_end() -> None:
    many = [number(one) for one in range(MOST_APPS + 1)]
    more = held(many[-1], role=role_id("Application.ReadWrite.All"))
    found = [one for one in asked(held(*many), more) if one[0] == "app-owners-together"]
    apps = [app for _, subject in found for app in subject.split(",")]
    assert len(found) == -(-MOST_APPS // 15)
    assert len(apps) == len(set(apps)) == MOST_APPS
    assert apps[0] == many[-1]
    assert many[-2] not in apps


def test_what_was_read_before_is_not_asked_for_again() -> None:
    done = (
        page("app-owners", subject="a"),
        page("role-holders", subject=TRUSTED_ROLES[0], status=403),
    )
    failed = page("app-owners", subject="b", status=403)
    found = asked(held("a", "b"), *done, failed)
    assert found == [("role-holders", TRUSTED_ROLES[1]), ("app-owners", "b")]


def test_half_a_list_is_asked_for_again() -> None:
    half = page("app-owners", subject="a")
    body = half.body.replace(b"{", b'{"@odata.nextLink": "https://graph.test/v1.0/x", ', 1)
    half = replace(half, body=body)
    assert ("app-owners", "a") in asked(held("a"), half)
    assert ("app-owners", "a") not in asked(
        held("a"), half, replace(page("app-owners", subject="a"), page=1)
    )
    policies = page("app-management-policies", {"id": "p", "isEnabled": True})
    assert owners(asked(policies, policies)) == [("app-management-policy-targets", "p")]


def test_apps_that_went_by_too_early_have_to_be_read_again() -> None:
    second = SecondStep(Cloud.GLOBAL)
    for reading, missed in (
        (held("a"), False),
        (page(PRINCIPALS, app("a"), app("b")), False),
        (held("a", role=role_id("Application.ReadWrite.All")), False),
        (held("b"), True),
        (replace(page(PRINCIPALS), page=1), True),
        (page(PRINCIPALS, app("a"), app("b")), False),
    ):
        second.note(reading)
        assert bool(second.missed) is missed
    assert ("registration-owners", "app-b") in [
        (one.source.name, one.subject) for one in second.doubtful()
    ]


def test_policies_of_single_apps_are_followed_to_the_apps() -> None:
    policy: Row = {"id": "p", "isEnabled": True, "restrictions": None}
    assert owners(asked(page("app-management-policies", policy))) == [
        ("app-management-policy-targets", "p")
    ]
    assert owners(asked(page("app-management-policies", {"id": "p"}))) == []


def test_settings_are_asked_for_once() -> None:
    second = SecondStep(Cloud.CHINA)
    names = [one.source.name for one in second.settings()]
    assert names == ["default-app-management-policy", "app-management-policies"]
    second.note(page(names[0], status=403))
    assert [one.source.name for one in second.settings()] == names[1:]


def test_damage_is_passed_over() -> None:
    broken = [
        Reading(name, GRAPH if name == HELD else "", 0, "/x", 200, b"<html>", NOW)
        for name in ("organization", PRINCIPALS, HELD, f"{PRINCIPALS}-changes")
    ]
    found = asked(*broken, held("a"), page(PRINCIPALS, app("a")), *broken)
    assert owners(found) == [("app-owners", "a"), ("registration-owners", "app-a")]


def test_apps_are_asked_about_together() -> None:
    many = [number(one) for one in range(16)]
    rows = [app(one, appId=one.upper()) for one in many]
    found = owners(asked(organization(), held(*many, "odd'id"), page(PRINCIPALS, *rows)))
    first, rest = ",".join(many[:15]), many[15]
    assert found == [
        ("app-owners-together", first),
        ("app-owners-together", rest),
        ("registration-owners-together", first),
        ("registration-owners-together", rest),
        ("app-owners", "odd'id"),
    ]


def test_an_app_with_a_doubt_is_asked_about_by_itself() -> None:
    one, other = number(1), number(2)
    second = SecondStep(Cloud.GLOBAL)
    second.note(held(one, other))
    second.note(several(1, 2, owners=20))
    assert [each.source.name for each in second.further()] == ["role-holders"] * 2
    assert [(each.source.name, each.subject) for each in second.doubtful()] == [
        ("app-owners", other)
    ]
    second.note(page("app-owners", subject=other))
    assert second.doubtful() == []


def test_an_app_that_is_gone_meanwhile_is_asked_about_by_itself() -> None:
    second = SecondStep(Cloud.GLOBAL)
    second.note(held(number(1), number(2)))
    second.note(replace(several(1), subject=f"{number(1)},{number(2)}"))
    (one,) = second.doubtful()
    assert one.request.startswith(f"/servicePrincipals/{number(2)}/owners?$select=id,displayName,")


def test_a_refused_read_of_several_apps_is_tried_in_the_next_run_alone() -> None:
    second = SecondStep(Cloud.GLOBAL)
    for reading in (held(number(1), number(2)), several(1, 2, status=403)):
        second.note(reading)
    assert second.doubtful() == []
    assert [one.subject for one in second.further()][2:] == [f"{number(1)},{number(2)}"]


def test_an_answer_to_part_of_the_apps_is_gone_on_with() -> None:
    second = SecondStep(Cloud.GLOBAL)
    apps = [app(number(one), appId=number(one, app_id=True)) for one in (1, 2, 3)]
    for reading in (
        held(*(number(one) for one in (1, 2, 3))),
        page(PRINCIPALS, *apps),
        several(1),
        several(2, registrations=True),
    ):
        second.note(reading)
    assert [one.subject for one in second.further()][2:] == [
        f"{number(2)},{number(3)}",
        f"{number(1, app_id=True)},{number(3, app_id=True)}",
    ]


@pytest.mark.parametrize(("status", "again"), [(200, False), (403, False), (503, True)])
def test_a_setting_that_was_not_answered_is_asked_for_again(status: int, *, again: bool) -> None:
    holders = page("role-holders", subject=TRUSTED_ROLES[0], status=status)
    assert (("role-holders", TRUSTED_ROLES[0]) in asked(held("a"), holders)) is again


LISTED = "applications-all"


def registrations(*pages: Reading) -> list[str]:
    """Say whose registrations are asked about, of three apps that may have one."""
    apps = page(PRINCIPALS, app("a"), app("b"), app("c", None))
    found = asked(organization(), held("a", "b", "c"), *pages, apps)
    return [one[1] for one in found if one[0] == "registration-owners"]


def test_an_app_without_a_registration_is_not_asked_about() -> None:
    first = page(LISTED, {"id": "1", "appId": "APP-A"}, {"id": "2", "appId": None}, {"id": "3"})
    assert registrations(first) == ["app-a"]
    added = page(f"{LISTED}-changes", {"id": "4", "appId": "app-c"}, {"id": "5", "@removed": {}})
    assert registrations(added, first) == ["app-a", "app-c"]


def test_without_the_last_of_the_registrations_all_are_asked_about() -> None:
    everybody = ["app-a", "app-b", "app-c"]
    first = page(LISTED, {"id": "1", "appId": "app-a"})
    goes_on = replace(
        first, body=first.body.replace(b"{", b'{"@odata.nextLink": "https://x/", ', 1)
    )
    assert registrations() == everybody
    assert registrations(goes_on) == everybody
    assert registrations(goes_on, replace(page(LISTED, status=403), page=1)) == everybody
    assert registrations(first, replace(first, body=b'{"value":[7]}')) == everybody
    assert registrations(replace(first, body=b'{"value":[7]}'), first) == everybody
    assert registrations(goes_on, replace(page(LISTED), page=1)) == ["app-a"]
