"""What a run reads because of what it has read."""

import json
from dataclasses import replace

from auditor.inventory.second_step import MOST_APPS, TRUSTED_ROLES, SecondStep
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from tests.unit.consent_case import ELSEWHERE, GRAPH, HERE, NOW, Json
from tests.unit.inventory_case import Row, role_id

ASSIGN = role_id("RoleManagement.ReadWrite.Directory")
PRINCIPALS, HELD = "service-principals-all", "application-permissions"


def page(source: str, *rows: Row, subject: str = "", status: int = 200) -> Reading:
    body: dict[str, Json] = {"value": list(rows)}
    return Reading(source, subject, 0, "/x", status, json.dumps(body).encode(), NOW)


def held(*apps: str, role: str = ASSIGN, kind: str = "ServicePrincipal") -> Reading:
    rows: list[Row] = [
        {"id": f"{one}-{role}", "appRoleId": role, "principalId": one, "principalType": kind}
        | {"resourceId": GRAPH}
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


def organization() -> Reading:
    row: Row = {"id": HERE.upper(), "displayName": "Contoso", "tenantType": "AAD"}
    return page("organization", row)


def asked(*readings: Reading) -> list[tuple[str, str]]:
    second = SecondStep(Cloud.GLOBAL)
    for one in readings:
        second.note(one)
    return [(one.source.name, one.subject) for one in second.further()]


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
    many = [f"app{number:05}" for number in range(MOST_APPS + 1)]
    more = held(many[-1], role=role_id("Application.ReadWrite.All"))
    found = [one for one in asked(held(*many), more) if one[0] == "app-owners"]
    assert len(found) == MOST_APPS
    assert found[0][1] == many[-1]
    assert many[-2] not in {one[1] for one in found}


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
        assert second.missed is missed
    assert ("registration-owners", "app-b") in [
        (one.source.name, one.subject) for one in second.further()
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
