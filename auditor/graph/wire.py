"""The connections to the one Graph host. Nothing leaves past the guard."""

import asyncio
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import httpcore
import httpx

from auditor.errors import UsageError
from auditor.graph.answer import LARGEST
from auditor.graph.guard import ReadOnlyGuard
from auditor.graph.network import Network
from auditor.graph.proxy import proxy_of, proxy_variable
from auditor.graph.settings import Connection

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_UNUSUAL = re.compile(r"[^!$%&'()*+,./0-9:=?@A-Z_a-z~-]")
"""What httpx encodes or takes off in an address; to look at it costs a tenth of sending it."""
_MOST = 8
"""Connections."""
_KEPT = 60.0
"""Seconds that one is kept without a request."""
_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


def ssl_context(ca_file: str) -> ssl.SSLContext | bool:
    """Trust a private CA's certificates from a file or folder; True for the usual ones.

    Raises:
        UsageError: The file cannot be read or holds no certificate.
    """
    if not ca_file:
        return True
    try:
        if Path(ca_file).is_dir():
            return ssl.create_default_context(capath=ca_file)
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        msg = f"the CA file {ca_file} (SSL_CERT_FILE, REQUESTS_CA_BUNDLE) cannot be used: {error}"
        raise UsageError(msg) from error


class _Left:
    """A body of nothing: when httpcore comes for it, the request has been written."""

    def __init__(self, left: asyncio.Event) -> None:
        self._left = left

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self._left.set()
        raise StopAsyncIteration


class GuardedWire(httpx.AsyncBaseTransport):
    """Lets the guard see every request last, when no middleware can change it any more."""

    def __init__(self, guard: ReadOnlyGuard, pool: httpcore.AsyncConnectionPool) -> None:
        """Take what checks requests and what sends them."""
        self._guard = guard
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send what the SDK asks.

        Raises:
            UnsafeRequestError: It is something else than a read.
        """
        url, body = str(request.url), await request.aread()
        headers = [one for one in request.headers.raw if one[0].lower() != b"host"]
        sending = httpcore.Request(
            request.method,
            _parsed(url),
            headers=[(b"Host", _host(url).encode()), *headers],
            content=body,
            extensions={"timeout": request.extensions.get("timeout", TIMEOUT.as_dict())},
        )
        found, content = await self._sent(sending, url, body)
        stream = httpx.ByteStream(content)
        return httpx.Response(found.status, headers=found.headers, stream=stream)

    async def get(
        self, url: str, headers: Mapping[str, str], left: asyncio.Event
    ) -> tuple[int, httpx.Headers, bytes]:
        """Send a GET, and return status, headers and body as they came.

        Args:
            url: Absolute.
            headers: All but ``Host``.
            left: Set when the request has been written.

        Raises:
            UnsafeRequestError: It goes elsewhere.
        """
        url = str(httpx.URL(url)) if _UNUSUAL.search(url) else url
        sending = httpcore.Request(
            "GET",
            _parsed(url),
            headers=[("Host", _host(url)), *headers.items()],
            content=_Left(left),
            extensions={"timeout": TIMEOUT.as_dict()},
        )
        found, content = await self._sent(sending, url, b"")
        return found.status, httpx.Headers(found.headers), content

    async def _sent(
        self, request: httpcore.Request, url: str, body: bytes
    ) -> tuple[httpcore.Response, bytes]:
        self._guard(request.method.decode(), url, body)
        with _raised():
            found = await self._pool.handle_async_request(request)
            try:
                return found, await _whole(found)
            finally:
                await found.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


def make_wire(connection: Connection, guard: ReadOnlyGuard) -> GuardedWire:
    """Connect to the one Graph host, through the environment's proxy where one is set."""
    # Not SSL_CERT_DIR, which the sign-in does not know.
    trust = httpx.create_ssl_context(ssl_context(connection.ca_file), trust_env=False)
    try:
        return GuardedWire(guard, _pool(trust, proxy_of(connection.graph_url)))
    except (ValueError, RuntimeError, httpx.InvalidURL) as error:  # RuntimeError: socks5
        msg = f"the proxy in {proxy_variable()} cannot be used: give it as http://host:port"
        raise UsageError(msg) from error


def _pool(trust: ssl.SSLContext, proxy: str) -> httpcore.AsyncConnectionPool:
    """Keep connections, through a proxy where one is given."""
    network = Network()
    if not proxy:
        return httpcore.AsyncConnectionPool(
            trust, max_connections=_MOST, keepalive_expiry=_KEPT, network_backend=network
        )
    where = httpx.Proxy(proxy)
    is_socks = where.url.scheme.startswith("socks")
    kind = httpcore.AsyncSOCKSProxy if is_socks else httpcore.AsyncHTTPProxy
    return kind(
        _parsed(str(where.url)),
        proxy_auth=where.raw_auth,
        ssl_context=trust,
        max_connections=_MOST,
        keepalive_expiry=_KEPT,
        network_backend=network,
    )


async def _whole(found: httpcore.Response) -> bytes:
    """Receive a body, and no more of it than any answer has."""
    pieces, size = list[bytes](), 0
    async for piece in found.aiter_stream():
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise httpx.DecodingError(f"it is larger than {LARGEST:,} bytes")
    return b"".join(pieces)


def _host(url: str) -> str:
    """Name the host as the header does: without the port that its scheme has anyway."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return host if parts.port in {None, 443} else f"{host}:{parts.port}"


def _parsed(url: str) -> httpcore.URL:
    """Take an address apart; by itself httpcore would lose what stands behind a semicolon."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return httpcore.URL(
        scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target
    )


@contextmanager
def _raised() -> Iterator[None]:
    """Turn what httpcore raises into what httpx does."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(str(error)) from error
    except _FAILURES as error:
        raise httpx.TransportError(str(error) or type(error).__name__) from error
