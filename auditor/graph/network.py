"""Connections as httpcore opens them, but for a TLS handshake that is given up."""

import ssl
from collections.abc import Iterable

import httpcore
from httpcore import SOCKET_OPTION


class Network(httpcore.AnyIOBackend):
    """Opens connections, and closes the socket of a handshake that was cancelled.

    httpcore 1.0 leaves that one open.
    """

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host, in clear."""
        opened = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Opened(opened)


class _Opened(httpcore.AsyncNetworkStream):
    """A connection in clear; what comes behind the handshake is httpcore's own."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what has come."""
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send all of it."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Go on in TLS; a handshake that fails or is given up closes the connection."""
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> object:
        """Tell what httpcore asks for."""
        return self._stream.get_extra_info(info)
