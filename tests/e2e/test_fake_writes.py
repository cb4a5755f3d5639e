"""The fake Graph's writes: each one, its undo, what is refused, and the runner of .http files."""

import json
import ssl
from collections.abc import Iterator, Sequence

import httpx
import pytest

from auditor.samples import load_sample, sample_ids
from tests.fakes.cloud import FakeCloud
from tests.fakes.http_file import Drifted, WriteRefusedError, run
from tests.fakes.live import read, requests_of, served
from tests.fakes.tenant import Tenant
from tests.fakes.wire import Json

GRAPH = "00000003-0000-0000-c000-000000000000"
GRAPH_ID = "b82bddb4-9162-4394-9bcf-78b068ea4785"
OUTLOOK_ID = "bd0d9678-fa94-4ada-b68e-237f43f76181"
SOPHIIE = "85c8ad99-e136-4b1c-b453-fe3578b83189"
SOPHIIE_ID = "dd0cdc53-2236-4248-8f85-4712e5c1e3fd"
SOPHIIE_GRANT = "U9wM3TYiSEKPhUcS5cHj_bTdK7hikZRDm894sGjqR4WQ90_Smdn4TaqLYz97wx6M"
SOFA_ID = "eb1e4572-c5a8-455b-9337-1e2e06f7b41e"
SOFIE = "943a2a8a-5a89-403e-8d91-103e7793b8ef"
SOFIE_APP_ID = "84bdfa80-25b3-474f-ad7a-d9c3dcd030ee"
ADELE = "d24ff790-d999-4df8-aa8b-633f7bc31e8c"
MEGAN = "f582d9da-5959-4696-a563-408ecc911d0d"
NO_ROLE = "00000000-0000-0000-0000-000000000000"
BIRDIES = "b1e0d1e5-0000-4000-8000-000000000001"
MAIL_READ_BASIC = "a4b8392a-d8d1-4954-a029-8e668a39a170"

POLICY = "/policies/authorizationPolicy"
GRANT_POLICIES = "/policies/permissionGrantPolicies"
WORKFLOW = "/policies/adminConsentRequestPolicy"
ROLE = "defaultUserRolePermissions"
ASSIGNED = "permissionGrantPoliciesAssigned"
CLASSIFIED = f"/servicePrincipals(appId='{GRAPH}')/delegatedPermissionClassifications"
OWN = f"/applications(appId='{SOFIE}')"


class Admin:
    """Sends requests with an administrator's token."""

    def __init__(self, cloud: FakeCloud, token: str = "") -> None:
        self.cloud = cloud
        self.client = httpx.Client(
            base_url=f"{cloud.graph_url}/v1.0",
            headers={"Authorization": f"Bearer {token or cloud.admin_token()}"},
            verify=ssl.create_default_context(cafile=str(cloud.ca_file)),
            trust_env=False,
        )

    def ask(self, request: str, body: Json = None) -> httpx.Response:
        method, _, path = request.partition(" ")
        return self.client.request(method, path, json=body)

    def do(self, request: str, body: Json = None) -> dict[str, Json]:
        """Ask for something that has to succeed."""
        reply = self.ask(request, body)
        assert reply.is_success, reply.text
        found: dict[str, Json] = reply.json() if reply.content else {}
        return found

    def list(self, path: str) -> list[dict[str, Json]]:
        value = self.do(f"GET {path}")["value"]
        assert isinstance(value, list)
        return [one for one in value if isinstance(one, dict)]


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    with FakeCloud(served("ready")) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def admin(cloud: FakeCloud) -> Iterator[Admin]:
    found = Admin(cloud)
    with found.client:
        yield found


def _part(value: Json, *names: str) -> Json:
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    return value


