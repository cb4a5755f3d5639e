"""The sample tenants load, are consistent in themselves, and answer as Graph would."""

import base64
import csv
import json
import tomllib
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.errors import ResourceError, UsageError
from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.model.decision import Certainty, Outcome
from auditor.samples import (
    Sample,
    SampleAnswer,
    answer,
    load_sample,
    load_sample_file,
    sample_ids,
)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

ROOT = Path(__file__).parents[2]
HOSTILE = ROOT / "tests" / "samples" / "hostile.json"
EXPECTED = ROOT / "tests" / "cases" / "expected.toml"
GRAPH = "00000003-0000-0000-c000-000000000000"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
PROFILES = ("cyclr-office-365", "sofa-365-bridge", "sofie", "sophiie", "uipath-microsoft-365")
OWN = ("sofie", "uipath-microsoft-365")
LOW = "/policies/permissionGrantPolicies/microsoft-user-default-low"
SELECTED = frozenset(
    {
        "id",
        "appId",
        "displayName",
        "accountEnabled",
        "isDisabled",
        "disabledByMicrosoftStatus",
        "appOwnerOrganizationId",
        "appRoleAssignmentRequired",
        "verifiedPublisher",
        "signInAudience",
        "servicePrincipalType",
        "oauth2PermissionScopes",
        "tags",
    }
)
SHIPPED = (
    "admin-consented",
    "assignment-required",
    "consent-off",
    "consent-off-workflow",
    "custom-policy",
    "government",
    "low-nothing-classified",
    "microsoft-managed",
    "partly-unreadable",
    "ready",
)
ALL_SAMPLES = [*SHIPPED, "hostile"]


def load(sample_id: str) -> Sample:
    return load_sample_file(HOSTILE) if sample_id == "hostile" else load_sample(sample_id)


def read(sample: Sample, path: str) -> dict[str, Json]:
    status, body = answer(sample, path)
    assert status == 200, (path, body)
    found = json.loads(body)
    assert isinstance(found, dict)
    return found


def values(sample: Sample, path: str) -> list[dict[str, Json]]:
    found = read(sample, path)["value"]
    assert isinstance(found, list)
    items = [item for item in found if isinstance(item, dict)]
    assert len(items) == len(found)
    return items


def principal(app_id: str) -> str:
    return f"/servicePrincipals(appId='{app_id}')"


def published(sample: Sample, resource: str) -> dict[str, str]:
    """Permission ids by name."""
    found = read(sample, principal(resource))["oauth2PermissionScopes"]
    assert isinstance(found, list)
    return {str(item["value"]): str(item["id"]) for item in found if isinstance(item, dict)}


def known(name: str) -> dict[str, tuple[str, str]]:
    """Name to id and ``admin_only`` of a shipped permission table."""
    text = (ROOT / "policies" / "permissions" / name).read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["value"]: (row["id"], row["admin_only"]) for row in rows if row["id"]}


def tenant(*answers: tuple[str, int, str]) -> Sample:
    given = {path: SampleAnswer(status, body.encode()) for path, status, body in answers}
    return replace(load_sample("ready"), answers=given)


def test_the_ten_samples_ship() -> None:
    assert sample_ids() == SHIPPED


@pytest.mark.parametrize("sample_id", ALL_SAMPLES)
def test_a_sample_loads_the_same_each_time(sample_id: str) -> None:
    sample = load(sample_id)
    assert sample == load(sample_id)
    assert sample.id == sample_id
    assert sample.title
    assert sample.description.count(". ") + sample.description.endswith(".") == 2
    assert sample.collected_at.isoformat() == "2026-11-20T09:00:00+00:00"
    assert tuple(sorted(sample.variables)) == PROFILES
    for given in sample.variables.values():
        assert set(given) == {"app_id", "domain"}
        assert str(uuid.UUID(given["app_id"])) == given["app_id"]


