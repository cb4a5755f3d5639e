"""What a tenant would say after one request, compared with what Graph documents."""

import pytest

from auditor.facts import TenantFacts
from auditor.model.change import Call, Method, Ref, Value
from auditor.model.fact import Known
from auditor.remedies.action import patch
from auditor.simulate import (
    ImpossibleError,
    settings_item,
    simulate,
    simulated_id,
    thawed,
    with_person,
)
from auditor.sources import (
    admin_consent_request_policy,
    application,
    authorization_policy,
    client_assignments,
    client_grants,
    client_service_principal,
    group_settings,
    organization,
    permission_classifications,
    permission_grant_policy,
    tenant_wide_grants,
    user_assignments,
    user_grants,
)
from tests.unit.consent_case import (
    APP,
    GRAPH,
    HERE,
    IDS,
    LEGACY,
    LOW,
    PERSON,
    PRINCIPAL,
    RECOMMENDED,
    RESOURCES,
    Json,
    Tenant,
)

SETTINGS = "/policies/authorizationPolicy"
POLICIES = "/policies/permissionGrantPolicies"
GRAPH_ID = RESOURCES[GRAPH][1]
REGISTRATION = "abababab-0000-4000-8000-000000000001"
TEMPLATE = "dffd5d46-495d-40a9-8e21-954ff55e198a"
ASSIGNED = f"/servicePrincipals/{PRINCIPAL}/appRoleAssignedTo"


def call(method: Method, path: str, result: str = "", **body: Value) -> Call:
    return Call(method, path, body, result)


def after(tenant: Tenant, *calls: Call) -> TenantFacts:
    return simulate(tenant.facts(), calls)


def assigned(*entries: str) -> Call:
    body: dict[str, Value] = {"permissionGrantPoliciesAssigned": entries}
    return Call(Method.PATCH, SETTINGS, {"defaultUserRolePermissions": body})


def test_a_settings_patch_replaces_the_list_and_leaves_the_rest() -> None:
    role: Json = {"permissionGrantPoliciesAssigned": ["a.b"], "allowedToCreateApps": True}
    tenant = Tenant().policies(LEGACY, defaultUserRolePermissions=role, blockMsolPowerShell=True)
    entry = f"ManagePermissionGrantsForSelf.{LOW}"
    facts = after(tenant, assigned(entry))
    found = facts.document(authorization_policy.SOURCE) or {}
    assert found["defaultUserRolePermissions"] == {
        "permissionGrantPoliciesAssigned": [entry],
        "allowedToCreateApps": True,
    }
    assert found["blockMsolPowerShell"] is True
    assert found["guestUserRoleId"] == "10dae51f-b6af-4016-8d66-8c2a99b929b3"
    settings = facts.authorization_policy()
    assert isinstance(settings, Known)
    assert settings.value.user_consent == (LOW,)


@pytest.mark.parametrize("listed", [True, False])
def test_the_shapes_of_beta_are_changed_in_their_own_member(listed: bool) -> None:  # noqa: FBT001
    member = "permissionGrantPolicyIdsAssignedToDefaultUserRole"
    item: Json = {member: [f"managePermissionGrantsForSelf.{LEGACY}"], "guestUserRoleId": None}
    tenant = Tenant().says("authorization-policy", {"value": [item]} if listed else item)
    facts = after(tenant, assigned(f"ManagePermissionGrantsForSelf.{LOW}"))
    settings = facts.authorization_policy()
    assert isinstance(settings, Known)
    assert settings.value.user_consent == (LOW,)
    document = facts.document(authorization_policy.SOURCE) or {}
    assert settings_item(document) == {
        member: [f"ManagePermissionGrantsForSelf.{LOW}"],
        "guestUserRoleId": None,
    }