class TestPolicies:
    def test_the_assigned_policies_are_replaced_and_the_rest_stays(self, admin: Admin) -> None:
        before = admin.do(f"GET {POLICY}")
        start = admin.cloud.tenant.state()
        new: Json = ["ManagePermissionGrantsForSelf.microsoft-user-default-recommended"]
        admin.do(f"PATCH {POLICY}", {ROLE: {ASSIGNED: new}})
        after = admin.do(f"GET {POLICY}")
        assert _part(after, ROLE, ASSIGNED) == new
        assert _part(after, ROLE, "allowedToCreateApps") is True
        assert after["displayName"] == before["displayName"]
        assert admin.cloud.tenant.state() != start
        admin.do(f"PATCH {POLICY}", {ROLE: {ASSIGNED: _part(before, ROLE, ASSIGNED)}})
        assert admin.cloud.tenant.state() == start

    def test_a_custom_policy_comes_and_goes(self, admin: Admin) -> None:
        start = admin.cloud.tenant.state()
        body: Json = {"id": "Vendor-X_mail", "displayName": "Vendor X", "description": "for X"}
        assert admin.do(f"POST {GRANT_POLICIES}", body)["includes"] == []
        one = f"{GRANT_POLICIES}/Vendor-X_mail"
        made = admin.do(
            f"POST {GRANT_POLICIES}/vendor-x_MAIL/includes", {"permissionType": "delegated"}
        )
        assert {name: made[name] for name in ("permissions", "resourceApplication")} == {
            "permissions": ["all"],
            "resourceApplication": "any",
        }
        assert made["clientApplicationsFromVerifiedPublisherOnly"] is False
        limited: Json = {"permissionType": "delegated", "clientApplicationIds": [SOPHIIE]}
        admin.do(f"POST {one}/excludes", limited)
        policy = admin.do(f"GET {one}")
        assert [len(admin.list(f"{one}/{name}")) for name in ("includes", "excludes")] == [1, 1]
        assert _part(policy, "displayName") == "Vendor X"
        includes, excludes = policy["includes"], policy["excludes"]
        assert isinstance(includes, list)
        assert isinstance(excludes, list)
        assert _part(includes[0], "id") == made["id"]
        assert _part(excludes[0], "clientApplicationIds") == [SOPHIIE]
        admin.do(f"DELETE {one}")
        assert admin.ask(f"GET {one}").status_code == 404
        assert admin.cloud.tenant.state() == start

    def test_a_list_of_policies_changes_with_the_single_ones(self, admin: Admin) -> None:
        admin.cloud.tenant.set(GRANT_POLICIES, {"value": []})
        start = admin.cloud.tenant.state()
        admin.do(f"POST {GRANT_POLICIES}", {"id": "x", "displayName": "X"})
        admin.do(f"POST {GRANT_POLICIES}/x/includes", {"permissionType": "delegated"})
        listed = admin.list(GRANT_POLICIES)
        assert listed[0]["includes"] == admin.do(f"GET {GRANT_POLICIES}/x")["includes"]
        admin.do(f"DELETE {GRANT_POLICIES}/x")
        assert admin.list(GRANT_POLICIES) == []
        assert admin.cloud.tenant.state() == start

    @pytest.mark.parametrize(
        ("request_", "body", "status"),
        [
            (f"PATCH {POLICY}", {"allowUserConsentForRiskyApp": True}, 400),
            (f"PATCH {POLICY}", {ROLE: {ASSIGNED: ["microsoft-user-default-low"]}}, 400),
            (f"PATCH {POLICY}", {ROLE: {ASSIGNED: "x"}}, 400),
            (f"PATCH {POLICY}", {ROLE: {"allowedToCreateApp": True}}, 400),
            (f"POST {GRANT_POLICIES}", {"id": "microsoft-mine", "displayName": "x"}, 400),
            (f"POST {GRANT_POLICIES}", {"id": "a b", "displayName": "x"}, 400),
            (f"POST {GRANT_POLICIES}", {"displayName": "x"}, 400),
            (f"DELETE {GRANT_POLICIES}/microsoft-user-default-low", None, 400),
            (f"DELETE {GRANT_POLICIES}/nobody", None, 404),
            (
                f"POST {GRANT_POLICIES}/microsoft-user-default-low/includes",
                {"permissionType": "delegated"},
                400,
            ),
            (f"PUT {WORKFLOW}", {"isEnabled": False}, 400),
            (f"PATCH {WORKFLOW}", {"isEnabled": False}, 405),
        ],
    )
    def test_refused(self, admin: Admin, request_: str, body: Json, status: int) -> None:
        start = admin.cloud.tenant.state()
        assert admin.ask(request_, body).status_code == status
        assert admin.cloud.tenant.state() == start

    @pytest.mark.parametrize(
        "change",
        [
            {"permissionType": "everything"},
            {"permissionClassification": "lowest"},
            {"permissions": []},
            {"permissions": [1]},
            {"certifiedClientApplicationsOnly": True},
            {"clientApplicationsFromVerifiedPublisherOnly": "yes"},
        ],
    )
    def test_a_condition_set_that_graph_does_not_take(
        self, admin: Admin, change: dict[str, Json]
    ) -> None:
        admin.do(f"POST {GRANT_POLICIES}", {"id": "x", "displayName": "X"})
        body: dict[str, Json] = {"permissionType": "delegated", **change}
        assert admin.ask(f"POST {GRANT_POLICIES}/x/includes", body).status_code == 400
        assert (
            admin.ask(f"POST {GRANT_POLICIES}", {"id": "X", "displayName": "X"}).status_code == 409
        )

    def test_the_workflow_is_replaced_and_counted(self, admin: Admin) -> None:
        before, start = admin.do(f"GET {WORKFLOW}"), admin.cloud.tenant.state()
        members = ("isEnabled", "notifyReviewers", "remindersEnabled", "requestDurationInDays")
        old: dict[str, Json] = {name: before[name] for name in (*members, "reviewers")}
        admin.do(f"PUT {WORKFLOW}", {**old, "isEnabled": False, "reviewers": []})
        after = admin.do(f"GET {WORKFLOW}")
        assert (after["isEnabled"], after["reviewers"], after["version"]) == (False, [], 4)
        admin.do(f"PUT {WORKFLOW}", old)
        assert admin.cloud.tenant.state() == start
        reviewer: Json = {"query": "/users/x", "queryType": "MicrosoftGraph", "more": 1}
        wrongs: list[Json] = [[reviewer], ["x"]]
        for wrong in wrongs:
            assert admin.ask(f"PUT {WORKFLOW}", {**old, "reviewers": wrong}).status_code == 400

    def test_a_directory_setting_is_replaced_whole(self) -> None:
        with FakeCloud(served("consent-off")) as cloud, Admin(cloud).client as client:
            start, setting = cloud.tenant.state(), client.get("/groupSettings").json()["value"][0]
            path, old = f"/groupSettings/{setting['id'].upper()}", setting["values"]
            new = [{**one, "value": "true"} for one in old]
            assert client.patch(path, json={"values": new}).status_code == 204
            assert client.get(path).json()["values"] == new
            assert client.get("/groupSettings").json()["value"][0]["values"] == new
            assert client.patch(path, json={"values": new[1:]}).status_code == 400
            assert client.patch("/groupSettings/x", json={"values": new}).status_code == 404
            assert client.patch(path, json={"values": old}).status_code == 204
            assert cloud.tenant.state() == start
            assert cloud.violations == []