@pytest.mark.parametrize("sample_id", ALL_SAMPLES)
def test_vendors_keep_their_app_ids(sample_id: str) -> None:
    assert load(sample_id).variables == load_sample("ready").variables


@pytest.mark.parametrize(
    "path",
    [*(ROOT / "policies" / "samples" / f"{sample_id}.json" for sample_id in SHIPPED), HOSTILE],
    ids=lambda path: path.stem,
)
def test_a_file_is_plain_json_without_repeated_keys(path: Path) -> None:
    def unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        assert not repeated
        return dict(pairs)

    text = path.read_text("ascii")
    assert text.endswith("}\n")
    assert json.loads(text, object_pairs_hook=unique)["id"] == path.stem
    assert "secretText" not in text


@pytest.mark.parametrize("sample_id", ALL_SAMPLES)
def test_a_tenant_is_its_own(sample_id: str) -> None:
    sample = load(sample_id)
    assert [item["id"] for item in values(sample, "/organization")] == [sample.tenant]
    assert {load(other).tenant for other in ALL_SAMPLES if other != sample_id}.isdisjoint(
        {sample.tenant}
    )
    for profile in OWN:
        owned = read(sample, principal(sample.variables[profile]["app_id"]))
        assert owned["appOwnerOrganizationId"] == sample.tenant
    if sample_id != "partly-unreadable":
        includes = read(sample, LOW)["includes"]
        assert isinstance(includes, list)
        assert isinstance(includes[0], dict)
        assert includes[0]["clientApplicationTenantIds"] == [sample.tenant]


@pytest.mark.parametrize("sample_id", ALL_SAMPLES)
def test_contexts_name_the_cloud_of_the_tenant(sample_id: str) -> None:
    sample = load(sample_id)
    for path, given in sample.answers.items():
        body = json.loads(given.body)
        if given.status == 200:
            assert body["@odata.context"].startswith(ENDPOINTS[sample.cloud].graph), path


@pytest.mark.parametrize("sample_id", ALL_SAMPLES)
def test_a_service_principal_has_every_selected_member(sample_id: str) -> None:
    sample = load(sample_id)
    wanted = (
        SELECTED
        if ENDPOINTS[sample.cloud].verifies_publishers
        else SELECTED - {"verifiedPublisher"}
    )
    apps = [GRAPH, EXCHANGE, *(given["app_id"] for given in sample.variables.values())]
    absent = 0
    for app_id in apps:
        status, body = answer(sample, principal(app_id))
        if status == 404:
            absent += 1
            continue
        found = json.loads(body)
        assert SELECTED & found.keys() == wanted
        assert found["appId"].casefold() == app_id
        for tail in ("oauth2PermissionGrants", "appRoleAssignedTo"):
            if app_id not in {GRAPH, EXCHANGE}:
                assert answer(sample, f"{principal(app_id)}/{tail}")[0] in {200, 403}
    assert absent == (sample_id in {"consent-off", "consent-off-workflow"})


@pytest.mark.parametrize("sample_id", ["ready", "government"])
@pytest.mark.parametrize(
    ("resource", "table"), [(GRAPH, "microsoft-graph.csv"), (EXCHANGE, "exchange-online.csv")]
)
def test_permissions_are_real(sample_id: str, resource: str, table: str) -> None:
    real = known(table)
    found = read(load_sample(sample_id), principal(resource))["oauth2PermissionScopes"]
    assert isinstance(found, list)
    assert len(found) > 30
    for item in found:
        assert isinstance(item, dict)
        real_id, admin_only = real[str(item["value"])]
        assert item["id"] == real_id
        assert item["type"] in {"User", "Admin"}
        if admin_only:
            assert item["type"] == ("Admin" if admin_only == "true" else "User")