def test_a_change_and_its_undo_give_the_same_documents() -> None:
    tenant = Tenant().policies(RECOMMENDED, entries=("odd",)).registered()
    facts = tenant.facts()
    old = facts.document(authorization_policy.SOURCE)
    entries = (f"ManagePermissionGrantsForSelf.{RECOMMENDED}", "odd")
    member = "defaultUserRolePermissions.permissionGrantPoliciesAssigned"
    pairs = (
        patch(SETTINGS, "", member, entries, ("x.y",)),
        patch(f"/servicePrincipals/{PRINCIPAL}", "", "accountEnabled", old=True, new=False),
        patch(
            f"/applications/{REGISTRATION}",
            "",
            "web.redirectUris",
            ("https://app.example/callback",),
            ("https://other.example/",),
        ),
    )
    for do, undo in pairs:
        changed = simulate(facts, do.calls)
        assert changed != facts
        back = simulate(changed, undo.calls)
        for source, subject in (
            (authorization_policy.SOURCE, ""),
            (client_service_principal.SOURCE, APP),
            (application.SOURCE, APP),
        ):
            assert back.document(source, subject) == facts.document(source, subject)
    assert old is not None


def test_told_parses_the_one_source_alone() -> None:
    facts = Tenant().facts()
    changed = simulate(facts, [assigned()])
    moved = [key for key in changed.answers if changed.answers[key] is not facts.answers[key]]
    assert moved == [("authorization-policy", "")]
    told = facts.told(organization.SOURCE, "", {"value": [{"id": HERE, "tenantType": "CIAM"}]})
    found, before = told.organization(), facts.organization()
    assert isinstance(found, Known)
    assert isinstance(before, Known)
    assert (found.value.tenant_type, before.value.tenant_type) == ("CIAM", "AAD")


def test_a_new_policy_gets_its_includes_and_excludes() -> None:
    facts = after(
        Tenant(),
        call(Method.POST, POLICIES, id="mine", displayName="M"),
        call(Method.POST, f"{POLICIES}/mine/includes", permissionType="delegated"),
        call(
            Method.POST,
            f"{POLICIES}/mine/includes",
            permissionType="delegated",
            permissions=("a", "b"),
        ),
        call(Method.POST, f"{POLICIES}/mine/excludes", permissionType="application"),
    )
    found = facts.policy("mine")
    assert isinstance(found, Known)
    assert found.value is not None
    assert [one.permission_type for one in found.value.includes] == ["delegated", "delegated"]
    assert found.value.includes[1].permissions == ("a", "b")
    assert [one.permission_type for one in found.value.excludes] == ["application"]


def test_a_second_policy_of_an_id_is_impossible() -> None:
    with pytest.raises(ImpossibleError):
        after(Tenant().policy("mine", []), call(Method.POST, POLICIES, id="MINE"))


def test_a_new_service_principal_of_another_tenant_tells_nothing_of_its_owner() -> None:
    facts = after(Tenant().no_client(), call(Method.POST, "/servicePrincipals", "c", appId=APP))
    found = facts.client(APP)
    assert isinstance(found, Known)
    assert found.value is not None
    assert found.value.id == simulated_id("c")
    assert found.value.account_enabled is True
    assert found.value.assignment_required is False
    assert {"appOwnerOrganizationId", "verifiedPublisher"} <= found.value.missing
    grants, people = facts.grants(APP), facts.assignments(APP)
    assert isinstance(grants, Known)
    assert grants.value is not None
    assert grants.value.tenant_wide == ()
    assert isinstance(people, Known)
    assert people.value is not None
    assert people.value.number == 0


def test_a_new_service_principal_of_an_own_registration() -> None:
    tenant = Tenant().no_client().registered(displayName="Ours", signInAudience="AzureADMyOrg")
    facts = after(tenant, call(Method.POST, "/servicePrincipals", appId=APP))
    found = facts.client(APP)
    assert isinstance(found, Known)
    assert found.value is not None
    assert found.value.owner_tenant == HERE
    assert found.value.display_name == "Ours"
    assert found.value.audience == "AzureADMyOrg"
    assert found.value.publisher_id is None


@pytest.mark.parametrize(
    "tenant",
    [Tenant(), Tenant().refuses("client-service-principal", APP)],
    ids=["there-is-one", "not-known"],
)
def test_a_second_service_principal_is_impossible(tenant: Tenant) -> None:
    with pytest.raises(ImpossibleError):
        after(tenant, call(Method.POST, "/servicePrincipals", appId=APP))