class TestPrincipals:
    def test_a_foreign_app_comes_and_goes_with_what_belongs_to_it(self, admin: Admin) -> None:
        tenant, start = admin.cloud.tenant, admin.cloud.tenant.state()
        assert admin.ask("POST /servicePrincipals", {"appId": BIRDIES}).status_code == 400
        publisher: Json = {
            "verifiedPublisherId": "6100009",
            "displayName": "B",
            "addedDateTime": None,
        }
        tenant.add_foreign_app(
            {
                "appId": BIRDIES.upper(),
                "id": "other",
                "displayName": "B",
                "verifiedPublisher": publisher,
            }
        )
        made = admin.do("POST /servicePrincipals", {"appId": BIRDIES})
        assert (made["displayName"], made["verifiedPublisher"]) == ("B", publisher)
        assert admin.ask("POST /servicePrincipals", {"appId": BIRDIES}).status_code == 409
        grant = admin.do("POST /oauth2PermissionGrants", _grant(str(made["id"])))
        listed = f"/servicePrincipals/{made['id']}/oauth2PermissionGrants"
        assert [one["id"] for one in admin.list(listed)] == [grant["id"]]
        admin.do(
            f"POST /servicePrincipals/{made['id']}/appRoleAssignedTo",
            {"principalId": ADELE, "resourceId": made["id"], "appRoleId": NO_ROLE},
        )
        assert len(admin.list(f"/users/{ADELE}/appRoleAssignments")) == 2
        names = [one["appId"] for one in admin.list("/servicePrincipals")]
        assert names.count(BIRDIES) == 1
        admin.do(f"DELETE /servicePrincipals(appId='{BIRDIES.upper()}')")
        assert admin.ask(f"GET /oauth2PermissionGrants/{grant['id']}").status_code == 404
        assert tenant.state() == start

    def test_an_own_registration_is_the_model_of_its_principal(self, admin: Admin) -> None:
        path = f"/servicePrincipals(appId='{SOFIE}')"
        before = admin.do(f"GET {path}")
        admin.do(f"DELETE {path}")
        made = admin.do("POST /servicePrincipals", {"appId": SOFIE})
        same = ("displayName", "appOwnerOrganizationId", "signInAudience", "appId")
        assert [made[name] for name in same] == [before[name] for name in same]
        assert made["id"] != before["id"]
        assert admin.do(f"GET {path}") == made

    def test_members_change_in_every_answer(self, admin: Admin) -> None:
        tenant = admin.cloud.tenant
        tenant.set(
            f"/servicePrincipals/{SOPHIIE_ID}",
            tenant.body(f"/servicePrincipals(appId='{SOPHIIE}')"),
        )
        start = tenant.state()
        admin.do(
            f"PATCH /servicePrincipals/{SOPHIIE_ID.upper()}",
            {"accountEnabled": False, "appRoleAssignmentRequired": True},
        )
        for name in (f"(appId='{SOPHIIE}')", f"/{SOPHIIE_ID}"):
            found = admin.do(f"GET /servicePrincipals{name}")
            assert (found["accountEnabled"], found["appRoleAssignmentRequired"]) == (False, True)
        admin.do(
            f"PATCH /servicePrincipals(appId='{SOPHIIE}')",
            {"accountEnabled": True, "appRoleAssignmentRequired": False},
        )
        assert tenant.state() == start
        assert (
            admin.ask(f"PATCH /servicePrincipals/{SOPHIIE_ID}", {"appId": "x"}).status_code == 400
        )
        assert admin.ask("PATCH /servicePrincipals/nobody", {"tags": []}).status_code == 404

    def test_a_classification_comes_and_goes(self, admin: Admin) -> None:
        start, before = admin.cloud.tenant.state(), len(admin.list(CLASSIFIED))
        scope = _free(admin)
        body: Json = {
            "permissionId": scope["id"],
            "permissionName": scope["value"],
            "classification": "low",
        }
        made = admin.do(f"POST {CLASSIFIED}", body)
        assert len(admin.list(CLASSIFIED)) == before + 1
        assert admin.ask(f"POST {CLASSIFIED}", body).status_code == 400
        by_id = f"/servicePrincipals/{GRAPH_ID.upper()}/delegatedPermissionClassifications"
        admin.do(f"DELETE {by_id}/{made['id']}")
        assert admin.cloud.tenant.state() == start
        assert admin.ask(f"DELETE {by_id}/{made['id']}").status_code == 404

    def test_the_id_of_a_classification_is_graphs(self, admin: Admin) -> None:
        start = admin.cloud.tenant.state()
        old = admin.list(CLASSIFIED)[0]
        admin.do(f"DELETE {CLASSIFIED}/{old['id']}")
        names = ("permissionId", "permissionName", "classification")
        made = admin.do(f"POST {CLASSIFIED}", {name: old[name] for name in names})
        assert made["id"] == old["id"]
        assert admin.cloud.tenant.state() == start

    def test_what_cannot_be_classified(self, admin: Admin) -> None:
        admin_only = next(one for one in _scopes(admin) if one["type"] == "Admin")
        free = _free(admin)
        for body in (
            {"permissionId": admin_only["id"], "classification": "low"},
            {"permissionId": NO_ROLE, "classification": "low"},
            {"permissionId": free["id"], "classification": "lowest"},
            {"permissionId": free["id"], "permissionName": "Other", "classification": "low"},
        ):
            assert admin.ask(f"POST {CLASSIFIED}", dict(body)).status_code == 400


