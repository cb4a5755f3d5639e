"""Everything that can go wrong between the auditor and Microsoft, switched on by a test.

A fault takes the request and a function that gives the true answer, and returns what is sent
instead. ``Faults.add`` says for which path and how often:

    cloud.faults.add("/policies/*", status(429, retry_after=1), times=2)

Where a fault hits a part of a batch, an answer (status, page link, changed body) concerns that
part alone. What happens on the wire (reset, drip) or breaks the JSON breaks the whole batch.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from threading import Lock

from tests.fakes.wire import Json, Reply, Request, Wire, graph_error, json_reply

Answer = Callable[[], Reply]
Fault = Callable[[Request, Answer], Reply]
"""Given the request and its true answer, what is sent instead."""

_CODES = {
    400: "Request_BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Authorization_RequestDenied",
    404: "Request_ResourceNotFound",
    429: "TooManyRequests",
    500: "generalException",
    502: "badGateway",
    503: "serviceNotAvailable",
    504: "gatewayTimeout",
}
_PORTAL = b"<!DOCTYPE html><html><title>Welcome</title><p>Log in to use this network.</p></html>"


@dataclass(slots=True)
class _Rule:
    pattern: str
    fault: Fault
    left: int | None
    query: str
    skip: int

    def take(self, request: Request) -> bool:
        """Say whether this request is hit, and count it."""
        path = request.resource if request.server == "graph" else request.path
        hit = self.left != 0 and fnmatchcase(path, self.pattern) and self.query in request.target
        if hit and self.skip:
            self.skip -= 1
            return False
        if hit and self.left is not None:
            self.left -= 1
        return hit


class Faults:
    """The faults of one server; the first rule that matches a request wins."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = Lock()

    def add(
        self,
        pattern: str,
        fault: Fault,
        *,
        times: int | None = 1,
        query: str = "",
        skip: int = 0,
    ) -> None:
        """Switch a fault on.

        Args:
            pattern: Shell pattern for the path without API version and query.
            fault: One of the functions below, or your own.
            times: How many requests are hit; None means every one.
            query: Only requests whose path and query contain this, such as ``skiptoken``.
            skip: How many matching requests pass unharmed first.
        """
        self._rules.append(_Rule(pattern, fault, times, query, skip))

    def clear(self) -> None:
        """Switch everything off."""
        self._rules.clear()

    @property
    def pending(self) -> list[str]:
        """Patterns whose counted hits have not all happened yet."""
        return [rule.pattern for rule in self._rules if rule.left]

    def run(self, request: Request, answer: Answer) -> Reply:
        """Answer a request, through the fault that hits it if there is one."""
        with self._lock:
            rule = next((rule for rule in self._rules if rule.take(request)), None)
        return rule.fault(request, answer) if rule else answer()


def status(
    code: int,
    error: str = "",
    *,
    retry_after: float | str | None = None,
    message: str = "",
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Answer with a status and Graph's error body; ``retry_after`` in seconds or an HTTP date."""
    extra = dict(headers or {})
    if retry_after is not None:
        extra["Retry-After"] = str(retry_after)
    name = error or _CODES.get(code, "UnknownError")
    return lambda _request, _answer: graph_error(code, name, message or f"Fault: {name}", extra)


def throttled(*, retry_after: float = 1, percentage: float = 1.2) -> Fault:
    """Answer 429 with the headers that Graph documents for directory objects."""
    headers = {
        "x-ms-throttle-limit-percentage": str(percentage),
        "x-ms-throttle-scope": "Tenant_Application/ReadWrite/7e2a1c9b/a0d170a0",
        "x-ms-throttle-information": "ResourceUnitLimitExceeded",
    }
    return status(429, retry_after=retry_after, headers=headers)


def nearly_throttled(percentage: float = 0.95) -> Fault:
    """Answer truly, and warn that little of the limit is left."""
    warning = {"x-ms-throttle-limit-percentage": str(percentage)}

    def fault(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        return replace(reply, headers={**reply.headers, **warning})

    return fault


def unauthorized(*, claims: str = "") -> Fault:
    """Answer 401; with ``claims`` (JSON) as a challenge for a token that satisfies them."""
    challenge = 'Bearer realm="", authorization_uri="https://localhost/common/oauth2/authorize"'
    if claims:
        encoded = base64.b64encode(claims.encode()).decode()
        challenge += f', error="insufficient_claims", claims="{encoded}"'
    return status(401, headers={"WWW-Authenticate": challenge})


def expired_page_token() -> Fault:
    """Answer that the page link is too old; use it with ``query="skiptoken"``."""
    return status(400, "Directory_ExpiredPageToken", message="The page token has expired.")


def reset() -> Fault:
    """Reset the connection before a byte of the answer."""
    return lambda _request, _answer: Reply(0, wire=Wire.RESET)


def reset_mid_body() -> Fault:
    """Announce the whole body, send half of it, reset the connection."""
    return lambda _request, answer: replace(answer(), wire=Wire.SHORT)


def drip() -> Fault:
    """Send blanks one at a time without an end."""
    return lambda _request, _answer: Reply(200, wire=Wire.DRIP)


def truncate() -> Fault:
    """Send half of the JSON, with a length that is right for the half."""
    return rewrite(lambda body: body[: len(body) // 2])


def html() -> Fault:
    """Answer 200 with a page instead of JSON, as a captive portal does."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return lambda _request, _answer: Reply(200, _PORTAL, headers)


def empty() -> Fault:
    """Answer with the true status and headers but without a body."""
    return rewrite(lambda _body: b"")


def redirect(location: str, code: int = 302) -> Fault:
    """Send the client elsewhere."""
    return lambda _request, _answer: Reply(code, b"", {"Location": location})


def rewrite(change: Callable[[bytes], bytes]) -> Fault:
    """Change the bytes of the true body."""

    def fault(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        return replace(reply, body=change(reply.body))

    return fault


def dated(date: str) -> Fault:
    """Give the true answer with another ``Date`` header."""

    def fault(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        return replace(reply, headers={**reply.headers, "Date": date})

    return fault


def next_link(url: str) -> Fault:
    """Put a page link into the true answer, such as one to a foreign host."""

    def fault(_request: Request, answer: Answer) -> Reply:
        return _with_next_link(answer(), url)

    return fault


def next_link_loop() -> Fault:
    """Make each page name itself as the next one; use it with ``times=None``."""
    return lambda request, answer: _with_next_link(answer(), request.url)


def _with_next_link(reply: Reply, url: str) -> Reply:
    content: Json = json.loads(reply.body)
    assert isinstance(content, dict)
    return json_reply(reply.status, {**content, "@odata.nextLink": url}, reply.headers)