def test_a_service_principal_keeps_its_other_members() -> None:
    tenant = Tenant().client(accountEnabled=False, verifiedPublisher={"verifiedPublisherId": "6"})
    path = f"/servicePrincipals/{PRINCIPAL}"
    facts = after(tenant, call(Method.PATCH, path, accountEnabled=True))
    before = tenant.facts().document(client_service_principal.SOURCE, APP) or {}
    assert facts.document(client_service_principal.SOURCE, APP) == before | {"accountEnabled": True}
    upper = after(tenant, call(Method.PATCH, path.replace(PRINCIPAL, PRINCIPAL.upper()), a=1))
    assert (upper.document(client_service_principal.SOURCE, APP) or {})["a"] == 1


@pytest.mark.parametrize(
    "one",
    [
        call(Method.PATCH, "/servicePrincipals/99999999-0000-4000-8000-000000000001", a=True),
        call(Method.PATCH, "/applications/99999999-0000-4000-8000-000000000001", a=True),
        call(Method.POST, "/applications/99999999-0000-4000-8000-000000000001/addPassword"),
        call(Method.POST, f"{POLICIES}/nowhere/includes", permissionType="delegated"),
        call(Method.DELETE, f"{POLICIES}/nowhere"),
        call(Method.PATCH, "/users/1", a=True),
        call(Method.POST, SETTINGS),
        call(Method.PATCH, f"{SETTINGS}/more"),
        call(Method.PATCH, "/oauth2PermissionGrants/x'y", scope="a"),
    ],
)
def test_what_is_not_there_or_not_known_is_impossible(one: Call) -> None:
    with pytest.raises(ImpossibleError):
        after(Tenant(), one)


@pytest.mark.parametrize(
    ("one", "source"),
    [
        (assigned(), "authorization-policy"),
        (
            call(
                Method.POST,
                f"/servicePrincipals/{GRAPH_ID}/delegatedPermissionClassifications",
                permissionId="1",
                permissionName="a",
                classification="low",
            ),
            "permission-classifications",
        ),
    ],
)
def test_what_was_refused_cannot_be_changed(one: Call, source: str) -> None:
    tenant = Tenant().refuses(source, GRAPH if source == "permission-classifications" else "")
    with pytest.raises(ImpossibleError):
        after(tenant, one)


def test_a_classification_is_added_beside_the_others() -> None:
    tenant = Tenant().classified("openid").classified("email", level="medium")
    path = f"/servicePrincipals/{GRAPH_ID}/delegatedPermissionClassifications"
    wanted = IDS[GRAPH, "Mail.Read"]
    facts = after(
        tenant,
        call(
            Method.POST,
            path,
            permissionId=wanted,
            permissionName="Mail.Read",
            classification="low",
        ),
    )
    found = facts.classifications(GRAPH)
    assert isinstance(found, Known)
    assert [(one.permission_name, one.level) for one in found.value or ()] == [
        ("openid", "low"),
        ("email", "medium"),
        ("Mail.Read", "low"),
    ]
    document = facts.document(permission_classifications.SOURCE, GRAPH) or {}
    assert document["value"][2]["permissionId"] == wanted  # type: ignore[index]


def grant(kind: str, scope: str, person: str | None = None) -> Call:
    body: dict[str, Value] = {
        "clientId": PRINCIPAL,
        "consentType": kind,
        "resourceId": GRAPH_ID,
        "scope": scope,
    }
    return Call(
        Method.POST, "/oauth2PermissionGrants", body | ({"principalId": person} if person else {})
    )


def test_a_grant_for_everybody_and_one_for_a_person() -> None:
    tenant = Tenant().person()
    facts = after(tenant, grant("AllPrincipals", "a b"), grant("Principal", "c", PERSON))
    found, mine = facts.grants(APP), facts.user_grants(PERSON)
    assert isinstance(found, Known)
    assert found.value is not None
    assert [one.scopes for one in found.value.tenant_wide] == [("a", "b")]
    assert found.value.own.number == 1
    assert isinstance(mine, Known)
    assert [one.scopes for one in mine.value] == [("c",)]