class TestGrants:
    def test_a_grant_is_made_changed_and_removed(self, admin: Admin) -> None:
        start = admin.cloud.tenant.state()
        made = admin.do("POST /oauth2PermissionGrants", _grant(SOFA_ID.upper()))
        assert made["scope"] == " User.Read  Mail.Read"
        path = f"/oauth2PermissionGrants/{made['id']}"
        query = f"/oauth2PermissionGrants?$filter=clientId eq '{SOFA_ID}' and consentType eq 'AllPrincipals'"
        assert [one["id"] for one in admin.list(query)] == [made["id"]]
        assert admin.ask("POST /oauth2PermissionGrants", _grant(SOFA_ID)).status_code == 409
        admin.do(f"PATCH {path}", {"scope": "User.Read"})
        assert admin.do(f"GET {path}")["scope"] == "User.Read"
        assert admin.list(query)[0]["scope"] == "User.Read"
        assert admin.ask(f"PATCH {path}", {"clientId": GRAPH_ID}).status_code == 400
        admin.do(f"DELETE {path}")
        assert admin.ask(f"DELETE {path}").status_code == 404
        assert admin.cloud.tenant.state() == start

    def test_a_grant_for_one_person_beside_that_of_another(self, admin: Admin) -> None:
        start = admin.cloud.tenant.state()
        body = _grant(SOPHIIE_ID, consentType="Principal", principalId=ADELE)
        assert admin.ask("POST /oauth2PermissionGrants", body).status_code == 409
        made = admin.do("POST /oauth2PermissionGrants", {**body, "principalId": MEGAN})
        mine = admin.list(f"/oauth2PermissionGrants?$filter=principalId eq '{MEGAN}'")
        assert [one["id"] for one in mine] == [made["id"]]
        admin.do(f"DELETE /oauth2PermissionGrants/{made['id']}")
        assert admin.cloud.tenant.state() == start

    def test_every_answer_that_holds_a_grant_changes(self, admin: Admin) -> None:
        tenant = admin.cloud.tenant
        own = tenant.body(f"/servicePrincipals(appId='{SOPHIIE}')/oauth2PermissionGrants")
        places = [
            "/oauth2PermissionGrants",
            f"/servicePrincipals/{SOPHIIE_ID}/oauth2PermissionGrants",
            f"/servicePrincipals(appId='{SOPHIIE}')/oauth2PermissionGrants",
        ]
        for place in places:
            tenant.set(place, own)
        start = tenant.state()
        old = str(admin.list(places[0])[0]["scope"])
        path = f"/oauth2PermissionGrants/{SOPHIIE_GRANT}"
        admin.do(f"PATCH {path}", {"scope": "openid"})
        assert [admin.list(place)[0]["scope"] for place in places] == ["openid"] * 3
        admin.do(f"DELETE {path}")
        assert [admin.list(place) for place in places] == [[], [], []]
        made = admin.do(
            "POST /oauth2PermissionGrants",
            _grant(SOPHIIE_ID, consentType="Principal", principalId=ADELE, scope=old),
        )
        assert made["id"] == SOPHIIE_GRANT
        assert tenant.state() == start

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"consentType": "Principal"}, 400),
            ({"principalId": ADELE}, 400),
            ({"consentType": "Everybody"}, 400),
            ({"clientId": ADELE}, 404),
            ({"resourceId": GRAPH}, 404),
            ({"startTime": "2026-01-01T00:00:00Z"}, 400),
            ({"scope": None}, 400),
        ],
    )
    def test_refused(self, admin: Admin, change: dict[str, Json], status: int) -> None:
        start = admin.cloud.tenant.state()
        body = {**_grant(SOFA_ID), **change}
        assert admin.ask("POST /oauth2PermissionGrants", body).status_code == status
        assert admin.cloud.tenant.state() == start

    def test_what_nobody_may_read_is_not_guessed(self) -> None:
        with FakeCloud(served("partly-unreadable")) as cloud, Admin(cloud).client as client:
            body = _grant(SOFA_ID)
            assert client.post("/oauth2PermissionGrants", json=body).status_code == 403


class TestAssignments:
    def test_a_person_is_assigned_and_taken_off(self, admin: Admin) -> None:
        start = admin.cloud.tenant.state()
        path = f"/servicePrincipals(appId='{SOPHIIE}')/appRoleAssignedTo"
        body: dict[str, Json] = {
            "principalId": MEGAN,
            "resourceId": SOPHIIE_ID,
            "appRoleId": NO_ROLE,
        }
        made = admin.do(f"POST {path}", body)
        assert (made["principalType"], made["principalDisplayName"]) == ("User", "Megan Bowen")
        assert [one["id"] for one in admin.list(f"/users/{MEGAN}/appRoleAssignments")] == [
            made["id"]
        ]
        assert len(admin.list(path)) == 2
        assert admin.ask(f"POST {path}", body).status_code == 400
        other = f"/servicePrincipals/{SOFA_ID}/appRoleAssignedTo"
        assert admin.ask(f"POST {other}", body).status_code == 400
        assert admin.ask(f"DELETE {other}/{made['id']}").status_code == 404
        admin.do(f"DELETE {path}/{made['id']}")
        assert admin.cloud.tenant.state() == start

    def test_a_group_is_assigned_for_its_direct_members(self, admin: Admin) -> None:
        group = "9a0b0000-0000-4000-8000-000000000009"
        tenant = admin.cloud.tenant
        tenant.set(f"/groups/{group}", {"id": group, "displayName": "Sales"})
        tenant.set(f"/groups/{group}/members", {"value": [{"id": MEGAN}, {"id": "unknown"}]})
        tenant.set(f"/users/{ADELE}/memberOf", {"value": [{"id": group}]})
        start = tenant.state()
        path = f"/servicePrincipals/{SOFA_ID}/appRoleAssignedTo"
        body: Json = {"principalId": group, "resourceId": SOFA_ID, "appRoleId": NO_ROLE}
        made = admin.do(f"POST {path}", body)
        assert (made["principalType"], made["principalDisplayName"]) == ("Group", "Sales")
        for user in (MEGAN, ADELE):
            shown = [one["id"] for one in admin.list(f"/users/{user}/appRoleAssignments")]
            assert made["id"] in shown
        admin.do(f"DELETE {path}/{made['id']}")
        assert tenant.state() == start

    def test_an_application_permission_shows_at_both_ends(self, admin: Admin) -> None:
        start = admin.cloud.tenant.state()
        path = f"/servicePrincipals/{SOFA_ID}/appRoleAssignments"
        role = "df021288-bdef-4463-88db-98f22de89214"
        body: Json = {"principalId": SOFA_ID, "resourceId": GRAPH_ID, "appRoleId": role}
        made = admin.do(f"POST {path}", body)
        for place in (path, f"/servicePrincipals(appId='{GRAPH}')/appRoleAssignedTo"):
            assert [one["id"] for one in admin.list(place)] == [made["id"]]
        admin.do(f"DELETE {path}/{made['id']}")
        assert admin.cloud.tenant.state() == start

    def test_a_role_that_the_resource_does_not_have(self, admin: Admin) -> None:
        tenant, path = admin.cloud.tenant, f"/servicePrincipals(appId='{SOPHIIE}')"
        body = tenant.body(path)
        assert isinstance(body, dict)
        tenant.set(path, {**body, "appRoles": [{"id": MAIL_READ_BASIC}]})
        given: dict[str, Json] = {
            "principalId": MEGAN,
            "resourceId": SOPHIIE_ID,
            "appRoleId": ADELE,
        }
        assert admin.ask(f"POST {path}/appRoleAssignedTo", given).status_code == 400
        admin.do(f"POST {path}/appRoleAssignedTo", {**given, "appRoleId": MAIL_READ_BASIC})


