"""Serves a large tenant from pages that are ready before the first request, for benchmarks.

    python -m tests.fakes.large_server [--grants N] [--service-principals N] [--applications N]
        [--latency SECONDS] [--no-gzip]

Prints one line of JSON with the environment variables that point the auditor at it. For each line
on its standard input it prints what was counted since the last one. Listings come from one event
loop; everything else, and Entra, from the fake cloud beside it.
"""

import argparse
import asyncio
import gzip
import json
import resource
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from tests.fakes.cloud import FakeCloud
from tests.fakes.large_tenant import (
    APPLICATIONS,
    ASSIGNMENTS,
    ASSIGNS_ROLES,
    DELETED,
    DISABLED,
    GRANTS,
    MICROSOFT_GRAPH,
    PRINCIPALS,
    LargeTenant,
    Size,
)
from tests.fakes.live import served
from tests.fakes.wire import JSON_TYPE, Json, Reply, Request

_MOST = 999
_DELTA_PAGE = 100
_CHANGED = 1000
"""One object of so many changes between the first run and the second."""
_ROLES = f"/servicePrincipals(appId='{MICROSOFT_GRAPH}')/appRoleAssignedTo"
_COLLECTIONS = {
    PRINCIPALS: PRINCIPALS,
    APPLICATIONS: APPLICATIONS,
    GRANTS: GRANTS,
    "/users": DISABLED,
    DELETED: DELETED,
    _ROLES: ASSIGNMENTS,
}
_DIGITS = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Chain:
    """Objects that are listed one page after the other."""

    path: str
    collection: str
    indices: range


