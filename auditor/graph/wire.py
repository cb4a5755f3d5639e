"""The connections to the one Graph host. Nothing leaves past the guard."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpcore
import httpx

from auditor.errors import UsageError
from auditor.graph.guard import ReadOnlyGuard
from auditor.graph.network import AsyncioNetwork
from auditor.graph.proxy import proxy_of, proxy_variable
from auditor.graph.settings import Connection

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


class _Trace:
    """Hears from httpcore when a request has been written, and says so."""

    def __init__(self, left: asyncio.Event) -> None:
        self._left = left

    async def __call__(self, event: str, _: Mapping[str, object]) -> None:
        if event == "http11.send_request_body.complete":
            self._left.set()


class GuardedWire(httpx.AsyncBaseTransport):
    """Lets the guard see every request last, when no middleware can change it any more."""

    def __init__(self, guard: ReadOnlyGuard, pool: httpcore.AsyncConnectionPool) -> None:
        """Take what checks requests and what sends them."""
        self._guard = guard
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a read; the event ``left`` of its extensions is set when it has been written.

        Raises:
            UnsafeRequestError: It is something else.
        """
        await self._guard(request)
        extensions = dict(request.extensions)
        if left := extensions.pop("left", None):
            extensions["trace"] = _Trace(left)
        with _raised():
            found = await self._pool.request(
                request.method,
                _core(request.url),
                headers=request.headers.raw,
                content=await request.aread() or None,
                extensions=extensions,
            )
        stream = httpx.ByteStream(found.content)
        return httpx.Response(found.status, headers=found.headers, stream=stream)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


def make_wire(connection: Connection, guard: ReadOnlyGuard) -> GuardedWire:
    """Connect to the one Graph host, through the environment's proxy where one is set."""
    trust = ssl_context(connection.ca_file)
    try:
        return GuardedWire(guard, _pool(trust, proxy_of(connection.graph_url)))
    except (ValueError, RuntimeError, httpx.InvalidURL) as error:  # RuntimeError: socks5
        msg = f"the proxy in {proxy_variable()} cannot be used: give it as http://host:port"
        raise UsageError(msg) from error


def _pool(trust: ssl.SSLContext | bool, proxy: str) -> httpcore.AsyncConnectionPool:
    """Keep connections, through a proxy where one is given."""
    # Not SSL_CERT_DIR, which the sign-in does not know.
    context = httpx.create_ssl_context(trust, trust_env=False)
    network = AsyncioNetwork()
    if not proxy:
        return httpcore.AsyncConnectionPool(
            context, max_connections=_MOST, keepalive_expiry=_KEPT, network_backend=network
        )
    where = httpx.Proxy(proxy)
    is_socks = where.url.scheme.startswith("socks")
    kind = httpcore.AsyncSOCKSProxy if is_socks else httpcore.AsyncHTTPProxy
    return kind(
        _core(where.url),
        proxy_auth=where.raw_auth,
        ssl_context=context,
        max_connections=_MOST,
        keepalive_expiry=_KEPT,
        network_backend=network,
    )


def _core(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
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
