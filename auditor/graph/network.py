"""Connections as httpcore opens them, but for what is received at once, and what is given up."""

import ssl
from collections.abc import Iterable
from contextlib import suppress

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
    """A connection in clear."""

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
            return _InTls(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> object:
        """Tell what httpcore asks for."""
        return self._stream.get_extra_info(info)


class _InTls(_Opened):
    """A connection in TLS; gives all that has come, where httpcore's gives a record of 16 KB.

    Each of httpcore's own readings sets a timer, and for the page of a listing four of them cost as
    much as the rest of the request.
    """

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what has come.

        Raises:
            ssl.SSLError: There is a spoiled record, which TLS tells no second time, behind others.
        """
        first = await super().read(max_bytes, timeout)
        pieces, left = [first], max_bytes - len(first)
        tls = self.get_extra_info("ssl_object")
        with suppress(ssl.SSLWantReadError):
            while pieces[-1] and left and isinstance(tls, ssl.SSLObject):
                pieces.append(tls.read(left))
                left -= len(pieces[-1])
        return b"".join(pieces)