@pytest.mark.parametrize("sample_id", ALL_SAMPLES)
def test_classifications_and_condition_sets_name_published_permissions(sample_id: str) -> None:
    sample = load(sample_id)
    names = {resource: published(sample, resource) for resource in (GRAPH, EXCHANGE)}
    for resource, by_name in names.items():
        for item in values(sample, principal(resource) + "/delegatedPermissionClassifications"):
            permission = str(item["permissionId"])
            assert by_name[str(item["permissionName"])] == permission
            low = uuid.UUID(permission).bytes_le + b"\x01"
            assert item["id"] == base64.urlsafe_b64encode(low).rstrip(b"=").decode()
    if sample.cloud is not Cloud.GLOBAL:
        return  # The tables of managed policies name permissions that this cloud lacks.
    for path in sample.answers:
        if (
            path.startswith("/policies/permissionGrantPolicies/")
            and sample.answers[path].status < 300
        ):
            for group in ("includes", "excludes"):
                sets = read(sample, path)[group]
                assert isinstance(sets, list)
                for one in sets:
                    assert isinstance(one, dict)
                    resource = str(one["resourceApplication"]).casefold()
                    permissions = one["permissions"]
                    assert isinstance(permissions, list)
                    if resource != "any":
                        ids = {str(permission).casefold() for permission in permissions}
                        assert ids <= set(names[resource].values())


@pytest.mark.parametrize("sample_id", ["ready", "microsoft-managed", "hostile"])
def test_managed_excludes_are_the_shipped_list(sample_id: str) -> None:
    path = "/policies/permissionGrantPolicies/microsoft-user-default-recommended"
    excludes = read(load(sample_id), path)["excludes"]
    assert isinstance(excludes, list)
    counts = []
    shipped = (ROOT / "policies" / "managed" / "user-consent.toml").read_text("utf-8").casefold()
    for one in excludes:
        assert isinstance(one, dict)
        permissions = one["permissions"]
        assert isinstance(permissions, list)
        counts.append(len(permissions))
        assert all(str(permission).casefold() in shipped for permission in permissions)
    assert counts == [32, 4]


@pytest.mark.parametrize("sample_id", ALL_SAMPLES)
def test_grants_and_assignments_point_at_the_app(sample_id: str) -> None:
    sample = load(sample_id)
    resources = {str(read(sample, principal(app))["id"]) for app in (GRAPH, EXCHANGE)}
    for given in sample.variables.values():
        path = principal(given["app_id"])
        if (
            answer(sample, path)[0] == 404
            or answer(sample, f"{path}/oauth2PermissionGrants")[0] == 403
        ):
            continue
        own_id = str(read(sample, path)["id"]).casefold()
        for grant in values(sample, f"{path}/oauth2PermissionGrants"):
            assert grant["clientId"] == own_id
            assert grant["resourceId"] in resources
            assert (grant["principalId"] is None) == (grant["consentType"] == "AllPrincipals")
        for assignment in values(sample, f"{path}/appRoleAssignedTo"):
            assert assignment["resourceId"] == own_id


@pytest.mark.parametrize("sample_id", ALL_SAMPLES)
def test_own_registrations_declare_what_their_profiles_ask(sample_id: str) -> None:
    sample = load(sample_id)
    counts = []
    for profile in OWN:
        found = read(sample, f"/applications(appId='{sample.variables[profile]['app_id']}')")
        declared = found["requiredResourceAccess"]
        assert isinstance(declared, list)
        assert isinstance(declared[0], dict)
        access = declared[0]["resourceAccess"]
        assert isinstance(access, list)
        ids = {str(item["id"]) for item in access if isinstance(item, dict)}
        assert ids <= set(published(sample, GRAPH).values())
        counts.append(len(ids))
    assert counts == [9, 16]


def test_hostile_names_are_hostile() -> None:
    sample = load("hostile")
    given = sample.variables
    names = {
        str(read(sample, principal(given[profile]["app_id"]))["displayName"])
        for profile in PROFILES
    }
    assert any("<script>" in name for name in names)
    assert any("\u202e" in name for name in names)
    assert any("\x1b" in name and "\x00" in name for name in names)
    assert any(" | " in name and "](" in name for name in names)
    assert max(len(name) for name in names) == 5000


