"""Every source: path and permission, and how answers of every shape are parsed."""

import json

import pytest

from auditor.model.fact import Known, Unknown, Why
from auditor.sources import authorization_policy, load
from auditor.sources._json import only
from auditor.sources.source import AnySource, MalformedError, Subject
from tests.unit.consent_case import GRAPH, LOW, Json, Tenant

SELF = f"ManagePermissionGrantsForSelf.{LOW}"


@pytest.mark.parametrize("source", load(), ids=lambda source: source.name)
def test_a_source_says_what_it_reads_and_why(source: AnySource) -> None:
    assert source.title[0].isupper()
    assert source.why
    assert source.path.startswith("/")
    assert ("{subject}" in source.path) is (source.subject is not Subject.TENANT)
    assert source.needs
    assert all(".Read" in one and "Write" not in one for one in source.needs)
    assert "x'" not in source.request("x").replace("'x'", "")


def test_sources_are_sorted_and_named_once() -> None:
    names = [source.name for source in load()]
    assert names == sorted(set(names))


@pytest.mark.parametrize("source", load(), ids=lambda source: source.name)
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"7", b'"x"', b'{"value": 7}', b"<html>"]
)
def test_no_source_takes_damage_for_an_answer(source: AnySource, body: bytes) -> None:
    with pytest.raises(MalformedError):
        source.parse((body,))


def test_deep_nesting_is_damage() -> None:
    with pytest.raises(MalformedError):
        authorization_policy.SOURCE.parse((b'{"a":' * 100_000,))


def test_a_source_without_pages_has_one_body() -> None:
    with pytest.raises(MalformedError, match="one answer was expected"):
        only((b"{}", b"{}"))


# ---- authorizationPolicy in its three shapes


def shape(kind: str, assigned: Json) -> Json:
    if kind == "v1.0":
        return {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": assigned}}
    beta: dict[str, Json] = {
        "defaultUserRolePermissions": {"allowedToCreateApps": True},
        "permissionGrantPolicyIdsAssignedToDefaultUserRole": assigned,
    }
    return beta if kind == "beta" else {"value": [beta]}


@pytest.mark.parametrize("kind", ["v1.0", "beta", "beta collection"])
def test_the_authorization_policy_in_each_shape(kind: str) -> None:
    found = authorization_policy.SOURCE.parse((json.dumps(shape(kind, [SELF])).encode(),))
    assert found.user_consent == (LOW,)


@pytest.mark.parametrize(
    "body",
    [
        {"defaultUserRolePermissions": None},
        {"defaultUserRolePermissions": {}},
        {"value": []},
        {"value": [shape("beta", []), shape("beta", [])]},
        shape("v1.0", None),
        shape("v1.0", [None]),
        shape("v1.0", SELF),
    ],
)
def test_an_authorization_policy_without_its_list(body: Json) -> None:
    fact = Tenant().says("authorization-policy", body).facts().authorization_policy()
    assert isinstance(fact, Unknown)
    assert fact.why is Why.MALFORMED


@pytest.mark.parametrize(
    "body",
    [
        {"includes": [], "excludes": []},
        {"id": "x", "includes": []},
        {"id": "x", "excludes": []},
        {"id": "x", "includes": [], "includes@odata.nextLink": "https://x", "excludes": []},
        {"id": "x", "includes": [{"permissions": "all"}], "excludes": []},
        {"id": "x", "includes": [{"permissions": [None]}], "excludes": []},
        {"id": "x", "includes": [None], "excludes": []},
        {"id": 7, "includes": [], "excludes": []},
    ],
)
def test_app_consent_policies_that_are_not_whole(body: Json) -> None:
    fact = Tenant().says("permission-grant-policy", body, "x").facts().policy("x")
    assert isinstance(fact, Unknown)


def test_settings_of_other_templates_are_passed_over() -> None:
    other: Json = {
        "templateId": "x",
        "values": [{"name": "EnableAdminConsentRequests", "value": "x"}],
    }
    fact = Tenant().says("group-settings", {"value": [other]}).facts().consent_settings()
    assert isinstance(fact, Known)
    assert (fact.value.admin_consent_requests, fact.value.unrecognised) == (None, frozenset())


def test_assignments_of_service_principals_are_no_people() -> None:
    body: Json = {
        "value": [
            {"principalId": "a", "principalType": "ServicePrincipal"},
            {"principalId": "b", "principalType": "Group"},
            {"principalId": "c", "principalType": None},
        ]
    }
    tenant = Tenant()
    fact = tenant.says("client-assignments", body, tenant.app_id).facts().assignments(tenant.app_id)
    assert isinstance(fact, Known)
    assert fact.value is not None
    assert fact.value.number == 2


def test_ids_come_in_lower_case() -> None:
    scope: Json = {"id": "ABC", "value": None, "type": None, "isEnabled": True}
    fact = (
        Tenant().resource(GRAPH, id="DEF", oauth2PermissionScopes=[scope]).facts().resource(GRAPH)
    )
    assert isinstance(fact, Known)
    assert fact.value is not None
    assert (fact.value.id, fact.value.published[0].id) == ("def", "abc")