class Pages:
    """Every page of a large tenant as an HTTP answer, by the target that asks for it."""

    def __init__(self, tenant: LargeTenant, *, compressed: bool) -> None:
        self._tenant = tenant
        self._compressed = compressed
        self._origin = ""
        self._made: dict[tuple[str, str, str], bytes] = {}

    def make(self, origin: str) -> None:
        """Make every page that an inventory asks for, before anybody measures."""
        self._origin = origin
        for path in _COLLECTIONS:
            for part in self._parts(path):
                chain = self._chain(path, part)
                for page in range(max(-(-len(chain.indices) // _MOST), 1)):
                    self._page(path, part, str(page))

    def answer(self, target: str) -> bytes | None:
        """Return the whole HTTP answer; None where the target is no listing."""
        path, _, query = target.partition("?")
        path = unquote(path).removeprefix("/v1.0")
        options = dict(parse_qsl(query))
        if path.endswith("/delta"):
            return self._delta(path.removesuffix("/delta"), options)
        if path not in _COLLECTIONS or not (options.get("$top") or options.get("$skiptoken")):
            return None
        token = options.get("$skiptoken", "")
        if token and "~" not in token:  # of a listing that began in a batch
            return None
        part, _, page = token.rpartition("~")
        part = part if page else options.get("$filter", "")
        key = path, part, page or "0"
        return self._made.get(key) or self._page(*key)

    def _parts(self, path: str) -> Iterator[str]:
        if path == GRANTS:
            yield from ("", "consentType eq 'AllPrincipals'", "consentType eq 'Principal'")
        elif path == PRINCIPALS:
            yield from ("", *(f"startswith(appId,'{one}')" for one in _DIGITS))
        elif path == "/users":
            yield "accountEnabled eq false"
        else:
            yield ""

    def _chain(self, path: str, part: str) -> Chain:
        collection, tenant = _COLLECTIONS[path], self._tenant
        indices = range(tenant.count(collection))
        if part.endswith("'AllPrincipals'"):
            indices = indices[: tenant.for_all]
        elif part.endswith("'Principal'"):
            indices = indices[tenant.for_all :]
        elif part.startswith("startswith(appId,'"):
            indices = indices[_DIGITS.index(part[18]) :: 16]
        return Chain(path, collection, indices)

    def _page(self, path: str, part: str, page: str) -> bytes:
        chain, number = self._chain(path, part), int(page)
        here = chain.indices[number * _MOST : (number + 1) * _MOST]
        link = b""
        if (number + 1) * _MOST < len(chain.indices):
            token = f"{part}~{number + 1}".replace(" ", "%20").replace("'", "%27")
            url = f"{self._origin}/v1.0{path}?$skiptoken={token}"
            link = b'"@odata.nextLink":' + json.dumps(url).encode() + b","
        rows = self._tenant.encoded(chain.collection, here)
        found = self._made[path, part, page] = self._http(link + b'"value":[' + rows + b"]}")
        return found

    def _delta(self, path: str, options: dict[str, str]) -> bytes:
        """Report no changes since now, and since any token the changes of one run."""
        url = f"{self._origin}/v1.0{path}/delta?"
        changed = range(0, self._tenant.count(path), _CHANGED)
        if options.get("$deltatoken") == "latest":
            changed = changed[:0]
        start = int(options.get("$skiptoken", "0"))
        end = start + _DELTA_PAGE
        name, option = (
            ("nextLink", f"$skiptoken={end}")
            if end < len(changed)
            else (
                "deltaLink",
                "$deltatoken=second",
            )
        )
        link = f'"@odata.{name}":{json.dumps(url + option)},'.encode()
        rows = [self._change(path, index) for index in changed[start:end]]
        return self._http(link + b'"value":' + json.dumps(rows).encode() + b"}")

    def _change(self, path: str, index: int) -> dict[str, object]:
        member = {GRANTS: "scope"}.get(path, "displayName")
        return {"id": self._tenant.row(path, index)["id"], member: "Mail.Read"}

    def _http(self, rest: bytes) -> bytes:
        body = b'{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata",' + rest
        if self._compressed:
            body = gzip.compress(body, 1, mtime=0)
        return _http(Reply(200, body, {"Content-Type": JSON_TYPE}), compressed=self._compressed)


@dataclass(slots=True)
class Counts:
    """What was served."""

    requests: int = 0
    listing_pages: int = 0
    bytes_sent: int = 0
    seconds: float = 0.0
    """CPU of this process."""


@dataclass(slots=True)
class Front:
    """The event loop's side: answers from pages, or asks the fake cloud in a thread."""

    pages: Pages
    cloud: FakeCloud
    latency: float
    origin: str
    counts: Counts = field(default_factory=Counts)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests one after the other."""
        try:
            while True:
                await self._one(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        loop = asyncio.get_running_loop()
        due = loop.time() + self.latency
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        answer = self.pages.answer(target) if method == "GET" else None
        if answer is None:
            answer = await self._beside(method, target, head, reader)
        else:
            self.counts.listing_pages += 1
        self.counts.requests += 1
        self.counts.bytes_sent += len(answer)
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        writer.write(answer)
        await writer.drain()

    async def _beside(
        self, method: str, target: str, head: bytes, reader: asyncio.StreamReader
    ) -> bytes:
        lines = [line.partition(":") for line in head.decode().split("\r\n")[1:] if line]
        headers = {name.lower(): value.strip() for name, _, value in lines}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        request = Request("graph", method, self.origin, target, headers, body)
        reply = await asyncio.to_thread(self.cloud.answer_graph, request)
        return _http(reply, compressed=False)


def _http(reply: Reply, *, compressed: bool) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} OK"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines += ["Content-Encoding: gzip"] if compressed else []
    lines += [f"Content-Length: {len(reply.body)}", "", ""]
    return "\r\n".join(lines).encode() + reply.body


def _set_short_listings(cloud: FakeCloud, tenant: LargeTenant) -> None:
    """Give what is read in batches to the fake that answers batches; nobody owns an app."""
    disabled: list[Json] = [{**row, "accountEnabled": False} for row in tenant.rows(DISABLED)]
    cloud.tenant.set("/users", {"value": disabled})
    for path, collection in ((DELETED, DELETED), (_ROLES, ASSIGNMENTS)):
        cloud.tenant.set(path, {"value": [*tenant.rows(collection)]})
    rows = [row for row in tenant.rows(ASSIGNMENTS) if row["appRoleId"] == ASSIGNS_ROLES]
    privileged = {str(row["principalId"]).lower() for row in rows}
    app_ids = set()
    for row in tenant.rows(PRINCIPALS):
        if (object_id := str(row["id"]).lower()) in privileged:
            app_ids.add(str(row["appId"]).lower())
            cloud.tenant.set(f"{PRINCIPALS}/{object_id}", {"id": row["id"]})
            cloud.tenant.set(f"{PRINCIPALS}/{object_id}/owners", {"value": []})
    for row in tenant.rows(APPLICATIONS):
        if (app_id := str(row["appId"]).lower()) in app_ids:
            path = f"{APPLICATIONS}(appId='{app_id}')"
            cloud.tenant.set(path, {"id": row["id"], "appId": row["appId"]})
            cloud.tenant.set(f"{path}/owners", {"value": []})


async def run(tenant: LargeTenant, latency: float, *, compressed: bool) -> None:
    """Serve until standard input ends."""
    with FakeCloud(served("ready"), tenant_id=tenant.size.tenant_id) as cloud:
        cloud.tenant.counted = {
            one: tenant.count(one) for one in (PRINCIPALS, APPLICATIONS, GRANTS)
        }
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cloud.authority.server_file)
        front = Front(Pages(tenant, compressed=compressed), cloud, latency, "")
        server = await asyncio.start_server(front.serve, "127.0.0.1", 0, ssl=context)
        origin = front.origin = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        front.pages.make(origin)
        _set_short_listings(cloud, tenant)
        cloud.registration.resources.add(origin)
        _print({**cloud.environment(), "CONSENT_AUDITOR_GRAPH_URL": origin})
        while await asyncio.to_thread(sys.stdin.readline):
            used = resource.getrusage(resource.RUSAGE_SELF)
            seconds = used.ru_utime + used.ru_stime
            counts = front.counts
            _print(
                {
                    "requests": counts.requests,
                    "listing_pages": counts.listing_pages,
                    "bytes_sent": counts.bytes_sent,
                    "cpu_seconds": seconds - counts.seconds,
                }
            )
            front.counts = Counts(seconds=seconds)
        server.close()


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.large_server")
    parser.add_argument("--service-principals", type=int, default=100_000)
    parser.add_argument("--applications", type=int, default=20_000)
    parser.add_argument("--grants", type=int, default=1_000_000)
    parser.add_argument("--latency", type=float, default=0.06)
    parser.add_argument("--no-gzip", action="store_true")
    given = parser.parse_args()
    size = Size(given.service_principals, given.applications, given.grants)
    asyncio.run(run(LargeTenant(size), given.latency, compressed=not given.no_gzip))


def _print(content: dict[str, str] | dict[str, float]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
