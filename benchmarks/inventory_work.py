"""The pieces that ``inventory.py`` measures, each in a process of its own.

    python benchmarks/inventory_work.py NAME [ARGUMENT …]

Prints one line of JSON: seconds on the wall, seconds of CPU, peak memory in MB, pages. CPU and
memory are those of the whole process, imports included.
"""

import asyncio
import http.client
import io
import json
import os
import resource
import ssl
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import orjson

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from auditor.cycles import search_seldom  # noqa: E402 - measured from the checkout
from auditor.graph.settings import (  # noqa: E402
    Auth,
    Connection,
    SignIn,
    make_connection,
)
from auditor.listings import (  # noqa: E402
    applications,
    delegated_grants,
    deleted_users,
    disabled_users,
    load,
    service_principals,
)
from auditor.listings.listing import AnyListing  # noqa: E402
from auditor.listings.pages import Part  # noqa: E402
from auditor.model.cloud import Cloud  # noqa: E402
from auditor.model.snapshot import Reading  # noqa: E402

GIVEN = os.environ
GRANTS = delegated_grants.LISTING
PRINCIPALS = service_principals.LISTING
KINDS = ("consentType eq 'AllPrincipals'", "consentType eq 'Principal'")
CHOICES: dict[str, AnyListing] = {
    "grants": GRANTS,
    "grants-by-consent-type": replace(GRANTS, parts=KINDS, ranges=KINDS),
    "principals": PRINCIPALS,
    "principals-by-app-id": replace(PRINCIPALS, parts=PRINCIPALS.ranges),
}


class Page(msgspec.Struct):
    """What a page is for one who has decoded it anyway."""

    next_link: str = msgspec.field(default="", name="@odata.nextLink")


class Line(msgspec.Struct):
    """What the floor decodes of a snapshot's line."""

    source: str = ""
    body_bytes: int | None = None


def connection() -> Connection:
    """Say where the fake cloud is."""
    return make_connection(
        Cloud.GLOBAL,
        graph_url=GIVEN["CONSENT_AUDITOR_GRAPH_URL"],
        authority_url=GIVEN["AZURE_AUTHORITY_HOST"],
        ca_file=GIVEN["SSL_CERT_FILE"],
        max_wait=300,
    )


def sign_in() -> SignIn:
    """Sign in with the fake cloud's secret."""
    return SignIn(
        auth=Auth.SECRET,
        tenant=GIVEN["AZURE_TENANT_ID"],
        client_id=GIVEN["AZURE_CLIENT_ID"],
        secret=GIVEN["AZURE_CLIENT_SECRET"],
    )


def read(path: str, earlier: str = "") -> int:
    """Read the whole tenant to a snapshot, or what changed since an earlier one."""
    from auditor.inventory_pipeline import read_inventory  # noqa: PLC0415 - only where it is measured

    since = Path(earlier) if earlier else None
    read_inventory(sign_in(), connection(), Path(path), earlier=since, progress=lambda _: None)
    return 0


def load_snapshot(path: str) -> int:
    """Fold and join a snapshot."""
    from auditor.inventory_pipeline import load_inventory  # noqa: PLC0415

    return load_inventory(Path(path))[0].grants


def judge(path: str) -> int:
    """Fold, join and judge a snapshot."""
    from auditor.inventory.report import make_inventory_report  # noqa: PLC0415
    from auditor.inventory_pipeline import load_inventory  # noqa: PLC0415

    inventory, facts = load_inventory(Path(path))
    return len(make_inventory_report(inventory, facts, "0").findings)


def outputs(path: str) -> int:
    """Do what the command does with a snapshot, in every format."""
    from auditor.cli.main import run as command  # noqa: PLC0415

    formats = ("csv", "html", "json", "markdown", "parquet", "xlsx")
    with TemporaryDirectory() as folder:
        given = ["inventory", "--quiet", "--snapshot", path, "--output", folder]
        asked = [*given, *(word for one in formats for word in ("--format", one))]
        with suppress(SystemExit):
            command(asked)
        return len(list(Path(folder).iterdir()))


