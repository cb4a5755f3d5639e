"""What the guard lets pass, and what it stops before it can leave."""

import httpx
import pytest

from auditor.errors import UnsafeRequestError
from auditor.graph.guard import ReadOnlyGuard, origin

_BASE = "https://graph.example.org:8443/v1.0"
_SIGN_INS = "https://graph.example.org:8443/beta/reports/servicePrincipalSignInActivities"
_READ = b'{"requests":[{"id":"1","method":"GET","url":"/organization"}]}'


def _check(request: httpx.Request) -> None:
    ReadOnlyGuard(_BASE)(request.method, str(request.url), request.read())


@pytest.mark.parametrize(
    "request_",
    [
        httpx.Request("GET", f"{_BASE}/organization?$select=id"),
        httpx.Request("GET", f"{_BASE}/servicePrincipals(appId='x')"),
        httpx.Request("GET", f"{_SIGN_INS}?$top=999"),
        httpx.Request("GET", "https://GRAPH.EXAMPLE.ORG:8443/v1.0/organization"),
        httpx.Request("POST", f"{_BASE}/$batch", content=_READ),
        httpx.Request("POST", f"{_BASE}/%24batch", content=_READ),
        httpx.Request("POST", "https://GRAPH.example.org:8443/v1.0/$batch", content=_READ),
    ],
)
def test_reads_pass(request_: httpx.Request) -> None:
    _check(request_)


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "https://graph.example.org/v1.0/organization"),
        ("GET", "https://graph.example.org:8444/v1.0/organization"),
        ("GET", "https://graph.example.org.evil.example:8443/v1.0/organization"),
        ("GET", "https://evil.example:8443/v1.0/organization"),
        ("GET", "http://graph.example.org:8443/v1.0/organization"),
        ("GET", "https://user@graph.example.org:8443/v1.0/organization"),
        ("GET", "https://user:password@graph.example.org:8443/v1.0/organization"),
        ("GET", "https://graph.example.org:8443/beta/organization"),
        ("GET", "https://graph.example.org:8443/beta/$batch"),
        ("GET", "https://graph.example.org:8443/beta/reports/"),
        ("GET", "https://graph.example.org:8443/beta/reports/servicePrincipalSignInActivities/x"),
        ("GET", "https://graph.example.org:8443/beta/reports/servicePrincipalSignInActivitiesX"),
        ("GET", "https://evil.example:8443/beta/reports/servicePrincipalSignInActivities"),
        ("POST", "https://graph.example.org:8443/beta/$batch"),
        ("GET", "https://graph.example.org:8443/v1.01/organization"),
        ("GET", "https://graph.example.org:8443/v1.0"),
        ("GET", "https://graph.example.org:8443/"),
        ("POST", "https://evil.example:8443/v1.0/$batch"),
    ],
)
def test_elsewhere_is_stopped(method: str, url: str) -> None:
    with pytest.raises(UnsafeRequestError, match="the token goes to Graph alone"):
        _check(httpx.Request(method, url, content=_READ))


def test_the_report_of_sign_ins_alone_is_asked_of_beta() -> None:
    guard = ReadOnlyGuard(_BASE)
    assert (
        guard.address("/reports/servicePrincipalSignInActivities?$top=1") == f"{_SIGN_INS}?$top=1"
    )
    assert guard.address("/reports/other?$top=1") == f"{_BASE}/reports/other?$top=1"
    assert guard.address("/users") == f"{_BASE}/users"
    with pytest.raises(UnsafeRequestError, match="a POST request was stopped"):
        _check(httpx.Request("POST", _SIGN_INS, content=_READ))


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "MERGE", "get"])
def test_another_method_is_stopped(method: str) -> None:
    request = httpx.Request("GET", f"{_BASE}/organization")
    request.method = method
    with pytest.raises(UnsafeRequestError, match=f"a {method} request was stopped"):
        _check(request)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_another_method_to_batch_is_stopped(method: str) -> None:
    with pytest.raises(UnsafeRequestError, match="only reads"):
        _check(httpx.Request(method, f"{_BASE}/$batch", content=_READ))


@pytest.mark.parametrize(
    "path",
    ["/oauth2PermissionGrants", "/$batch/", "/$batch?x=1", "/x/$batch", "/servicePrincipals"],
)
def test_post_elsewhere_is_stopped(path: str) -> None:
    with pytest.raises(UnsafeRequestError, match="a POST request was stopped"):
        _check(httpx.Request("POST", f"{_BASE}{path}", content=_READ))


@pytest.mark.parametrize(
    "part",
    [
        '{"id":"1","method":"POST","url":"/organization"}',
        '{"id":"1","method":"PATCH","url":"/organization","body":{}}',
        '{"id":"1","method":"get","url":"/organization"}',
        '{"id":"1","method":"GET","url":"/organization","body":{}}',
        '{"id":"1","method":"GET","url":"/organization","body":null}',
        '{"id":"1","method":"GET","url":"https://evil.example/v1.0/me"}',
        '{"id":"1","method":"GET","url":"//evil.example/v1.0/me"}',
        '{"id":"1","method":"GET","url":"organization"}',
        '{"id":"1","method":"GET","url":""}',
        '{"id":"1","method":"GET","url":"/"}',
    ],
)
def test_batch_with_something_else_is_stopped(part: str) -> None:
    good = '{"id":"0","method":"GET","url":"/organization"}'
    content = f'{{"requests":[{good},{part}]}}'.encode()
    with pytest.raises(UnsafeRequestError, match="something else than reads"):
        _check(httpx.Request("POST", f"{_BASE}/$batch", content=content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"requests":{}}',
        b'{"requests":[{"id":"1","url":"/organization"}]}',
        b'{"requests":[{"id":"1","method":"GET"}]}',
        b'{"requests":[],"more":1}',
        b'{"requests":[{"id":"1","method":"GET","url":"/organization","dependsOn":["2"]}]}',
        b'\xff\xfe{"requests":[]}',
    ],
)
def test_batch_that_cannot_be_read_is_stopped(content: bytes) -> None:
    with pytest.raises(UnsafeRequestError, match="something else than reads"):
        _check(httpx.Request("POST", f"{_BASE}/$batch", content=content))


def test_message_names_the_host_and_no_more() -> None:
    with pytest.raises(UnsafeRequestError) as caught:
        _check(httpx.Request("GET", "https://evil.example/v1.0/users/someone?$filter=secret"))
    assert str(caught.value) == (
        "a request to evil.example was stopped: the token goes to Graph alone"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/v1.0/../beta/x",
        "/v1.0/x/..",
        "/v1.0/a/../../b",
        "/v1.0/%2e%2e/beta/x",
        "/v1.0/.%2E/beta/x",
        "/v1.0/x%2f..%2f..%2fbeta/x",
        "/v1.0/x%5c..%5c..%5cbeta/x",
        "/v1.0/x\\..\\..\\beta/x",
    ],
)
def test_way_up(path: str) -> None:
    assert not ReadOnlyGuard(_BASE).is_ours(f"https://graph.example.org:8443{path}")


@pytest.mark.parametrize("url", ["https://[", "https://host:port/", "https://host:99999/", "", "x"])
def test_what_is_no_address_has_no_origin(url: str) -> None:
    assert origin(url) is None
    assert not ReadOnlyGuard(_BASE).is_ours(url)


def test_port_443_goes_without_saying() -> None:
    assert origin("https://Graph.Example.org/x") == origin("https://graph.example.org:443/")