class TestApplications:
    def test_complex_members_are_merged_and_arrays_replaced(self, admin: Admin) -> None:
        start, before = admin.cloud.tenant.state(), admin.do(f"GET {OWN}")
        uris: Json = ["https://app.sofie.example/a", "https://app.sofie.example/b"]
        change: Json = {
            "web": {"redirectUris": uris},
            "spa": {"redirectUris": uris},
            "publicClient": {"redirectUris": uris},
            "requiredResourceAccess": [],
            "signInAudience": "AzureADMultipleOrgs",
            "isDisabled": True,
        }
        admin.do(f"PATCH /applications/{SOFIE_APP_ID.upper()}", change)
        after = admin.do(f"GET {OWN}")
        assert _part(after, "web", "redirectUris") == uris
        assert _part(after, "web", "implicitGrantSettings") == _part(
            before, "web", "implicitGrantSettings"
        )
        principal = admin.do(f"GET /servicePrincipals(appId='{SOFIE}')")
        assert principal["signInAudience"] == "AzureADMultipleOrgs"
        assert principal["isDisabled"] is True
        assert isinstance(change, dict)
        admin.do(f"PATCH {OWN}", {name: before[name] for name in change})
        assert admin.cloud.tenant.state() == start

    def test_a_secret_is_shown_once(self, admin: Admin) -> None:
        start, before = admin.cloud.tenant.state(), _secrets(admin)
        credential: Json = {"displayName": "new", "endDateTime": "2027-01-01T00:00:00Z"}
        made = admin.do(f"POST {OWN}/addPassword", {"passwordCredential": credential})
        assert str(made["secretText"]).startswith(str(made["hint"]))
        added = _secrets(admin)[-1]
        assert {**added, "secretText": made["secretText"]}.items() <= made.items()
        assert "secretText" not in added
        assert len(_secrets(admin)) == len(before) + 1
        admin.do(f"POST /applications/{SOFIE_APP_ID}/removePassword", {"keyId": made["keyId"]})
        assert admin.cloud.tenant.state() == start
        gone = admin.ask(f"POST {OWN}/removePassword", {"keyId": made["keyId"]})
        assert gone.status_code == 400

    def test_a_registration_comes_and_goes_with_its_principal(self, admin: Admin) -> None:
        start = admin.cloud.tenant.state()
        body: Json = {
            "displayName": "Made for a test",
            "signInAudience": "AzureADMyOrg",
            "web": {"redirectUris": ["https://localhost/"]},
        }
        made = admin.do("POST /applications", body)
        assert _part(made, "web", "logoutUrl") is None
        principal = admin.do("POST /servicePrincipals", {"appId": made["appId"]})
        assert (principal["displayName"], principal["signInAudience"]) == (
            "Made for a test",
            "AzureADMyOrg",
        )
        assert principal["appOwnerOrganizationId"] == admin.cloud.tenant_id
        admin.do(f"DELETE /applications/{made['id']}")
        assert admin.ask(f"GET /servicePrincipals/{principal['id']}").status_code == 404
        assert admin.cloud.tenant.state() == start

    @pytest.mark.parametrize(
        "change",
        [
            {"passwordCredentials": []},
            {"signInAudience": "Everybody"},
            {"web": {"redirectUri": []}},
            {"spa": {"redirectUris": [1]}},
            {"requiredResourceAccess": [{"resourceAppId": GRAPH}]},
            {"requiredResourceAccess": ["x"]},
        ],
    )
    def test_refused(self, admin: Admin, change: dict[str, Json]) -> None:
        start = admin.cloud.tenant.state()
        assert admin.ask(f"PATCH {OWN}", change).status_code == 400
        assert admin.cloud.tenant.state() == start