def test_every_user_of_one_app_has_a_grant_of_their_own() -> None:
    sample = load("admin-consented")
    grants = values(
        sample, principal(sample.variables["sofie"]["app_id"]) + "/oauth2PermissionGrants"
    )
    assert len({grant["principalId"] for grant in grants}) == len(grants) == 240


def test_an_unknown_sample_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no sample '\.\./ready': choose one of admin-consented,"):
        load_sample("../ready")


def test_a_sample_file_inherits_and_removes(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    own = {
        "schema": "consent-auditor/sample/v1",
        "id": "own",
        "title": "Own",
        "extends": "custom-policy",
        "answers": {"/groupSettings": None, "/organization": {"status": 503, "body": {"a": [1]}}},
    }
    path.write_text(json.dumps(own, indent=4))
    sample = load_sample_file(path)
    base = load_sample("custom-policy")
    assert sample.title == "Own"
    assert sample.description == base.description
    assert sample.tenant == base.tenant
    assert sample.answers.keys() == base.answers.keys() - {"/groupSettings"}
    assert answer(sample, "/organization?$select=id") == (503, b'{"a":[1]}')


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("{", ResourceError, "sample bad.json is not valid: "),
        ('{"schema": "consent-auditor/sample/v2", "id": "x", "answers": {}}', ResourceError, "v2"),
        (
            '{"schema": "consent-auditor/sample/v1", "id": "x", "answers": {}, "extra": 1}',
            ResourceError,
            "extra",
        ),
        (
            '{"schema": "consent-auditor/sample/v1", "id": "x", "answers": {}}',
            ResourceError,
            "sample x is not valid: it has no title and inherits none",
        ),
        (
            '{"schema": "consent-auditor/sample/v1", "id": "x", "answers": {}, "extends": "y"}',
            UsageError,
            "there is no sample 'y'",
        ),
    ],
)
def test_a_bad_file_says_what_is_wrong(
    tmp_path: Path, text: str, kind: type[Exception], message: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(kind) as caught:
        load_sample_file(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json cannot be read"):
        load_sample_file(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (principal("11111111-2222-3333-4444-555555555555"), "11111111-2222-3333-4444-555555555555"),
        ("/policies/permissionGrantPolicies/gone?$expand=includes", "gone"),
        ("/users/x%20y", "x y"),
    ],
)
def test_an_absent_path_is_graphs_404(path: str, named: str) -> None:
    sample = load_sample("ready")
    status, body = answer(sample, path)
    assert status == 404
    assert answer(sample, path) == (status, body)
    error = json.loads(body)["error"]
    assert error["code"] == "Request_ResourceNotFound"
    assert error["message"] == (
        f"Resource '{named}' does not exist or one of its queried reference-property objects"
        " are not present."
    )
    assert error["innerError"]["date"] == "2026-11-20T09:00:00"


def test_a_path_without_options_is_answered_verbatim() -> None:
    sample = load_sample("ready")
    given = sample.answers["/policies/authorizationPolicy"]
    assert answer(sample, "/policies/authorizationPolicy") == (200, given.body)
    assert answer(sample, "/Policies/AuthorizationPolicy") == (200, given.body)
    assert b'"allowUserConsentForRiskyApps":null' in given.body


def test_select_keeps_named_members_and_annotations() -> None:
    sample = load_sample("ready")
    path = principal(GRAPH)
    assert read(sample, f"{path}?$select=appId,isDisabled,notThere") == {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#servicePrincipals/$entity",
        "appId": GRAPH,
        "isDisabled": None,
    }
    assert values(sample, "/organization?%24select=id&$top=5") == [{"id": sample.tenant}]


def test_filter_takes_equal_terms() -> None:
    sample = load_sample("admin-consented")
    path = "/oauth2PermissionGrants"
    wide = values(sample, f"{path}?$filter=consentType eq 'AllPrincipals'")
    assert len(wide) == 4
    assert len(values(sample, path)) == 244
    client = str(wide[0]["clientId"])
    both = (
        f"{path}?$filter=clientId%20eq%20'{client.upper()}'%20and%20consentType+eq+'AllPrincipals'"
    )
    assert values(sample, both) == [grant for grant in wide if grant["clientId"] == client]
    assert values(sample, f"{path}?$filter=principalId eq 'nobody'") == []
    assert answer(sample, f"{path}?$filter=startswith(scope,'x')")[0] == 400


def test_every_grant_of_the_tenant_is_the_union() -> None:
    sample = tenant(
        ("/servicePrincipals(appId='a')/oauth2PermissionGrants", 200, '{"value":[{"id":"1"}]}'),
        ("/servicePrincipals(appId='b')/oauth2PermissionGrants", 403, '{"error":{}}'),
        ("/servicePrincipals(appId='c')/oauth2PermissionGrants", 200, '{"value":[{"id":"2"}]}'),
    )
    assert [grant["id"] for grant in values(sample, "/oauth2PermissionGrants")] == ["1", "2"]
    refused = tenant(("/oauth2PermissionGrants", 403, '{"error":{}}'))
    assert answer(refused, "/oauth2PermissionGrants?$select=id") == (403, b'{"error":{}}')


def test_the_partly_unreadable_sample_refuses() -> None:
    sample = load_sample("partly-unreadable")
    client = sample.variables["sophiie"]["app_id"]
    for path in (LOW, "/oauth2PermissionGrants", principal(client) + "/oauth2PermissionGrants"):
        status, body = answer(sample, path)
        assert status == 403
        assert json.loads(body)["error"]["code"] == "Authorization_RequestDenied"
    assert answer(sample, principal(client))[0] == 200


def test_expected_verdicts_cover_every_sample_and_profile() -> None:
    table = tomllib.loads(EXPECTED.read_text("utf-8"))
    pairs = [(case["sample"], case["profile"]) for case in table["case"]]
    assert {(one, other) for one in ALL_SAMPLES for other in PROFILES} <= set(pairs)
    assert len(set(pairs)) == len(pairs)
    assert sorted(table["sample"]) == sorted(ALL_SAMPLES)
    for case in [*table["case"], *table["person"]]:
        outcome = Outcome(case["outcome"])
        assert (outcome is Outcome.UNKNOWN) == ("certainty" not in case)
        if "certainty" in case:
            assert case["certainty"] in set(Certainty)
        assert ("error" in case) == (outcome in {Outcome.BLOCKED, Outcome.ADMIN_APPROVAL_REQUIRED})
        assert case["reason"]
        assert case["why"].endswith(".")


def test_expected_permissions_are_published_and_agree_with_the_outcome() -> None:
    table = tomllib.loads(EXPECTED.read_text("utf-8"))
    order = list(Outcome)
    names = set(known("microsoft-graph.csv")) | set(known("exchange-online.csv"))
    for case in [*table["case"], *table["person"]]:
        groups = case.get("permissions", {})
        listed = [name for group in groups.values() for name in group]
        assert len(set(listed)) == len(listed)
        assert set(listed) | set(case.get("probable", [])) <= names
        if groups:
            worst = min((Outcome(group) for group in groups), key=order.index)
            assert worst == Outcome(case["outcome"])


def test_expected_people_are_in_the_tenants() -> None:
    table = tomllib.loads(EXPECTED.read_text("utf-8"))
    for case in table["person"]:
        user = table["people"][case["user"]]
        sample = load_sample(case["sample"])
        assert read(sample, f"/users/{user}?$select=id,userType")["userType"] in {"Member", "Guest"}
        values(sample, f"/users/{user}/appRoleAssignments")
        values(sample, f"/users/{user}/transitiveMemberOf/microsoft.graph.directoryRole")