def read_and_load(path: str) -> int:
    """Do both in one process."""
    read(path)
    return load_snapshot(path)


def listing(name: str) -> int:
    """Read one listing through the product's reader, and keep nothing."""
    from auditor.graph.client import GraphClient  # noqa: PLC0415
    from auditor.graph.listings import ListingReader  # noqa: PLC0415
    from auditor.graph.sign_in import make_credential  # noqa: PLC0415

    kept: list[int] = []

    def keep(reading: Reading) -> None:
        kept.append(reading.status)

    async def run() -> None:
        where = connection()
        client = GraphClient(
            where,
            make_credential(sign_in(), where),
            progress=lambda _: None,
            clock=lambda: datetime.now(UTC),
        )
        try:
            listing = CHOICES[name]
            chains = [Part(listing, one) for one in listing.parts]
            await ListingReader(client).read(chains, {}, keep, lambda _part, _rows, _last: None)
        finally:
            await client.close()

    asyncio.run(run())
    return sum(status == http.HTTPStatus.OK for status in kept)


class Raw:
    """The least that a request can cost: one connection, no library but Python's."""

    def __init__(self) -> None:
        """Get a token."""
        self._context = ssl.create_default_context(cafile=GIVEN["SSL_CERT_FILE"])
        graph = GIVEN["CONSENT_AUDITOR_GRAPH_URL"]
        form = {
            "grant_type": "client_credentials",
            "client_id": GIVEN["AZURE_CLIENT_ID"],
            "client_secret": GIVEN["AZURE_CLIENT_SECRET"],
            "scope": f"{graph}/.default",
        }
        entra = self._connected(GIVEN["AZURE_AUTHORITY_HOST"])
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        path = f"/{GIVEN['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        entra.request("POST", path, urlencode(form), kind)
        token = json.load(entra.getresponse())["access_token"]
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
        self._graph = self._connected(graph)

    def _connected(self, url: str) -> http.client.HTTPSConnection:
        where = urlsplit(url)
        return http.client.HTTPSConnection(where.hostname or "", where.port, context=self._context)

    def chain(self, request: str, use: Callable[[bytes], str]) -> int:
        """Read a chain of pages to its end."""
        target, pages = "/v1.0" + quote(request, safe="/?$=&,()'"), 0
        while target:
            self._graph.request("GET", target, headers=self._headers)
            answer = self._graph.getresponse()
            body = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                body = zlib.decompress(body, 31)
            pages += 1
            link = urlsplit(use(body))
            target = f"{link.path}?{link.query}" if link.path else ""
        return pages


def found_link(body: bytes) -> str:
    """Find the next page's address, and decode nothing."""
    _, mark, rest = body[:4096].partition(b'"@odata.nextLink":"')
    return rest.partition(b'"')[0].decode() if mark else ""


def decoded(body: bytes) -> str:
    """Decode everything to plain objects, and return the next page's address."""
    page = orjson.loads(body)
    return str(page.get("@odata.nextLink", ""))


def raw_chain(name: str) -> int:
    """Read one undivided listing, one request after the other."""
    return Raw().chain(CHOICES[name].request(""), found_link)


def raw_all() -> int:
    """Receive everything that a full read receives, and decode it."""
    raw = Raw()
    chosen = (PRINCIPALS, applications.LISTING, GRANTS, disabled_users.LISTING)
    return sum(raw.chain(one.request(""), decoded) for one in (*chosen, deleted_users.LISTING))


def decode(path: str) -> int:
    """Decompress a snapshot and decode its lines and pages, as little as can be."""
    import zstandard  # noqa: PLC0415

    line_of = msgspec.json.Decoder(Line)
    page_of = {one.name: msgspec.json.Decoder(one.page) for one in load()}
    rows = 0
    with Path(path).open("rb") as file:
        stream = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        text = io.BufferedReader(stream, 1 << 20)
        while found := text.readline():
            line = line_of.decode(found)
            if line.body_bytes is None:
                continue
            body = text.read(line.body_bytes + 1)
            if line.source in page_of and body.startswith(b'{"@odata.context"'):
                rows += len(page_of[line.source].decode(body).value)
    return rows


