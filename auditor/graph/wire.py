"""The connections to the one Graph host. Nothing leaves past the guard."""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path

import httpcore
import httpx

from auditor.errors import UsageError
from auditor.graph.guard import ReadOnlyGuard
from auditor.graph.proxy import proxy_of, proxy_variable
from auditor.graph.settings import Connection


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
    """Hears from httpcore how far a request is.

    Says when it has been written, and closes the socket of a TLS handshake that is given up, which
    httpcore 1.0 leaves open.
    """

    def __init__(self, left: asyncio.Event | None) -> None:
        self._left = left
        self._socket: httpcore.AsyncNetworkStream | None = None

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        found = info.get("return_value")
        if event == "http11.send_request_body.complete" and self._left:
            self._left.set()
        elif isinstance(found, httpcore.AsyncNetworkStream):
            self._socket = found
        elif event == "connection.start_tls.failed" and self._socket:
            await self._socket.aclose()


class GuardedWire(httpx.AsyncHTTPTransport):
    """Lets the guard see every request last, when no middleware can change it any more."""

    guard: ReadOnlyGuard

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a read; the event ``left`` of its extensions is set when it has been written.

        Raises:
            UnsafeRequestError: It is something else.
        """
        await self.guard(request)
        request.extensions["trace"] = _Trace(request.extensions.get("left"))
        return await super().handle_async_request(request)


def make_wire(connection: Connection, guard: ReadOnlyGuard) -> GuardedWire:
    """Connect to the one Graph host, through the environment's proxy where one is set."""
    try:
        wire = GuardedWire(
            verify=ssl_context(connection.ca_file),
            trust_env=False,  # SSL_CERT_DIR, which the sign-in does not know
            limits=httpx.Limits(max_connections=8, keepalive_expiry=60.0),
            proxy=proxy_of(connection.graph_url) or None,
        )
    except (ValueError, ImportError, httpx.InvalidURL) as error:  # ImportError: socks5
        msg = f"the proxy in {proxy_variable()} cannot be used: give it as http://host:port"
        raise UsageError(msg) from error
    wire.guard = guard
    return wire
