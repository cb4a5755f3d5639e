"""Microsoft Graph: bearer tokens, permissions, single reads and ``$batch``.

An app's token only reads. An administrator's token (``FakeCloud.admin_token``) also writes what
``tests.fakes.writes`` knows, and reads without application permissions.
"""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

from tests.fakes import writes
from tests.fakes.entra import Tokens
from tests.fakes.faults import Faults, unauthorized
from tests.fakes.journal import Journal
from tests.fakes.openapi import GraphApi
from tests.fakes.tenant import Tenant
from tests.fakes.wire import JSON_TYPE, Json, Reply, Request, Wire, graph_error

_MAX_PARTS = 20


@dataclass(frozen=True, slots=True)
class FakeGraph:
    """Answers Graph requests from a tenant, as far as the token's permissions go."""

    tenant: Tenant
    tokens: Tokens
    api: GraphApi
    faults: Faults
    journal: Journal
    latency: float
    """Seconds before each answer."""

    def handle(self, request: Request) -> Reply:
        """Answer one HTTP request."""
        with self.journal.running():
            time.sleep(self.latency)
            scopes = self.tokens.scopes(_bearer(request))
            if scopes is not None:
                reply = self.faults.run(request, lambda: self._administer(request, scopes))
                return _with_headers(reply)
            self.journal.violations += self.api.violations(request)
            is_batch = request.method == "POST" and request.resource == "/$batch"
            answer = self._batch if is_batch else self._read
            return _with_headers(self.faults.run(request, lambda: answer(request)))

    def _read(self, request: Request) -> Reply:
        roles = self._roles(request)
        if roles is None:
            return unauthorized()(request, lambda: Reply(401))
        operation = self.api.find(request)
        if problems := self.api.violations(request):
            return graph_error(400, "BadRequest", problems[0])
        if operation is None or operation.allows(roles):
            return self.tenant.respond(request)
        message = "Insufficient privileges to complete the operation."
        return graph_error(403, "Authorization_RequestDenied", message)

    def _administer(self, request: Request, scopes: frozenset[str]) -> Reply:
        """Do what a person's token asks for; its reads are checked as the app's are."""
        reply = writes.answer(self.tenant, request, scopes)
        if reply is not None:
            return reply
        problems = self.api.violations(request)
        self.journal.violations += problems
        if problems:
            return graph_error(400, "BadRequest", problems[0])
        return self.tenant.respond(request)

    def _roles(self, request: Request) -> frozenset[str] | None:
        return self.tokens.roles(_bearer(request))

    def _batch(self, request: Request) -> Reply:
        if self._roles(request) is None:
            return unauthorized()(request, lambda: Reply(401))
        parts, problems = _parts(request)
        self.journal.violations += problems
        if problems:
            return graph_error(400, "BadRequest", problems[0])
        replies = [(part.part, self._part(part)) for part in parts]
        for _, reply in replies:
            if reply.wire in {Wire.RESET, Wire.DRIP}:
                return reply
        # Graph answers the parts in any order, so the fake takes the least expected one.
        bodies = b",".join(_part_bytes(part, reply) for part, reply in reversed(replies))
        broken = any(reply.wire is Wire.SHORT for _, reply in replies)
        body = b'{"responses":[' + bodies + b"]}"
        return Reply(200, body, {"Content-Type": JSON_TYPE}, Wire.SHORT if broken else Wire.WHOLE)

    def _part(self, part: Request) -> Reply:
        self.journal.note(part)
        self.journal.violations += self.api.violations(part)
        return self.faults.run(part, lambda: self._read(part))


def _bearer(request: Request) -> str:
    """Return the token that came with a request; empty without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _parts(batch: Request) -> tuple[list[Request], list[str]]:
    """Read the parts of a batch, and one line for each thing wrong with the batch itself."""
    try:
        content: Json = json.loads(batch.body)
    except ValueError:
        return [], ["$batch: the body is not JSON"]
    entries = content.get("requests") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MAX_PARTS:
        return [], [f"$batch: requests is not a list of 1 to {_MAX_PARTS} parts"]
    problems = [problem for entry in entries for problem in _entry_problems(entry)]
    if problems:
        return [], problems
    parts = [_part_request(batch, entry) for entry in entries if isinstance(entry, dict)]
    if len({part.part for part in parts}) < len(parts):
        problems.append("$batch: two parts have the same id")
    return parts, problems


def _entry_problems(entry: Json) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "$batch: a part is not an object"
        return
    for name in ("id", "method", "url"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            yield f"$batch: {name} of a part is not a text"
    url = str(entry.get("url"))
    if not url.startswith("/") or url.startswith(("/v1.0", "/beta")):
        yield f"$batch: {url} is not relative to the API version"
    if entry.get("method") != "GET":
        yield f"$batch: {entry.get('method')} {url} is not a read"
    if unknown := set(entry) - {"id", "method", "url", "headers", "dependsOn"}:
        yield f"$batch: a read with {', '.join(sorted(unknown))}"


def _part_request(batch: Request, entry: dict[str, Json]) -> Request:
    given = entry.get("headers")
    own = given if isinstance(given, dict) else {}
    headers = {name.lower(): str(value) for name, value in own.items()}
    return replace(
        batch,
        method=str(entry["method"]),
        target=f"/{batch.version}{entry['url']}",
        headers={"authorization": batch.headers["authorization"]} | headers,
        body=b"",
        part=str(entry["id"]),
    )


def _part_bytes(part: str, reply: Reply) -> bytes:
    """Write one part of a batch answer; a body that says it is JSON goes in as it is."""
    head = {"id": part, "status": reply.status, "headers": dict(reply.headers)}
    fields = json.dumps(head).encode()[:-1]
    if not reply.body:
        return fields + b"}"
    is_json = reply.headers.get("Content-Type", "").startswith("application/json")
    body = reply.body if is_json else json.dumps(base64.b64encode(reply.body).decode()).encode()
    return fields + b',"body":' + body + b"}"


def _with_headers(reply: Reply) -> Reply:
    common = {
        "Cache-Control": "no-cache",
        "OData-Version": "4.0",
        "request-id": str(uuid4()),
        "x-ms-resource-unit": "1",
    }
    return replace(reply, headers={**common, **reply.headers})
