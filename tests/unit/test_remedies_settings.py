"""Rules for the whole tenant: the Low policy, classifications, a policy of one's own, workflow."""

import pytest

from auditor.model.fact import Known
from auditor.model.profile import Publisher
from auditor.remedies import (
    admin_consent_workflow,
    app_consent_policy,
    assign_low_policy,
    classify_low,
)
from tests.unit.consent_case import (
    APP,
    EXCHANGE,
    GRAPH,
    IDS,
    LEGACY,
    LOW,
    MAIL_CLIENTS,
    OTHER_API,
    RECOMMENDED,
    RESOURCES,
    Json,
    Tenant,
    condition_set,
)
from tests.unit.planner_case import (
    applied,
    change,
    context,
    expected,
    ids,
    own,
    plain,
    plans,
    sent,
    step,
    undo,
)

SETTINGS = "/policies/authorizationPolicy"
LIST = f"{SETTINGS} defaultUserRolePermissions.permissionGrantPoliciesAssigned"
POLICIES = "/policies/permissionGrantPolicies"
WORKFLOW = "/policies/adminConsentRequestPolicy"
TEMPLATE = "dffd5d46-495d-40a9-8e21-954ff55e198a"
SELF = "ManagePermissionGrantsForSelf."
TEAM = "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team"
CHAT = "managepermissiongrantsforownedresource.Custom-Chat"
ODD = "ManagePermissionGrantPoliciesForOwnedResource.x"
CUSTOM = "MANAGEPERMISSIONGRANTSFORSELF.Custom_1"
NARROW = condition_set(permissions=[])
GLOBAL_ADMINISTRATORS = (
    "/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq "
    "'62e90394-69f5-4237-9190-012177145e10'"
)


DAY = "20260901"
CREATE, ASSIGN = "create-app-consent-policy", "assign-app-consent-policy"


def tenant(*policies: str, entries: tuple[str, ...] = (TEAM, CHAT, ODD, CUSTOM)) -> Tenant:
    """The Low policy can be read, whether or not it is assigned, as every run reads it."""
    found = Tenant().policies(LOW, *policies).policies(*policies, entries=entries)
    return found.policy("custom_1", [NARROW])


def written(entries: tuple[str, ...]) -> list[object]:
    role = {"permissionGrantPoliciesAssigned": list(entries)}
    return [("PATCH", SETTINGS, {"defaultUserRolePermissions": role})]