def test_a_grant_for_everybody_stands_in_the_listing_of_a_busy_app_too() -> None:
    page: Json = {"value": [], "@odata.nextLink": "https://graph.example/next"}
    tenant = Tenant().says("client-grants", page, APP)
    tenant.says("tenant-wide-grants", {"value": []}, PRINCIPAL)
    facts = after(tenant, grant("AllPrincipals", "a"))
    found = facts.grants(APP)
    assert isinstance(found, Known)
    assert found.value is not None
    assert [one.scopes for one in found.value.tenant_wide] == [("a",)]
    assert found.value.own.exact is False
    assert facts.document(tenant_wide_grants.SOURCE, PRINCIPAL) is not None


def test_a_grant_is_changed_wherever_it_is_listed() -> None:
    tenant = Tenant().person().granted("a", person=PERSON).granted("b")
    path = "/oauth2PermissionGrants/grant-0"
    facts = after(tenant, call(Method.PATCH, path, scope="a c"))
    for source, subject in ((client_grants.SOURCE, APP), (user_grants.SOURCE, PERSON)):
        listed = (facts.document(source, subject) or {})["value"]
        assert isinstance(listed, list)
        assert listed[0]["scope"] == "a c"
        assert listed[0]["principalId"] == PERSON
    assert [one["scope"] for one in (facts.document(client_grants.SOURCE, APP) or {})["value"]] == [  # type: ignore[attr-defined]
        "a c",
        "b",
    ]


def test_a_grant_to_an_unknown_client_is_impossible() -> None:
    with pytest.raises(ImpossibleError):
        after(Tenant().no_client(), grant("AllPrincipals", "a"))


def test_an_assignment_counts_for_the_app_and_for_the_person() -> None:
    tenant = Tenant().person()
    body: dict[str, Value] = {"principalId": PERSON, "resourceId": PRINCIPAL, "appRoleId": "0"}
    facts = after(tenant, Call(Method.POST, ASSIGNED, body))
    people, mine = facts.assignments(APP), facts.user_assignments(PERSON)
    assert isinstance(people, Known)
    assert people.value is not None
    assert people.value.number == 1
    assert isinstance(mine, Known)
    assert mine.value == {PRINCIPAL}
    alone = after(Tenant(), Call(Method.POST, ASSIGNED, body))
    assert alone.document(client_assignments.SOURCE, APP) is not None
    assert alone.document(user_assignments.SOURCE, PERSON) is None


def test_the_workflow_is_replaced_as_a_whole() -> None:
    path = "/policies/adminConsentRequestPolicy"
    reviewer: Value = {"query": "/users/1", "queryType": "MicrosoftGraph", "queryRoot": None}
    tenant = Tenant().says(
        "admin-consent-request-policy", {"isEnabled": False, "reviewers": [], "version": 3}
    )
    facts = after(tenant, call(Method.PUT, path, isEnabled=True, reviewers=(reviewer,)))
    found = facts.workflow()
    assert isinstance(found, Known)
    assert found.value.enabled
    assert [one.query for one in found.value.reviewers] == ["/users/1"]
    document = facts.document(admin_consent_request_policy.SOURCE) or {}
    assert set(document) == {"isEnabled", "reviewers"}


def test_a_setting_takes_its_values_together() -> None:
    values: list[Json] = [
        {"name": "EnableAdminConsentRequests", "value": "false"},
        {"name": "BlockUserConsentForRiskyApps", "value": "True"},
    ]
    item: Json = {"id": "5-a", "displayName": "C", "templateId": TEMPLATE, "values": values}
    other: Json = {"id": "6", "templateId": "x", "values": []}
    tenant = Tenant().says("group-settings", {"value": [other, item]})
    new: Value = (
        {"name": "EnableAdminConsentRequests", "value": "true"},
        {"name": "BlockUserConsentForRiskyApps", "value": "True"},
    )
    facts = after(tenant, call(Method.PATCH, "/groupSettings/5-a", values=new))
    found = facts.consent_settings()
    assert isinstance(found, Known)
    assert found.value.admin_consent_requests is True
    assert found.value.block_risky_apps is True
    listed = (facts.document(group_settings.SOURCE) or {})["value"]
    assert isinstance(listed, list)
    assert listed[0] == other
    assert listed[1]["displayName"] == "C"