@pytest.mark.parametrize("sample", sample_ids())
def test_every_sample_comes_back(sample: str) -> None:
    with FakeCloud(served(sample)) as cloud, Admin(cloud).client as client:
        start = cloud.tenant.state()
        policy = {"id": "vendor-x", "displayName": "it's “x” </script>\r\n{{token}}"}
        principal = f"/servicePrincipals(appId='{SOFIE}')"
        object_id = client.get(principal).json()["id"]
        assigned = {"principalId": MEGAN, "resourceId": object_id, "appRoleId": NO_ROLE}
        assert client.post(GRANT_POLICIES, json=policy).status_code == 201
        made = client.post(f"{principal}/appRoleAssignedTo", json=assigned).json()
        assert client.patch(principal, json={"accountEnabled": False}).status_code == 204
        assert (
            client.get(f"{GRANT_POLICIES}/vendor-x").json()["displayName"] == policy["displayName"]
        )
        assert cloud.tenant.state() != start
        assert client.patch(principal, json={"accountEnabled": True}).status_code == 204
        assert client.delete(f"{principal}/appRoleAssignedTo/{made['id']}").status_code == 204
        assert client.delete(f"{GRANT_POLICIES}/vendor-x").status_code == 204
        assert cloud.tenant.state() == start
        assert cloud.violations == []


class TestWhoMayWrite:
    def test_the_token_of_the_auditor_cannot(self) -> None:
        with FakeCloud(served("ready")) as cloud:
            start = cloud.tenant.state()
            scope = f"{cloud.graph_url}/.default"
            reply = httpx.post(
                f"{cloud.authority_url}/{cloud.tenant_id}/oauth2/v2.0/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": cloud.client_id,
                    "client_secret": cloud.secret,
                    "scope": scope,
                },
                verify=ssl.create_default_context(cafile=str(cloud.ca_file)),
                trust_env=False,
            )
            auditor = Admin(cloud, reply.json()["access_token"])
            with auditor.client:
                asked = [
                    auditor.ask(f"PATCH {POLICY}", {"allowUserConsentForRiskyApps": True}),
                    auditor.ask("POST /oauth2PermissionGrants", _grant(SOFA_ID)),
                    auditor.ask(f"DELETE /servicePrincipals/{SOFA_ID}"),
                ]
            assert [one.status_code for one in asked] == [400, 400, 400]
            # Noted twice as ever: when it came, and when it was not answered.
            assert len(set(cloud.violations)) == 3
            assert cloud.tenant.state() == start

    def test_a_token_that_is_not_one(self, cloud: FakeCloud) -> None:
        stranger = Admin(cloud, "nonsense")
        with stranger.client:
            assert stranger.ask("GET /organization").status_code == 401

    def test_delegated_permissions_count(self, cloud: FakeCloud) -> None:
        limited = Admin(cloud, cloud.admin_token("Policy.ReadWrite.Authorization"))
        with limited.client:
            limited.do(f"PATCH {POLICY}", {"allowUserConsentForRiskyApps": False})
            refused = limited.ask("POST /oauth2PermissionGrants", _grant(SOFA_ID))
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "Authorization_RequestDenied"

    @pytest.mark.parametrize(
        "request_",
        [
            "POST /users",
            f"DELETE /users/{ADELE}",
            "PUT /policies/authorizationPolicy",
            f"DELETE /servicePrincipals/{SOFA_ID}/oauth2PermissionGrants",
            "POST /$batch",
            "POST /servicePrincipals/a/b/c",
        ],
    )
    def test_everything_else_is_no_method(self, admin: Admin, request_: str) -> None:
        reply = admin.ask(request_, {} if "DELETE" not in request_ else None)
        assert reply.status_code == 405
        assert reply.json()["error"]["code"] == "Request_MethodNotAllowed"

    def test_a_body_has_to_be_json(self, admin: Admin) -> None:
        path = "/v1.0/policies/authorizationPolicy"
        url = f"{admin.cloud.graph_url}{path}"
        typed = {"Content-Type": "application/json"}
        for content, headers in (("{}", {}), ("{", typed), ("[]", typed)):
            reply = admin.client.patch(url, content=content, headers=headers)
            assert reply.status_code == 400
        assert admin.client.patch(f"{url}?$select=id", json={}).status_code == 400
        assert admin.client.patch(url.replace("v1.0", "beta"), json={}).status_code == 405
        assert admin.client.request("DELETE", f"{GRANT_POLICIES}/x", json={}).status_code == 400

    def test_a_read_of_an_administrator_is_checked_like_any_other(self) -> None:
        with FakeCloud(served("ready")) as cloud:
            admin = Admin(cloud)
            with admin.client:
                assert admin.ask("GET /organization?$select=nmae").status_code == 400
            assert len(cloud.violations) == 1


class TestTenant:
    def test_ids_are_the_same_for_every_tenant(self) -> None:
        one, other = Tenant(), Tenant()
        first = [one.new_id(), one.new_id()]
        assert first == [other.new_id(), other.new_id()]
        assert len(set(first)) == 2

    def test_state_is_a_copy_without_what_makes_no_difference(self) -> None:
        tenant, same = Tenant(), Tenant()
        tenant.set("/x", {"value": [{"id": "b", "more": None}, {"id": "a"}]})
        tenant.set("/empty", {"value": []})
        tenant.set("/gone", {"error": {}}, status=404)
        same.set("/x", {"value": [{"id": "a"}, {"id": "b"}]})
        state = tenant.state()
        assert state == same.state()
        assert isinstance(state, dict)
        state.clear()
        assert tenant.state() == same.state()
        same.set("/x", {"value": [{"id": "a"}]})
        assert tenant.state() != same.state()
        tenant.set("/y", {"uris": ["b", "a"]})
        same.set("/y", {"uris": ["a", "b"]})
        assert tenant.state() != same.state()