def sdk(pages: str) -> int:
    """Read pages of grants as the SDK's documentation shows: typed, with ``PageIterator``."""
    return asyncio.run(_iterated(int(pages)))


async def _iterated(pages: int) -> int:
    import httpx  # noqa: PLC0415
    from azure.identity.aio import ClientSecretCredential  # noqa: PLC0415
    from kiota_abstractions.base_request_configuration import (  # noqa: PLC0415
        RequestConfiguration,
    )
    from kiota_authentication_azure.azure_identity_authentication_provider import (  # noqa: PLC0415
        AzureIdentityAuthenticationProvider,
    )
    from msgraph.generated.oauth2_permission_grants.oauth2_permission_grants_request_builder import (  # noqa: E501, PLC0415
        Oauth2PermissionGrantsRequestBuilder as Builder,
    )
    from msgraph.graph_request_adapter import GraphRequestAdapter  # noqa: PLC0415
    from msgraph.graph_service_client import GraphServiceClient  # noqa: PLC0415
    from msgraph_core import GraphClientFactory  # noqa: PLC0415
    from msgraph_core.tasks.page_iterator import PageIterator  # noqa: PLC0415

    graph, ca_file = GIVEN["CONSENT_AUDITOR_GRAPH_URL"], GIVEN["SSL_CERT_FILE"]
    credential = ClientSecretCredential(
        GIVEN["AZURE_TENANT_ID"],
        GIVEN["AZURE_CLIENT_ID"],
        GIVEN["AZURE_CLIENT_SECRET"],
        authority=GIVEN["AZURE_AUTHORITY_HOST"],
        disable_instance_discovery=True,
        connection_verify=ca_file,
    )
    provider = AzureIdentityAuthenticationProvider(
        credential, scopes=[f"{graph}/.default"], allowed_hosts=[urlsplit(graph).hostname or ""]
    )
    context = ssl.create_default_context(cafile=ca_file)
    made = httpx.AsyncClient(base_url=f"{graph}/v1.0", verify=context, timeout=60)
    adapter = GraphRequestAdapter(
        provider, client=GraphClientFactory.create_with_default_middleware(client=made)
    )
    adapter.base_url = f"{graph}/v1.0"
    asked = Builder.Oauth2PermissionGrantsRequestBuilderGetQueryParameters(
        select=list(GRANTS.select), top=999
    )
    first = await GraphServiceClient(request_adapter=adapter).oauth2_permission_grants.get(
        RequestConfiguration(query_parameters=asked)
    )
    seen = 0

    def use(_grant: object) -> bool:
        nonlocal seen
        seen += 1
        return seen < pages * 999

    await PageIterator(first, adapter).iterate(use)
    await credential.close()
    return -(-seen // 999)


WORK: dict[str, Callable[[str, str], int]] = {
    "read": read,
    "load": lambda path, _: load_snapshot(path),
    "judge": lambda path, _: judge(path),
    "outputs": lambda path, _: outputs(path),
    "read-and-load": lambda path, _: read_and_load(path),
    "listing": lambda name, _: listing(name),
    "raw-chain": lambda name, _: raw_chain(name or "grants"),
    "raw-all": lambda *_: raw_all(),
    "decode": lambda path, _: decode(path),
    "sdk": lambda pages, _: sdk(pages),
}


def main(name: str, arguments: Sequence[str]) -> None:
    """Do one piece, and say what it took."""
    search_seldom()  # as the command does
    start = time.perf_counter()
    first, second, *_ = [*arguments, "", ""]
    pages = WORK[name](first, second)
    wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "pages": pages}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