def test_a_registration_merges_its_platforms() -> None:
    web: Json = {"redirectUris": ["https://a.example"], "logoutUrl": "https://a.example/out"}
    tenant = Tenant().registered(web=web)
    path = f"/applications/{REGISTRATION}"
    new: Value = {"redirectUris": ("https://a.example", "https://b.example")}
    facts = after(tenant, call(Method.PATCH, path, web=new))
    found = facts.document(application.SOURCE, APP) or {}
    assert found["web"] == {
        "redirectUris": ["https://a.example", "https://b.example"],
        "logoutUrl": "https://a.example/out",
    }
    assert found["spa"] == {"redirectUris": []}


def test_a_secret_stands_beside_the_others() -> None:
    tenant = Tenant().registered()
    path = f"/applications/{REGISTRATION}/addPassword"
    body: Value = {"displayName": "new", "endDateTime": "2027-03-01T12:00:00Z"}
    facts = after(tenant, call(Method.POST, path, passwordCredential=body))
    found = facts.application(APP)
    assert isinstance(found, Known)
    assert found.value is not None
    assert [one.name for one in found.value.credentials] == ["s", "new"]


def test_ids_of_a_run_stand_for_themselves_everywhere() -> None:
    made = call(Method.POST, "/servicePrincipals", "client", appId=APP)
    body: dict[str, Value] = {
        "clientId": Ref("client"),
        "consentType": "AllPrincipals",
        "resourceId": GRAPH_ID,
        "scope": "a",
    }
    granted = Call(Method.POST, "/oauth2PermissionGrants", body)
    off = call(Method.PATCH, "/servicePrincipals/{client}", accountEnabled=False)
    facts = after(Tenant().no_client(), made, granted, off)
    client, grants = facts.client(APP), facts.grants(APP)
    assert isinstance(client, Known)
    assert client.value is not None
    assert client.value.account_enabled is False
    assert isinstance(grants, Known)
    assert grants.value is not None
    assert grants.value.tenant_wide[0].client_id == client.value.id
    assert simulated_id("client") == simulated_id("client") != simulated_id("other")
    assert thawed({"a": (Ref("x"), 1, None)}, str.upper) == {"a": ["X", 1, None]}


def test_a_person_is_added_as_a_member_without_anything() -> None:
    facts = with_person(Tenant().facts(), PERSON)
    person, mine = facts.person(PERSON), facts.user_grants(PERSON)
    assert isinstance(person, Known)
    assert person.value is not None
    assert person.value.user_type == "Member"
    assert mine == Known(())
    assert facts.user_assignments(PERSON) == Known(frozenset())
    assert facts.user_roles(PERSON) == Known(frozenset())
    assert facts.document(permission_grant_policy.SOURCE, "none") is None


TOO_KIND = "simulate answers with success where Graph refuses"


@pytest.mark.parametrize(
    "calls",
    [
        (call(Method.PATCH, "/oauth2PermissionGrants/nowhere", scope="a"),),
        (call(Method.PATCH, "/groupSettings/99", values=()),),
        (grant("AllPrincipals", "a"), grant("AllPrincipals", "b")),
        (grant("Principal", "a", PERSON), grant("Principal", "b", PERSON)),
        (
            call(Method.POST, ASSIGNED, principalId=PERSON, resourceId=PRINCIPAL, appRoleId="0"),
            call(Method.POST, ASSIGNED, principalId=PERSON, resourceId=PRINCIPAL, appRoleId="0"),
        ),
    ],
    ids=["unknown-grant", "unknown-setting", "second-grant", "second-own-grant", "assigned-twice"],
)
def test_what_graph_refuses_is_impossible(calls: tuple[Call, ...]) -> None:
    with pytest.raises(ImpossibleError):
        after(Tenant().person(), *calls)