FILE = f"""\
# Made by hand. REST Client runs it.
@graph = https://graph.microsoft.com/v1.0
@token = paste one here
@assignee = 00000000-0000-0000-0000-000000000000

### The assigned policies are as audited
# @expect {{"member": "{ROLE}.allowedToCreateApps", "expected": true}}
# @expect {{"member": "{ROLE}.{ASSIGNED}", "expected": ["ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-chat", "ManagePermissionGrantsForSelf.microsoft-user-default-low", "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team"]}}
# @expect {{"member": "allowUserConsentForRiskyApps", "expected": null}}
GET {{{{graph}}}}/policies/authorizationPolicy
Authorization: Bearer {{{{token}}}}

### No such policy yet
# @expect {{"member": "", "expected": null}}
GET {{{{graph}}}}/policies/permissionGrantPolicies/vendor-x HTTP/1.1
Authorization: Bearer {{{{token}}}}

### Grants
# @name grants
# @expect {{"member": "scope", "within": "value", "where": {{"consentType": "PRINCIPAL"}}, "expected": [" openid profile email offline_access User.Read Mail.ReadWrite Mail.Send Calendars.ReadWrite"]}}
# @expect {{"member": "scope", "within": "value", "where": {{"consentType": "AllPrincipals"}}, "expected": []}}
# @lookup {{"name": "grant", "within": "value", "where": {{"clientId": "{SOPHIIE_ID.upper()}"}}, "take": "id"}}
GET {{{{graph}}}}/servicePrincipals(appId='{SOPHIIE}')/oauth2PermissionGrants
Authorization: Bearer {{{{token}}}}

### Write
# @name policy
POST {{{{graph}}}}/policies/permissionGrantPolicies
Authorization: Bearer {{{{token}}}}
Content-Type: application/json

{{
  "id": "vendor-x",
  "displayName": "it's \\"x\\" \\u007b\\u007btoken\\u007d\\u007d"
}}

###
POST {{{{graph}}}}/policies/permissionGrantPolicies/{{{{policy.response.body.$.id}}}}/includes
Authorization: Bearer {{{{token}}}}
Content-Type: application/json

{{"permissionType": "delegated"}}

###
PATCH {{{{graph}}}}/oauth2PermissionGrants/{{{{grants.response.body.$.value[?(@.clientId=='{SOPHIIE_ID}' && @.consentType=='Principal')].id}}}}
Authorization: Bearer {{{{token}}}}
Content-Type: application/json

{{"scope": "User.Read"}}

###
POST {{{{graph}}}}/servicePrincipals/{SOPHIIE_ID}/appRoleAssignedTo
Authorization: Bearer {{{{token}}}}
Content-Type: application/json

{{"principalId": "{{{{assignee}}}}", "resourceId": "{SOPHIIE_ID}", "appRoleId": "{NO_ROLE}"}}
"""