@pytest.mark.parametrize(
    ("policies", "kept"),
    [
        ((), (TEAM, CHAT, ODD, CUSTOM)),
        ((RECOMMENDED, MAIL_CLIENTS), (TEAM, CHAT, ODD, CUSTOM)),
        ((LEGACY,), (TEAM, CHAT, ODD, CUSTOM)),
    ],
    ids=["off", "managed", "legacy"],
)
def test_low_takes_the_place_of_the_other_choices_and_nothing_else(
    policies: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    found = context(tenant(*policies), "User.Read.All", "Mail.Read")
    (action,) = assign_low_policy.actions(found)
    made = action.step.change
    assert made is not None
    old = (*(f"{SELF}{one}" for one in policies), *kept)
    prefix = SELF if policies else "MANAGEPERMISSIONGRANTSFORSELF."
    new = (f"{prefix}{LOW}", *kept)
    assert sent(made.do.calls) == written(new)
    assert expected(made.do.guards) == {LIST: old}
    assert made.undo is not None
    assert sent(made.undo.calls) == written(old)
    assert expected(made.undo.guards) == {LIST: new}
    assert made.scopes == ("Policy.ReadWrite.Authorization",)
    assert action.step.role == "Privileged Role Administrator"
    for one in policies:
        assert f"{SELF}{one}" in action.step.why


def test_the_mail_clients_entry_is_taken_off_in_both_spellings_and_any_case() -> None:
    entries = (
        "managepermissiongrantsforself.Microsoft-User-Allow-Default-Consent-Apps",
        "managePermissionGrantsForSelf.MICROSOFT-user-default-recommended",
        TEAM,
    )
    found = context(tenant(entries=entries), "Mail.Read")
    (action,) = assign_low_policy.actions(found)
    assert action.step.change is not None
    new = (f"managepermissiongrantsforself.{LOW}", TEAM)
    assert sent(action.step.change.do.calls) == written(new)


def test_an_owned_resource_entry_of_a_choice_is_kept() -> None:
    entry = f"ManagePermissionGrantsForOwnedResource.{RECOMMENDED}"
    found = context(tenant(RECOMMENDED, entries=(entry,)), "Mail.Read")
    (action,) = assign_low_policy.actions(found)
    assert action.step.change is not None
    assert sent(action.step.change.do.calls) == written((f"{SELF}{LOW}", entry))


def test_low_that_is_assigned_unread_or_gone_is_left_alone() -> None:
    assert not assign_low_policy.actions(context(tenant(LOW), "Mail.Read"))
    unread = tenant().refuses("permission-grant-policy", LOW)
    assert not assign_low_policy.actions(context(unread, "Mail.Read"))
    gone = tenant().absent("permission-grant-policy", LOW)
    assert not assign_low_policy.actions(context(gone, "Mail.Read"))
    refused = tenant().refuses("authorization-policy")
    assert not assign_low_policy.actions(context(refused, "Mail.Read"))


@pytest.mark.parametrize("listed", [True, False])
def test_settings_as_beta_shapes_them(listed: bool) -> None:  # noqa: FBT001
    entries: list[Json] = [f"managePermissionGrantsForSelf.{LEGACY}", CHAT, ODD]
    item: Json = {
        "permissionGrantPolicyIdsAssignedToDefaultUserRole": entries,
        "allowUserConsentForRiskyApps": None,
        "guestUserRoleId": None,
        "defaultUserRolePermissions": {"allowedToCreateApps": True},
    }
    found = tenant(LEGACY).policy(LEGACY, [NARROW])
    found.says("authorization-policy", {"value": [item]} if listed else item)
    made = plans(context(found, "Mail.Read"))
    low = made["low-classification"]
    new = (f"managePermissionGrantsForSelf.{LOW}", CHAT, ODD)
    assert sent(change(low, "assign-low-policy").do.calls) == written(new)
    assert sent(undo(low, "assign-low-policy")) == written(tuple(str(one) for one in entries))
    mine = (
        *(str(one) for one in entries),
        f"managePermissionGrantsForSelf.consent-for-ad-hoc-{DAY}",
    )
    calls = change(made["app-consent-policy"], ASSIGN).do.calls
    assert sent(calls)[-1:] == written(mine)


def classifying(resource: str) -> str:
    return f"/servicePrincipals/{RESOURCES[resource][1]}/delegatedPermissionClassifications"


def test_what_is_asked_is_classified_on_its_resource() -> None:
    found = tenant(LOW).classified("openid").classified("email", level="medium")
    plan = plans(context(found, "Mail.Read", "openid", "EXO:SMTP.Send"))["low-classification"]
    assert ids(plan) == [f"classify-low-{GRAPH}", f"classify-low-{EXCHANGE}"]
    made, mail = change(plan, f"classify-low-{GRAPH}"), IDS[GRAPH, "Mail.Read"]
    body = {"permissionId": mail, "permissionName": "Mail.Read", "classification": "low"}
    assert sent(made.do.calls) == [("POST", classifying(GRAPH), body)]
    before = (IDS[GRAPH, "openid"], IDS[GRAPH, "email"])
    assert expected(made.do.guards) == {f"{classifying(GRAPH)} permissionId": before}
    assert made.undo is not None
    assert expected(made.undo.guards) == {f"{classifying(GRAPH)} permissionId": (*before, mail)}
    (lookup,) = made.undo.lookups
    assert (lookup.within, lookup.where, lookup.take) == ("value", (("permissionId", mail),), "id")
    assert sent(made.undo.calls) == [("DELETE", f"{classifying(GRAPH)}/{{{lookup.name}}}", None)]
    assert made.scopes == ("Application.Read.All", "Policy.ReadWrite.PermissionGrant")
    assert step(plan, f"classify-low-{GRAPH}").role == "Cloud Application Administrator"


def test_what_has_a_level_is_reserved_or_was_not_read_is_not_classified() -> None:
    medium = tenant(LOW).classified("Mail.Read", level="medium")
    assert not classify_low.actions(context(medium, "Mail.Read"))
    high = tenant(LOW).classified("Mail.Read", level="HIGH")
    assert not classify_low.actions(context(high, "Mail.Read"))
    assert not classify_low.actions(context(tenant(LOW), "User.Read.All"))
    unread = tenant(LOW).refuses("permission-classifications", GRAPH)
    assert not classify_low.actions(context(unread, "Mail.Read"))
    low = tenant(LOW).classified("Mail.Read")
    assert not classify_low.actions(context(low, "Mail.Read"))
    odd = tenant(LOW).resource(GRAPH, id="no GUID")
    assert not classify_low.actions(context(odd, "Mail.Read"))


def test_a_policy_of_its_own_names_one_app_and_what_it_asks() -> None:
    found = tenant(RECOMMENDED).client(verified=True)
    asked = ("Mail.Read", "openid", "EXO:IMAP.AccessAsUser.All")
    plan = plans(context(found, *asked))["app-consent-policy"]
    assert ids(plan) == [CREATE, ASSIGN]
    name = f"consent-for-ad-hoc-{DAY}"
    made, assigned, path = change(plan, CREATE), change(plan, ASSIGN), f"{POLICIES}/{name}"
    create, *includes = sent(made.do.calls)
    assert create[:2] == ("POST", POLICIES)
    assert isinstance(create[2], dict)
    assert create[2]["id"] == name
    assert set(create[2]) == {"id", "displayName", "description"}
    automatic = [IDS[GRAPH, one] for one in ("offline_access", "User.Read")]
    graph = [IDS[GRAPH, "Mail.Read"], IDS[GRAPH, "openid"], *automatic]
    both = ((GRAPH, graph), (EXCHANGE, [IDS[EXCHANGE, "IMAP.AccessAsUser.All"]]))
    assert includes == [
        (
            "POST",
            f"{path}/includes",
            {
                "permissionType": "delegated",
                "resourceApplication": resource,
                "permissions": permissions,
                "clientApplicationIds": [APP],
                "clientApplicationsFromVerifiedPublisherOnly": True,
            },
        )
        for resource, permissions in both
    ]
    old = (f"{SELF}{RECOMMENDED}", TEAM, CHAT, ODD, CUSTOM)
    new = (*old, f"{SELF}{name}")
    assert sent(assigned.do.calls) == written(new)
    assert expected(made.do.guards) == {path: None}
    assert expected(assigned.do.guards) == {LIST: old}
    assert [one.patient for one in made.do.calls] == [False, True, True]
    assert [one.patient for one in assigned.do.calls] == [True]
    assert sent(undo(plan, CREATE)) == [("DELETE", path, None)]
    assert sent(undo(plan, ASSIGN)) == written(old)
    assert assigned.undo is not None
    assert expected(assigned.undo.guards) == {LIST: new}
    facts = applied(context(found, *asked), plan).policy(name)
    assert isinstance(facts, Known)
    assert facts.value is not None
    assert len(facts.value.includes) == 2


def test_a_policy_of_its_own_says_what_it_opens() -> None:
    plan = plans(context(tenant(RECOMMENDED).client(verified=True), "Mail.Read"))
    for shown in plan["app-consent-policy"].steps:
        assert shown.role == "Privileged Role Administrator"
        assert shown.portal_path == ""
        assert "portal has no page" in shown.why
    assert "User.Read" in plan["app-consent-policy"].steps[0].why


def test_an_own_app_needs_no_verified_publisher_in_its_policy() -> None:
    plan = plans(context(own(), "Mail.Read"))["app-consent-policy"]
    call = change(plan, CREATE).do.calls[1]
    assert call.body is not None
    assert call.body["clientApplicationsFromVerifiedPublisherOnly"] is False


def test_a_permission_reserved_to_administrators_is_not_opened_to_users() -> None:
    found = context(tenant(RECOMMENDED), "Mail.Read", "User.Read.All")
    assert not app_consent_policy.actions(found)
    assert "app-consent-policy" not in plans(found)


@pytest.mark.parametrize(
    ("profile_id", "name"),
    [
        ("sophiie", "consent-for-sophiie"),
        ("../../x", "consent-for-x"),
        ("O'Hara \u202e$(rm)\n`x`", "consent-for-o-hara-rm-x"),
        ("“”", f"consent-for-{APP}"),
        ("", f"consent-for-{APP}"),
        ("x" * 300, f"consent-for-{'x' * 48}"),
        ("Straße", "consent-for-strasse"),
    ],
)
def test_the_policys_id_is_plain_whatever_the_profile_is_called(profile_id: str, name: str) -> None:
    plan = plans(context(Tenant(), "Mail.Read", profile_id=profile_id))["app-consent-policy"]
    call = change(plan, CREATE).do.calls[0]
    assert call.body is not None
    assert call.body["id"] == f"{name}-{DAY}"


def test_an_assigned_policy_of_that_name_is_not_touched() -> None:
    taken = (f"consent-for-ad-hoc-{DAY}", f"Consent-For-AD-HOC-{DAY}-2")
    found = Tenant().policies(*taken)
    for one in taken:
        found.policy(one, [NARROW])
    plan = plans(context(found, "Mail.Read"))["app-consent-policy"]
    call = change(plan, CREATE).do.calls[0]
    assert call.body is not None
    assert call.body["id"] == f"consent-for-ad-hoc-{DAY}-3"


def test_an_app_nobody_named_gets_no_policy() -> None:
    assert not app_consent_policy.actions(context(Tenant(), "Mail.Read", app_id=None))
    unread = Tenant().refuses("authorization-policy")
    assert not app_consent_policy.actions(context(unread, "Mail.Read"))


def workflow(found: Tenant) -> list[tuple[str, str, object]]:
    (action,) = admin_consent_workflow.actions(context(found, "Mail.Read"))
    assert action.step.change is not None
    return sent(action.step.change.do.calls)


ADMINISTRATORS: Json = {
    "query": GLOBAL_ADMINISTRATORS,
    "queryType": "MicrosoftGraph",
    "queryRoot": None,
}
ON = {
    "isEnabled": True,
    "notifyReviewers": True,
    "remindersEnabled": True,
    "requestDurationInDays": 30,
    "reviewers": [ADMINISTRATORS],
}


def test_the_workflow_that_is_off_is_switched_on_with_reviewers_who_exist() -> None:
    off: Json = {
        "isEnabled": False,
        "notifyReviewers": False,
        "remindersEnabled": False,
        "requestDurationInDays": 0,
        "reviewers": [],
        "version": 4,
    }
    found = Tenant().says("admin-consent-request-policy", off)
    (action,) = admin_consent_workflow.actions(context(found, "Mail.Read"))
    made = action.step.change
    assert made is not None
    assert sent(made.do.calls) == [("PUT", WORKFLOW, ON)]
    members = ("isEnabled", "notifyReviewers", "remindersEnabled", "requestDurationInDays")
    before = {f"{WORKFLOW} {name}": off[name] for name in members}  # type: ignore[index,call-overload]
    assert expected(made.do.guards) == before | {f"{WORKFLOW} query": ()}
    assert made.undo is not None
    old = {key: value for key, value in off.items() if key != "version"}  # type: ignore[union-attr]
    assert sent(made.undo.calls) == [("PUT", WORKFLOW, old)]
    after = {f"{WORKFLOW} {name}": ON[name] for name in members}
    reviewers = {f"{WORKFLOW} query": (GLOBAL_ADMINISTRATORS,)}
    assert expected(made.undo.guards) == after | reviewers
    assert action.step.role == "Cloud Application Administrator"
    assert "In the portal it takes a Global Administrator" in action.step.why
    assert made.scopes == ("Policy.ReadWrite.ConsentRequest",)


def test_reviewers_who_are_named_stay_with_their_query_root() -> None:
    named: list[Json] = [
        {"query": "./manager", "queryType": "MicrosoftGraph", "queryRoot": "decisions"},
        {"query": "/groups/1/transitiveMembers/microsoft.graph.user", "queryType": None},
    ]
    body: Json = {"isEnabled": False, "requestDurationInDays": 7, "reviewers": named}
    ((_, _, sent_body),) = workflow(Tenant().says("admin-consent-request-policy", body))
    assert isinstance(sent_body, dict)
    assert sent_body["requestDurationInDays"] == 7
    assert sent_body["reviewers"] == [
        named[0],
        {
            "query": "/groups/1/transitiveMembers/microsoft.graph.user",
            "queryType": "MicrosoftGraph",
            "queryRoot": None,
        },
        ADMINISTRATORS,
    ]


def test_the_administrators_are_not_named_twice() -> None:
    body: Json = {"isEnabled": False, "reviewers": [ADMINISTRATORS]}
    assert workflow(Tenant().says("admin-consent-request-policy", body)) == [("PUT", WORKFLOW, ON)]


def test_a_workflow_without_reviewers_gets_some() -> None:
    found = Tenant().workflow(on=True, reviewers=0)
    (action,) = admin_consent_workflow.actions(context(found, "Mail.Read"))
    assert action.step.change is not None
    found_there = expected(action.step.change.do.guards)
    assert found_there[f"{WORKFLOW} isEnabled"] is True
    assert found_there[f"{WORKFLOW} query"] == ()


def test_a_workflow_that_works_is_left_alone() -> None:
    assert not admin_consent_workflow.actions(context(Tenant().workflow(on=True), "Mail.Read"))
    unread = Tenant().refuses("admin-consent-request-policy")
    assert not admin_consent_workflow.actions(context(unread, "Mail.Read"))
    assert not admin_consent_workflow.actions(
        context(Tenant().refuses("group-settings"), "Mail.Read")
    )


def with_switch(value: str) -> Tenant:
    values: list[Json] = [
        {"name": "EnableGroupSpecificConsent", "value": "False"},
        {"name": "enableAdminConsentRequests", "value": value},
        {"name": "BlockUserConsentForRiskyApps", "value": "True"},
    ]
    item: Json = {"id": "dc0de23d-1", "templateId": TEMPLATE.upper(), "values": values}
    return Tenant().says("group-settings", {"value": [item]}).workflow(on=True)


_SWITCHED = (("name", "enableAdminConsentRequests"),)


def test_the_older_switch_is_turned_on_with_its_neighbours_kept() -> None:
    (action,) = admin_consent_workflow.actions(context(with_switch("False"), "Mail.Read"))
    made, path = action.step.change, "/groupSettings/dc0de23d-1"
    assert made is not None
    assert made.undo is not None

    def values(switch: str) -> dict[str, object]:
        return {
            "values": [
                {"name": "EnableGroupSpecificConsent", "value": "False"},
                {"name": "enableAdminConsentRequests", "value": switch},
                {"name": "BlockUserConsentForRiskyApps", "value": "True"},
            ]
        }

    assert sent(made.do.calls)[-1] == ("PATCH", path, values("true"))
    assert sent(made.undo.calls)[0] == ("PATCH", path, values("False"))
    guard = next(one for one in made.do.guards if one.where[:1] == _SWITCHED)
    assert (guard.path, guard.within, guard.where, guard.expected) == (
        path,
        "values",
        (("name", "enableAdminConsentRequests"),),
        ("False",),
    )
    assert "GroupSettings.ReadWrite.All" in made.scopes
    assert not admin_consent_workflow.actions(context(with_switch("True"), "Mail.Read"))


def test_no_plan_touches_the_rules_for_risky_apps() -> None:
    found = with_switch("false").client(verified=False).policies(LEGACY)
    for plan in plans(context(found, "Mail.Read", "API:Orders.Read")).values():
        for one in plan.steps:
            for call in one.change.do.calls if one.change else ():
                body = plain(call.body or {})
                assert "allowUserConsentForRiskyApps" not in str(body)
                listed = body.get("values", []) if isinstance(body, dict) else []
                risk = [each for each in listed if "Risky" in each["name"]]
                assert all(each["value"] == "True" for each in risk)


def test_a_setting_without_an_id_does_not_stop_the_planner() -> None:
    assert plans(context(Tenant().settings(EnableAdminConsentRequests="false"), "Mail.Read"))


UNSEEN = "a new service principal forgets what was stated about the publisher"


@pytest.mark.parametrize("way", ["low-classification", "app-consent-policy"])
def test_a_stated_publisher_counts_for_an_app_that_is_not_in_the_tenant(way: str) -> None:
    found = context(tenant(LOW).no_client(), "Mail.Read", publisher=Publisher.VERIFIED)
    assert way in plans(found)


def test_every_resource_that_is_asked_for_has_its_own_include() -> None:
    plan = plans(context(tenant(LEGACY).policy(LEGACY, [NARROW]), "API:Orders.Read"))
    calls = change(plan["app-consent-policy"], CREATE).do.calls
    homes = [
        one.body["resourceApplication"] for one in calls if one.body and "includes" in one.path
    ]
    assert homes == [OTHER_API, GRAPH]


def test_a_setting_that_was_tightened_meanwhile_is_not_written_back() -> None:
    (action,) = admin_consent_workflow.actions(context(with_switch("False"), "Mail.Read"))
    assert action.step.change is not None
    settings = [one for one in action.step.change.do.guards if one.path.startswith("/groupS")]
    assert {"BlockUserConsentForRiskyApps", "EnableGroupSpecificConsent"} <= {
        value for one in settings for _, value in one.where
    }
