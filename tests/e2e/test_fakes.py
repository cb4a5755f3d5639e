"""The fake Entra and the fake Graph, tried with httpx and with the real azure-identity."""

import asyncio
import base64
import json
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import (
    CertificateCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.kiota_client_factory import KiotaClientFactory
from msgraph.graph_request_adapter import GraphRequestAdapter

from auditor.sources import load
from tests.fakes import faults
from tests.fakes.cloud import READ_PERMISSIONS, FakeCloud, StartCloud
from tests.fakes.openapi import graph_api
from tests.fakes.proxy import ConnectProxy
from tests.fakes.wire import Json, Reply, Request

pytest_plugins = ["tests.fakes.fixtures"]

_GRAPH = "00000003-0000-0000-c000-000000000000"
_OUTLOOK = "00000002-0000-0ff1-ce00-000000000000"
_GRAPH_PATH = f"/servicePrincipals(appId='{_GRAPH}')"
_OUTLOOK_PATH = f"/servicePrincipals(appId='{_OUTLOOK}')"
_POLICY = "/policies/authorizationPolicy"
_GRANT_POLICIES = "/policies/permissionGrantPolicies"


def _grant(name: str, client: str) -> Json:
    return {"id": name, "clientId": client, "consentType": "AllPrincipals", "scope": " User.Read"}


def _sample() -> dict[str, Json]:
    includes: Json = [{"id": "set-1", "permissionType": "delegated"}]
    grant_policy: Json = {"id": "microsoft-user-default-low", "includes": includes, "excludes": []}
    organization: Json = {
        "id": "7e2a1c9b-0000-4000-8000-000000000001",
        "displayName": "Contoso",
        "verifiedDomains": [{"name": "contoso.example", "isDefault": True}],
    }
    bodies: dict[str, Json] = {
        "/organization": {"value": [organization]},
        _POLICY: {"@odata.context": "c", "id": "authorizationPolicy", "allowInvitesFrom": "none"},
        _GRANT_POLICIES: {"value": [grant_policy]},
        _GRAPH_PATH: {"id": "sp-graph", "appId": _GRAPH, "displayName": "Microsoft Graph"},
        f"{_GRAPH_PATH}/oauth2PermissionGrants": {
            "value": [_grant("g1", "c1"), _grant("g2", "c2")]
        },
        _OUTLOOK_PATH: {"id": "sp-outlook", "appId": _OUTLOOK, "displayName": "Exchange"},
        f"{_OUTLOOK_PATH}/oauth2PermissionGrants": {
            "value": [_grant("g2", "c2"), _grant("g3", "c'3")],
        },
        "/domains": {"value": [{"id": f"{index}.example"} for index in range(7)]},
    }
    answers: dict[str, Json] = {
        path: {"status": 200, "body": body} for path, body in bodies.items()
    }
    answers["/groupSettings"] = {"status": 403, "body": {"error": {"code": "Custom"}}}
    return {"tenant": "7e2a1c9b-0000-4000-8000-000000000001", "answers": answers}


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    with FakeCloud(_sample()) as running:
        yield running


@pytest.fixture
def graph(cloud: FakeCloud) -> Iterator[httpx.Client]:
    with _client(cloud) as client:
        yield client


def _trust(cloud: FakeCloud) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(cloud.ca_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # The default from Python 3.13.
    return context


def _token(cloud: FakeCloud, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": cloud.client_id,
        "client_secret": cloud.secret,
        "scope": f"{cloud.graph_url}/.default",
    } | changes
    url = f"{cloud.authority_url}/{cloud.tenant_id}/oauth2/v2.0/token"
    return httpx.post(url, data=form, verify=_trust(cloud), trust_env=False)


def _client(cloud: FakeCloud) -> httpx.Client:
    token = _token(cloud).json()["access_token"]
    return httpx.Client(
        base_url=f"{cloud.graph_url}/v1.0",
        verify=_trust(cloud),
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )


def _batch(client: httpx.Client, *urls: str) -> dict[str, dict[str, Json]]:
    requests = [{"id": url, "method": "GET", "url": url} for url in urls]
    answer = client.post("/$batch", json={"requests": requests})
    assert answer.status_code == 200
    return {part["id"]: part for part in answer.json()["responses"]}


def _secret_credential(cloud: FakeCloud, **changes: str) -> ClientSecretCredential:
    given = {"tenant_id": cloud.tenant_id, "client_id": cloud.client_id}
    given |= {"client_secret": cloud.secret} | changes
    return ClientSecretCredential(
        **given,
        authority=cloud.authority_url,
        disable_instance_discovery=True,
        connection_verify=str(cloud.ca_file),
    )


def _scope(cloud: FakeCloud) -> str:
    return f"{cloud.graph_url}/.default"


class TestSignIn:
    def test_secret(self, cloud: FakeCloud) -> None:
        with _secret_credential(cloud) as credential:
            token = credential.get_token(_scope(cloud))
        claims = jwt.decode(token.token, options={"verify_signature": False})
        assert claims["tid"] == cloud.tenant_id
        assert claims["appid"] == cloud.client_id
        assert claims["aud"] == cloud.graph_url
        assert set(claims["roles"]) == READ_PERMISSIONS
        assert cloud.tokens.roles(token.token) == READ_PERMISSIONS
        assert [attempt.proof for attempt in cloud.token_requests] == ["secret"]
        assert cloud.counts["tokens"] == 1

    def test_domain_name_is_the_tenant_too(self, cloud: FakeCloud) -> None:
        with _secret_credential(cloud, tenant_id="contoso.example") as credential:
            assert credential.get_token(_scope(cloud)).token

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"client_secret": "wrong"}, "AADSTS7000215"),
            ({"client_id": "unknown"}, "AADSTS700016"),
            ({"tenant_id": "unknown.example"}, "unknown.example"),
        ],
    )
    def test_refusals(self, cloud: FakeCloud, changes: dict[str, str], code: str) -> None:
        with (
            _secret_credential(cloud, **changes) as credential,
            pytest.raises(ClientAuthenticationError, match=code),
        ):
            credential.get_token(_scope(cloud))

    def test_unknown_tenant_as_entra_says_it(self, cloud: FakeCloud) -> None:
        url = f"{cloud.authority_url}/unknown.example/v2.0/.well-known/openid-configuration"
        answer = httpx.get(url, verify=_trust(cloud), trust_env=False)
        assert answer.status_code == 400
        assert answer.json()["error_codes"] == [90002]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"scope": "https://vault.example/.default"}, 500011),
            ({"scope": "User.Read"}, 1002012),
            ({"grant_type": "password"}, 70003),
        ],
    )
    def test_other_refusals(self, cloud: FakeCloud, changes: dict[str, str], code: int) -> None:
        answer = _token(cloud, **changes)
        assert answer.status_code == 400
        assert answer.json()["error_codes"] == [code]
        assert cloud.token_requests[-1].error == f"AADSTS{code}"

    @pytest.mark.parametrize("form", ["pem", "pem_with_password", "pfx", "pfx_with_password"])
    @pytest.mark.parametrize("send_chain", [False, True])
    def test_certificate(self, cloud: FakeCloud, form: str, *, send_chain: bool) -> None:
        certificate = cloud.certificate
        with CertificateCredential(
            cloud.tenant_id,
            cloud.client_id,
            str(getattr(certificate, form)),
            password=certificate.password if form.endswith("password") else None,
            send_certificate_chain=send_chain,
            authority=cloud.authority_url,
            disable_instance_discovery=True,
            connection_verify=str(cloud.ca_file),
        ) as credential:
            assert credential.get_token(_scope(cloud)).token
        assert cloud.token_requests[-1].proof == "certificate"

    def test_certificate_that_is_not_registered(self, cloud: FakeCloud) -> None:
        stranger = cloud.authority.client("stranger")
        with (
            CertificateCredential(
                cloud.tenant_id,
                cloud.client_id,
                str(stranger.pem),
                authority=cloud.authority_url,
                disable_instance_discovery=True,
                connection_verify=str(cloud.ca_file),
            ) as credential,
            pytest.raises(ClientAuthenticationError, match="AADSTS700027"),
        ):
            credential.get_token(_scope(cloud))

    @pytest.mark.parametrize(
        ("changes", "algorithm", "code"),
        [
            ({}, "PS256", 0),
            ({}, "RS512", 700027),
            ({"aud": "https://elsewhere.example"}, "RS256", 700027),
            ({"iss": "another"}, "RS256", 700027),
            ({"sub": "another"}, "RS256", 700027),
            ({"exp": 1}, "RS256", 700024),
        ],
    )
    def test_assertions(
        self,
        cloud: FakeCloud,
        changes: dict[str, Json],
        algorithm: str,
        code: int,
    ) -> None:
        key = load_pem_private_key(cloud.certificate.pem.read_bytes(), None)
        assert isinstance(key, RSAPrivateKey)
        digest = cloud.certificate.certificate.fingerprint(SHA256())
        thumbprint = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        url = f"{cloud.authority_url}/{cloud.tenant_id}/oauth2/v2.0/token"
        claims: dict[str, Json] = {"aud": url, "iss": cloud.client_id, "sub": cloud.client_id}
        claims |= {"exp": int(time.time()) + 60, "jti": "1"}
        claims |= changes
        form = {
            "grant_type": "client_credentials",
            "client_id": cloud.client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, key, algorithm, {"x5t#S256": thumbprint}),
            "scope": _scope(cloud),
        }
        answer = httpx.post(url, data=form, verify=_trust(cloud), trust_env=False)
        assert answer.json().get("error_codes", [0]) == [code]

    def test_workload_identity(self, cloud: FakeCloud) -> None:
        with WorkloadIdentityCredential(
            tenant_id=cloud.tenant_id,
            client_id=cloud.client_id,
            token_file_path=str(cloud.federated_token_file),
            authority=cloud.authority_url,
            disable_instance_discovery=True,
            transport=RequestsTransport(connection_verify=str(cloud.ca_file)),
        ) as credential:
            assert credential.get_token(_scope(cloud)).token
        assert cloud.token_requests[-1].proof == "federated"

    def test_managed_identity(self, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in cloud.environment("managed-identity").items():
            monkeypatch.setenv(name, value)
        with ManagedIdentityCredential() as credential:
            token = credential.get_token(_scope(cloud))
        assert cloud.tokens.roles(token.token) == READ_PERMISSIONS
        answer = httpx.get(f"{cloud.environment('managed-identity')['IDENTITY_ENDPOINT']}")
        assert answer.status_code == 400

    def test_fault_at_the_token_endpoint(self, cloud: FakeCloud) -> None:
        cloud.entra_faults.add("/*/oauth2/v2.0/token", faults.html())
        assert _token(cloud).text.startswith("<!DOCTYPE")
        assert _token(cloud).json()["token_type"] == "Bearer"

    def test_claims_are_noted(self, cloud: FakeCloud) -> None:
        with _secret_credential(cloud) as credential:
            credential.get_token(_scope(cloud), claims='{"access_token":{"nbf":{}}}')
        assert "nbf" in cloud.token_requests[-1].claims


class TestTls:
    def test_a_client_that_does_not_trust_the_authority(self, cloud: FakeCloud) -> None:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{cloud.graph_url}/v1.0/domains", trust_env=False)

    def test_both_names_are_in_the_certificate(self, cloud: FakeCloud) -> None:
        url = cloud.graph_url.replace("127.0.0.1", "localhost")
        assert httpx.get(f"{url}/v1.0/domains", verify=_trust(cloud)).status_code == 401

    def test_connections_are_kept(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        ports = set()
        for _ in range(3):
            with graph.stream("GET", "/domains") as answer:
                answer.read()
                stream = answer.extensions["network_stream"]
                ports.add(stream.get_extra_info("client_addr"))
        assert len(ports) == 1
        assert len(cloud.requests) == 3

    def test_close_does_not_wait_for_idle_clients(self) -> None:
        with FakeCloud({}) as cloud:
            idle = socket.create_connection(("127.0.0.1", int(urlsplit(cloud.graph_url).port or 0)))
        idle.close()
        assert cloud.journal.crashes == []
        assert not cloud.folder.exists()


class TestReads:
    def test_select_keeps_annotations(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        answer = graph.get(_POLICY, params={"$select": "id"})
        assert answer.json() == {"@odata.context": "c", "id": "authorizationPolicy"}
        assert answer.headers["content-type"].startswith("application/json")
        assert cloud.violations == []

    def test_pages(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.tenant.page_size = 3
        url, found, pages = "/domains?%24select=id&$top=5&$count=true", [], 0
        while url:
            content = graph.get(url).json()
            assert content["@odata.count"] == 7
            found += [item["id"] for item in content["value"]]
            url, pages = content.get("@odata.nextLink", ""), pages + 1
            assert not url or url.startswith(f"{cloud.graph_url}/v1.0/domains?$select=id&$top=5")
        assert found == [f"{index}.example" for index in range(7)]
        assert pages == 3
        assert cloud.violations == []

    def test_page_token_that_is_none(self, graph: httpx.Client) -> None:
        answer = graph.get("/domains", params={"$skiptoken": "nonsense"})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "Directory_ExpiredPageToken"

    def test_grants_are_the_union(self, graph: httpx.Client) -> None:
        value = graph.get("/oauth2PermissionGrants").json()["value"]
        assert [item["id"] for item in value] == ["g1", "g2", "g3"]

    @pytest.mark.parametrize(
        ("expression", "found"),
        [
            ("clientId eq 'c1'", ["g1"]),
            ("clientId eq 'c''3' and consentType eq 'AllPrincipals'", ["g3"]),
            ("consentType eq 'Principal'", []),
            ("id ge 'g2' and id le 'g2'", ["g2"]),
            ("id in ('G1','g3', 'g4')", ["g1", "g3"]),
            ("clientId in ('c''3') and consentType eq 'AllPrincipals'", ["g3"]),
        ],
    )
    def test_filter(self, graph: httpx.Client, expression: str, found: list[str]) -> None:
        answer = graph.get("/oauth2PermissionGrants", params={"$filter": expression})
        assert [item["id"] for item in answer.json()["value"]] == found

    @pytest.mark.parametrize(
        "expression",
        [
            "startswith(id,'1')",
            "id in 'g1'",
            "id in ()",
            "id eq ('g1')",
            "id in ('g1'" + 15 * ",'g1'" + ")",
        ],
    )
    def test_filter_that_is_not_understood(self, graph: httpx.Client, expression: str) -> None:
        answer = graph.get("/domains", params={"$filter": expression})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "Request_UnsupportedQuery"

    def test_expanded_owners_are_cut_without_a_word(
        self, cloud: FakeCloud, graph: httpx.Client
    ) -> None:
        people: list[Json] = [{"id": f"u{number}", "mail": "x"} for number in range(21)]
        cloud.tenant.set("/servicePrincipals/sp-graph/owners", {"value": people})
        cloud.tenant.set("/servicePrincipals/sp-outlook/owners", None, status=403)
        query = {"$filter": "id in ('SP-GRAPH','sp-outlook')", "$select": "id"}
        query |= {"$expand": "owners($select=id,userType)"}
        value = graph.get("/servicePrincipals", params=query).json()["value"]
        by_id = {one["id"]: one for one in value}
        assert by_id["sp-outlook"] == {"id": "sp-outlook"}
        assert by_id["sp-graph"] == {
            "id": "sp-graph",
            "owners": [{"id": f"u{n}"} for n in range(20)],
        }
        cloud.tenant.remove("/servicePrincipals/sp-outlook/owners")
        value = graph.get("/servicePrincipals", params={"$expand": "owners"}).json()["value"]
        by_id = {one["id"]: one for one in value}
        assert by_id["sp-graph"]["owners"] == people[:20]
        assert by_id["sp-outlook"]["owners"] == []
        assert cloud.violations == []

    def test_object_id_and_app_id_name_the_same(self, graph: httpx.Client) -> None:
        by_id = graph.get("/servicePrincipals/sp-graph").json()
        assert by_id == graph.get(_GRAPH_PATH).json()
        grants = graph.get("/servicePrincipals/sp-outlook/oauth2PermissionGrants").json()
        assert len(grants["value"]) == 2
        listed = graph.get("/servicePrincipals", params={"$filter": f"appId eq '{_GRAPH}'"}).json()
        assert [item["id"] for item in listed["value"]] == ["sp-graph"]

    def test_grant_policy_parts_come_from_the_list(self, graph: httpx.Client) -> None:
        policy = graph.get(f"{_GRANT_POLICIES}/microsoft-user-default-low").json()
        assert policy["id"] == "microsoft-user-default-low"
        sets = graph.get(f"{_GRANT_POLICIES}/microsoft-user-default-low/includes").json()
        assert [item["id"] for item in sets["value"]] == ["set-1"]
        assert graph.get(f"{_GRANT_POLICIES}/unknown").status_code == 404

    def test_a_path_without_an_answer(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        answer = graph.get("/users/nobody")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "Request_ResourceNotFound"
        assert cloud.violations == []

    def test_a_refusal_of_the_sample(self, graph: httpx.Client) -> None:
        answer = graph.get("/groupSettings")
        assert answer.status_code == 403
        assert answer.json() == {"error": {"code": "Custom"}}

    def test_a_changed_tenant(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        body = cloud.tenant.body(_POLICY)
        assert isinstance(body, dict)
        cloud.tenant.set(_POLICY, {**body, "allowInvitesFrom": "everyone"})
        assert graph.get(_POLICY).json()["allowInvitesFrom"] == "everyone"
        cloud.tenant.remove(_POLICY)
        assert graph.get(_POLICY).status_code == 404

    def test_gzip_when_asked_for(self, graph: httpx.Client) -> None:
        assert graph.get("/domains").headers["content-encoding"] == "gzip"
        plain = graph.get("/domains", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.json() == graph.get("/domains").json()


class TestAccess:
    def test_no_token(self, cloud: FakeCloud) -> None:
        answer = httpx.get(f"{cloud.graph_url}/v1.0/domains", verify=_trust(cloud))
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_revoked_and_expired_tokens(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        assert graph.get("/domains").status_code == 200
        cloud.tokens.revoke_all()
        assert graph.get("/domains").status_code == 401
        cloud.registration.expires_in = 0
        with _client(cloud) as late:
            assert late.get("/domains").status_code == 401

    def test_permissions(self, cloud: FakeCloud) -> None:
        cloud.registration.roles = frozenset({"Directory.Read.All"})
        with _client(cloud) as graph:
            assert graph.get(_GRAPH_PATH).status_code == 200
            refused = graph.get(_GRANT_POLICIES)
            parts = _batch(graph, "/domains", _POLICY)
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "Authorization_RequestDenied"
        assert parts["/domains"]["status"] == 200
        assert parts[_POLICY]["status"] == 403

    def test_what_is_recorded(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        graph.get("/domains", params={"$top": "5"}, headers={"ConsistencyLevel": "eventual"})
        _batch(graph, "/organization")
        assert [str(seen) for seen in cloud.requests] == ["GET /domains?$top=5", "POST /$batch"]
        assert [str(seen) for seen in cloud.reads] == ["GET /domains?$top=5", "GET /organization"]
        assert cloud.counts == {"requests": 2, "batches": 1, "parts": 1, "tokens": 1}
        assert cloud.requests[0].with_token
        assert cloud.requests[0].headers["consistencylevel"] == "eventual"
        assert "authorization" not in cloud.requests[0].headers
        assert cloud.max_concurrent == 1


class TestViolations:
    @pytest.mark.parametrize(
        ("method", "target", "problem"),
        [
            ("GET", "/v1.0/nothing", "no such path"),
            ("GET", "/beta/organization", "no such path"),
            ("GET", "/v1.0/policies/permissionGrantPreApprovalPolicies", "no such path"),
            ("PATCH", "/v1.0/policies/authorizationPolicy", "no such path"),
            ("GET", "/v1.0/organization?$slect=id", "not supported"),
            ("GET", "/v1.0/organization?$select=id,nmae", "nmae"),
            ("GET", "/v1.0/organization?$select=id,id", "twice"),
            ("GET", "/v1.0/organization?$select=id&$select=id", "twice"),
            ("GET", "/v1.0/users?$top=1000", "number"),
            ("GET", "/v1.0/users?$top=x", "number"),
            ("GET", "/v1.0/users?$count=yes", "true nor false"),
            ("GET", "/v1.0/users?$filter=", "form"),
            ("GET", "/v1.0/policies/authorizationPolicy?$filter=a eq 'b'", "not supported"),
            ("GET", f"/v1.0{_GRAPH_PATH}/delegatedPermissionClassifications?$filter=x", "not supp"),
            ("GET", "/v1.0/policies/permissionGrantPolicies?$expand=owners", "form"),
        ],
    )
    def test_one_violation(self, method: str, target: str, problem: str) -> None:
        request = Request("graph", method, "https://localhost", target, {})
        violations = graph_api().violations(request)
        assert len(violations) == 1
        assert problem in violations[0]

    @pytest.mark.parametrize(
        ("target", "permission"),
        [
            ("/v1.0/organization?$select=id,displayName", "Organization.Read.All"),
            (
                "/v1.0/policies/permissionGrantPolicies?$expand=includes",
                "Policy.Read.PermissionGrant",
            ),
            (f"/v1.0{_GRAPH_PATH}?$select=id,appRoles", "Application.Read.All"),
            (f"/v1.0{_GRAPH_PATH}/oauth2PermissionGrants", "Directory.Read.All"),
            ("/v1.0/servicePrincipals/delta?$deltatoken=latest", "Application.Read.All"),
            (f"/v1.0/applications(appId='{_GRAPH}')?$select=web", "Application.Read.All"),
            ("/v1.0/users/u1?$select=userType", "User.Read.All"),
            ("/v1.0/users/u1/appRoleAssignments?$top=999", "Directory.Read.All"),
            (
                "/v1.0/users/u1/transitiveMemberOf/microsoft.graph.directoryRole?$select=roleTemplateId",
                "Directory.Read.All",
            ),
            ("/beta/policies/permissionGrantPreApprovalPolicies", "Policy.Read.PermissionGrant"),
        ],
    )
    def test_what_graph_offers(self, target: str, permission: str) -> None:
        request = Request("graph", "GET", "https://localhost", target, {})
        operation = graph_api().find(request)
        assert graph_api().violations(request) == ()
        assert operation is not None
        assert operation.permission == permission

    def test_the_server_records_and_refuses(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        assert graph.get("/organization", params={"$select": "nmae"}).status_code == 400
        assert _batch(graph, "/nothing")["/nothing"]["status"] == 400
        assert graph.request("DELETE", "/organization").status_code == 400
        assert len(cloud.violations) == 3


class TestBatch:
    def test_parts_answer_out_of_order(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        parts = _batch(graph, "/domains?$top=1", _POLICY, "/users/nobody", "/groupSettings")
        assert [*parts] == ["/groupSettings", "/users/nobody", _POLICY, "/domains?$top=1"]
        statuses = {url: part["status"] for url, part in parts.items()}
        assert [*statuses.values()] == [403, 404, 200, 200]
        body = parts["/domains?$top=1"]["body"]
        assert isinstance(body, dict)
        assert str(body["@odata.nextLink"]).startswith(f"{cloud.graph_url}/v1.0/domains?$top=1&")
        assert cloud.violations == []

    @pytest.mark.parametrize(
        "requests",
        [
            [{"id": str(index), "method": "GET", "url": "/domains"} for index in range(21)],
            [],
            [{"id": "1", "method": "GET", "url": "/domains"}] * 2,
            [{"id": "1", "method": "PATCH", "url": "/domains"}],
            [{"id": "1", "method": "GET", "url": "https://elsewhere.example/v1.0/domains"}],
            [{"id": "1", "method": "GET", "url": "/v1.0/domains"}],
            [{"id": "1", "method": "GET", "url": "/domains", "body": {}}],
            [{"id": 1, "method": "GET", "url": "/domains"}],
            ["GET /domains"],
        ],
    )
    def test_improper_batches(
        self,
        cloud: FakeCloud,
        graph: httpx.Client,
        requests: list[Json],
    ) -> None:
        assert graph.post("/$batch", json={"requests": requests}).status_code == 400
        assert len(cloud.violations) == 1
        assert cloud.parts == []

    def test_a_body_that_is_not_json(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        assert graph.post("/$batch", content=b"{").status_code == 400
        assert cloud.violations == ["$batch: the body is not JSON"]

    def test_no_token(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.tokens.revoke_all()
        assert graph.post("/$batch", json={"requests": []}).status_code == 401

    def test_one_throttled_part(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add(_POLICY, faults.status(429, retry_after=7))
        parts = _batch(graph, "/domains", _POLICY)
        assert parts["/domains"]["status"] == 200
        assert parts[_POLICY]["status"] == 429
        headers = parts[_POLICY]["headers"]
        assert isinstance(headers, dict)
        assert headers["Retry-After"] == "7"
        assert _batch(graph, _POLICY)[_POLICY]["status"] == 200

    def test_a_page_in_a_part_is_base64(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add(_POLICY, faults.html())
        body = _batch(graph, _POLICY)[_POLICY]["body"]
        assert base64.b64decode(str(body)).startswith(b"<!DOCTYPE")

    def test_an_empty_part(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add(_POLICY, faults.empty())
        assert "body" not in _batch(graph, _POLICY)[_POLICY]

    def test_broken_json_in_a_part_breaks_the_batch(
        self,
        cloud: FakeCloud,
        graph: httpx.Client,
    ) -> None:
        cloud.faults.add(_POLICY, faults.truncate())
        request = {"id": "1", "method": "GET", "url": _POLICY}
        answer = graph.post("/$batch", json={"requests": [request]})
        with pytest.raises(json.JSONDecodeError):
            answer.json()

    @pytest.mark.parametrize("fault", [faults.reset(), faults.reset_mid_body()])
    def test_a_wire_fault_of_a_part_hits_the_batch(
        self,
        cloud: FakeCloud,
        graph: httpx.Client,
        fault: faults.Fault,
    ) -> None:
        cloud.faults.add(_POLICY, fault)
        with pytest.raises(httpx.TransportError):
            _batch(graph, "/domains", _POLICY)
        assert _batch(graph, _POLICY)[_POLICY]["status"] == 200


class TestFaults:
    @pytest.mark.parametrize("retry_after", [3, "Thu, 20 Aug 2026 09:00:00 GMT"])
    def test_status(self, cloud: FakeCloud, graph: httpx.Client, retry_after: int | str) -> None:
        cloud.faults.add("/domains", faults.status(503, retry_after=retry_after), times=2)
        answers = [graph.get("/domains") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503, 503, 200]
        assert answers[0].headers["retry-after"] == str(retry_after)
        assert answers[0].json()["error"]["code"] == "serviceNotAvailable"
        assert cloud.faults.pending == []

    def test_patterns_skip_and_clear(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add("/policies/*", faults.status(500), times=None, skip=1)
        statuses = [graph.get(path).status_code for path in (_POLICY, _GRANT_POLICIES, "/domains")]
        assert statuses == [200, 500, 200]
        cloud.faults.clear()
        assert graph.get(_POLICY).status_code == 200

    @pytest.mark.parametrize("fault", [faults.reset(), faults.reset_mid_body()])
    def test_resets(self, cloud: FakeCloud, graph: httpx.Client, fault: faults.Fault) -> None:
        cloud.faults.add("/domains", fault)
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            graph.get("/domains")
        assert graph.get("/domains").status_code == 200

    def test_drip(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add("/domains", faults.drip())
        with graph.stream("GET", "/domains") as answer:
            pieces = answer.iter_raw()
            assert [next(pieces) for _ in range(3)] == [b" "] * 3

    def test_truncated_json(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add("/domains", faults.truncate())
        answer = graph.get("/domains", headers={"Accept-Encoding": "identity"})
        assert int(answer.headers["content-length"]) == len(answer.content) > 0
        with pytest.raises(json.JSONDecodeError):
            answer.json()

    def test_captive_portal(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add("/domains", faults.html())
        answer = graph.get("/domains")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")

    def test_empty_body(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add("/domains", faults.empty())
        answer = graph.get("/domains")
        assert (answer.status_code, answer.content) == (200, b"")

    def test_next_link_elsewhere(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        link = f"{cloud.elsewhere_url}/v1.0/domains?$skiptoken=x"
        cloud.faults.add("/domains", faults.next_link(link))
        assert graph.get("/domains").json()["@odata.nextLink"] == link
        graph.get(link)
        assert [seen.path for seen in cloud.elsewhere] == ["/v1.0/domains"]
        assert cloud.elsewhere[0].with_token

    def test_next_link_loop(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add("/domains", faults.next_link_loop(), times=None)
        first = graph.get("/domains?$top=2").json()["@odata.nextLink"]
        assert first == f"{cloud.graph_url}/v1.0/domains?$top=2"
        assert graph.get(first).json()["@odata.nextLink"] == first

    def test_expired_page_token(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.tenant.page_size = 4
        cloud.faults.add("/domains", faults.expired_page_token(), query="skiptoken")
        link = graph.get("/domains").json()["@odata.nextLink"]
        assert graph.get(link).json()["error"]["code"] == "Directory_ExpiredPageToken"
        assert len(graph.get(link).json()["value"]) == 3

    @pytest.mark.parametrize("claims", ["", '{"access_token":{"nbf":{"essential":true}}}'])
    def test_unauthorized_once(self, cloud: FakeCloud, graph: httpx.Client, claims: str) -> None:
        cloud.faults.add("/domains", faults.unauthorized(claims=claims))
        answer = graph.get("/domains")
        assert answer.status_code == 401
        found = re.search('claims="([^"]+)"', answer.headers["www-authenticate"])
        assert (base64.b64decode(found[1]).decode() if found else "") == claims
        assert graph.get("/domains").status_code == 200

    def test_redirect(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        cloud.faults.add("/domains", faults.redirect(cloud.elsewhere_url))
        answer = graph.get("/domains")
        assert answer.status_code == 302
        assert answer.headers["location"] == cloud.elsewhere_url

    def test_rewritten_body(self, cloud: FakeCloud, graph: httpx.Client) -> None:
        change = faults.rewrite(lambda body: body.replace(b'"id"', b'"unknown"'))
        cloud.faults.add(_POLICY, change)
        assert "unknown" in graph.get(_POLICY).json()
        assert "id" in graph.get(_POLICY).json()


class TestSdk:
    """The transport of msgraph-sdk, with its retries and its claims challenge."""

    def _read(self, cloud: FakeCloud) -> Json:
        with _secret_credential(cloud) as credential:
            return asyncio.run(_read_with_sdk(cloud, credential))

    def test_read(self, cloud: FakeCloud) -> None:
        assert self._read(cloud) == cloud.tenant.body(_POLICY)
        assert cloud.violations == []

    def test_throttled_once(self, cloud: FakeCloud) -> None:
        cloud.faults.add(_POLICY, faults.status(429, retry_after=1))
        assert self._read(cloud) == cloud.tenant.body(_POLICY)
        assert len(cloud.requests) == 2

    def test_claims_challenge(self, cloud: FakeCloud) -> None:
        claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
        cloud.faults.add(_POLICY, faults.unauthorized(claims=claims))
        assert self._read(cloud) == cloud.tenant.body(_POLICY)
        assert '"nbf"' in cloud.token_requests[-1].claims


async def _read_with_sdk(cloud: FakeCloud, credential: ClientSecretCredential) -> Json:
    provider = AzureIdentityAuthenticationProvider(
        credential,
        scopes=[_scope(cloud)],
        allowed_hosts=[urlsplit(cloud.graph_url).hostname or ""],
    )
    information = RequestInformation(Method.GET)
    information.url = f"{cloud.graph_url}/v1.0{_POLICY}"
    # The SDK wraps the transport and never closes it, so the test does.
    async with httpx.AsyncHTTPTransport(verify=_trust(cloud)) as transport:
        plain = httpx.AsyncClient(transport=transport)
        client = KiotaClientFactory.create_with_default_middleware(plain)
        adapter = GraphRequestAdapter(provider, client=client)
        body = await adapter.send_primitive_async(information, "bytes", {})
    content: Json = json.loads(body or b"")
    return content


def test_the_fixture(start_cloud: StartCloud) -> None:
    first, second = start_cloud(_sample(), page_size=1, roles=frozenset()), start_cloud()
    assert first.graph_url != second.graph_url
    with _client(first) as graph, _client(second) as empty:
        assert graph.get("/domains").status_code == 403
        assert empty.get("/domains").status_code == 404


def test_a_cloud_in_its_own_process(tmp_path: Path) -> None:
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps(_sample()))
    command = [sys.executable, "-m", "tests.fakes", str(sample), "--page-size", "2"]
    pipe = subprocess.PIPE
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root) as process:
        assert process.stdout is not None
        environment = json.loads(process.stdout.readline())
        context = ssl.create_default_context(cafile=environment["SSL_CERT_FILE"])
        url = f"{environment['CONSENT_AUDITOR_GRAPH_URL']}/v1.0/domains"
        assert httpx.get(url, verify=context, trust_env=False).status_code == 401
        rest, _ = process.communicate("")
    assert json.loads(rest)["requests"] == 1


def test_proxy(cloud: FakeCloud) -> None:
    url = f"{cloud.graph_url}/v1.0/domains"
    with (
        ConnectProxy() as proxy,
        httpx.Client(proxy=proxy.url, verify=_trust(cloud), trust_env=False) as client,
    ):
        assert [client.get(url).status_code for _ in range(2)] == [401, 401]
    assert proxy.targets == [urlsplit(cloud.graph_url).netloc]
    with (
        ConnectProxy(refuse=True) as wall,
        httpx.Client(proxy=wall.url, verify=_trust(cloud), trust_env=False) as client,
        pytest.raises(httpx.ProxyError, match="407"),
    ):
        client.get(url)


def test_every_source_of_the_auditor_asks_what_graph_offers(start_cloud: StartCloud) -> None:
    paths = [source.path.replace("{subject}", "x") for source in load()]
    assert paths
    with _client(start_cloud()) as graph:
        assert {graph.get(path).status_code for path in paths} <= {200, 404}


def test_many_clients_at_a_time() -> None:
    with FakeCloud(_sample(), latency=0.05) as cloud, _client(cloud) as graph:
        with ThreadPoolExecutor(8) as pool:
            answers = [*pool.map(lambda _: graph.get("/domains").status_code, range(40))]
        assert answers == [200] * 40
        assert len(cloud.requests) == 40
        assert 1 < cloud.max_concurrent <= 8


def test_a_crash_of_the_fake_is_not_silent() -> None:
    def broken(_request: Request, _answer: faults.Answer) -> Reply:
        msg = "broken on purpose"
        raise LookupError(msg)

    def run() -> None:
        with FakeCloud(_sample()) as cloud:
            cloud.faults.add("/domains", broken)
            with _client(cloud) as graph, pytest.raises(httpx.TransportError):
                graph.get("/domains")

    with pytest.raises(RuntimeError, match="broken on purpose"):
        run()


def test_broader_permissions_are_of_known_paths() -> None:
    folder = Path(__file__).parents[1] / "fakes"
    subset = json.loads((folder / "graph-openapi-subset.json").read_bytes())
    additions = json.loads((folder / "graph-openapi-additions.json").read_bytes())
    known = set(subset["paths"]) | set(additions["paths"])
    assert set(additions["x-also-works"]) <= known