class TestRunner:
    def test_a_file_is_sent_from_top_to_bottom(self, admin: Admin) -> None:
        sent = run(FILE, cloud=admin.cloud, values={"assignee": MEGAN})
        assert [(one.method, one.status) for one in sent] == [
            ("GET", 200),
            ("GET", 404),
            ("GET", 200),
            ("POST", 201),
            ("POST", 201),
            ("PATCH", 204),
            ("POST", 201),
        ]
        assert sent[4].path == f"{GRANT_POLICIES}/vendor-x/includes"
        assert sent[4].body == {"permissionType": "delegated"}
        assert sent[5].path == f"/oauth2PermissionGrants/{SOPHIIE_GRANT}"
        policy = admin.do(f"GET {GRANT_POLICIES}/vendor-x")
        assert policy["displayName"] == 'it\'s "x" {{token}}'
        assert admin.do(f"GET /oauth2PermissionGrants/{SOPHIIE_GRANT}")["scope"] == "User.Read"
        assert len(admin.list(f"/users/{MEGAN}/appRoleAssignments")) == 1

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            (POLICY, {"allowUserConsentForRiskyApps": False}),
            (POLICY, {ROLE: {"allowedToCreateApps": False}}),
            (f"/oauth2PermissionGrants/{SOPHIIE_GRANT}", {"scope": "openid"}),
        ],
    )
    def test_what_drifted_stops_it_before_it_writes(
        self, admin: Admin, path: str, body: Json
    ) -> None:
        admin.do(f"PATCH {path}", body)
        _stops(admin)

    def test_an_object_that_should_not_be_there_stops_it(self, admin: Admin) -> None:
        admin.do(f"POST {GRANT_POLICIES}", {"id": "vendor-x", "displayName": "X"})
        _stops(admin)

    def test_a_lookup_with_two_answers_stops_it(self, admin: Admin) -> None:
        body = _grant(SOPHIIE_ID, resourceId=OUTLOOK_ID, consentType="Principal", principalId=ADELE)
        admin.do("POST /oauth2PermissionGrants", body)
        text = "\n".join(line for line in FILE.splitlines() if '"member": "scope"' not in line)
        _stops(admin, text)

    def test_a_list_that_is_not_whole_stops_it(self) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            text = _get(
                f"/servicePrincipals(appId='{SOFIE}')/oauth2PermissionGrants",
                '{"member": "id", "within": "value", "expected": []}',
            )
            with pytest.raises(Drifted, match="more than one page"):
                run(text, cloud=cloud)

    def test_an_absent_list_and_an_absent_member(self, cloud: FakeCloud) -> None:
        text = _get(
            "/organization",
            '{"member": "x", "within": "nothing", "expected": []}',
            '{"member": "x.y", "expected": null}',
            '{"member": "x", "expected": []}',
        )
        assert [one.status for one in run(text, cloud=cloud)] == [200]

    def test_an_id_that_was_looked_up_is_put_into_a_variable(self, admin: Admin) -> None:
        """As the dialect does where a JSONPath would not be safe."""
        text = f"""\
@graph = https://graph.microsoft.com/v1.0
@token =
###
# @lookup {{"name": "grant", "within": "value", "where": {{}}, "take": "id"}}
GET {{{{graph}}}}/servicePrincipals(appId='{SOPHIIE}')/oauth2PermissionGrants
Authorization: Bearer {{{{token}}}}

###
# Input: id of the matching item
@grant =

###
// @name read
GET {{{{graph}}}}/oauth2PermissionGrants/{{{{grant}}}}
Authorization: Bearer {{{{token}}}}

###
# @lookup {{"name": "client", "within": "", "where": {{"appId": "{SOPHIIE}"}}, "take": "id"}}
GET {{{{graph}}}}/servicePrincipals/{{{{read.response.body.$.clientId}}}}
Authorization: Bearer {{{{token}}}}
"""
        sent = run(text, cloud=admin.cloud)
        assert [one.path for one in sent[1:]] == [
            f"/oauth2PermissionGrants/{SOPHIIE_GRANT}",
            f"/servicePrincipals/{SOPHIIE_ID}",
        ]

    def test_a_refused_write_stops_it(self, cloud: FakeCloud) -> None:
        text = "@graph = https://x/v1.0\n@token =\n" + "\n###\n".join(
            f"DELETE {{{{graph}}}}/{place}\nAuthorization: Bearer {{{{token}}}}"
            for place in ("servicePrincipals/nobody", f"servicePrincipals/{SOFA_ID}")
        )
        start = cloud.tenant.state()
        with pytest.raises(WriteRefusedError, match="HTTP 404"):
            run(text, cloud=cloud)
        assert cloud.tenant.state() == start

    @pytest.mark.parametrize(
        "text",
        [
            "GET {{graph}}/organization",
            "@graph = https://x/v1.0\nGET {{graph}}/{{unknown}}",
            "@graph = https://x/v1.0\nGET {{graph}}/{{x.response.body.$.id}}",
            "@graph = https://x/v1.0\n@empty =\nGET {{graph}}/{{empty}}",
            "GET https://graph.microsoft.com/v1.0/organization",
            "@graph = https://x/beta\nGET {{graph}}/organization",
            "@graph = https://x/v1.0\nGET {{graph}}/organization\nno header",
            "@graph = https://x/v1.0\nHEAD {{graph}}/organization",
            '# @expect {"member": ""}\n\n### next',
            '@graph = https://x/v1.0\n# @expect {"member": ""}\nDELETE {{graph}}/applications/x',
        ],
    )
    def test_a_file_that_is_none(self, cloud: FakeCloud, text: str) -> None:
        start = cloud.tenant.state()
        with pytest.raises(ValueError, match=r"\w"):
            run(text, cloud=cloud)
        assert cloud.tenant.state() == start

    def test_a_value_for_a_variable_that_is_not_there(self, cloud: FakeCloud) -> None:
        with pytest.raises(ValueError, match="no variable other"):
            run(FILE, cloud=cloud, values={"other": "x"})
        assert cloud.requests == []


def test_an_audit_sees_what_was_written(admin: Admin) -> None:
    """A blocked tenant is read again after a grant: the grant is in the snapshot."""
    admin.do("POST /oauth2PermissionGrants", _grant(SOFA_ID))
    snapshot = read(admin.cloud, requests_of("ready", "sofa-365-bridge"))
    bodies = [one.body for one in snapshot.readings if one.source == "client-grants"]
    assert any(b" User.Read  Mail.Read" in body for body in bodies)


def test_samples_are_not_changed_by_a_tenant() -> None:
    """Two clouds of one sample have nothing in common."""
    sample = served(load_sample("ready"))
    one, other = Tenant.from_sample(sample), Tenant.from_sample(sample)
    one.set("/groupSettings", {"value": [{"id": "x"}]})
    assert one.state() != other.state()
    assert other.state() == Tenant.from_sample(json.loads(json.dumps(sample))).state()


def _grant(client: str, **change: str) -> dict[str, Json]:
    return {
        "clientId": client,
        "consentType": "AllPrincipals",
        "resourceId": GRAPH_ID,
        "scope": " User.Read  Mail.Read",
        **change,
    }


def _scopes(admin: Admin) -> list[dict[str, Json]]:
    found = admin.do(f"GET /servicePrincipals/{GRAPH_ID}")["oauth2PermissionScopes"]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


def _classified(admin: Admin) -> set[Json]:
    return {str(one["permissionId"]) for one in admin.list(CLASSIFIED)}


def _free(admin: Admin) -> dict[str, Json]:
    """Find a permission of Graph that has no classification and can have one."""
    taken = _classified(admin)
    return next(one for one in _scopes(admin) if one["type"] == "User" and one["id"] not in taken)


def _secrets(admin: Admin) -> list[dict[str, Json]]:
    found = admin.do(f"GET {OWN}")["passwordCredentials"]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


def _stops(admin: Admin, text: str = FILE) -> None:
    """Run a file that has to stop before its first write."""
    start = admin.cloud.tenant.state()
    with pytest.raises(Drifted, match="GET /"):
        run(text, cloud=admin.cloud, values={"assignee": MEGAN})
    assert admin.cloud.tenant.state() == start


def _get(path: str, *expected: str) -> str:
    notes: Sequence[str] = [f"# @expect {one}" for one in expected]
    head = ["@graph = https://graph.microsoft.com/v1.0", "@token =", *notes]
    return "\n".join([*head, f"GET {{{{graph}}}}{path}", "Authorization: Bearer {{token}}"])
