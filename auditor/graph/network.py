"""Connections as httpcore asks for them, over asyncio's own streams.

By itself httpcore goes through anyio, which is a fifth of what receiving a page costs.
"""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpcore
from httpcore import SOCKET_OPTION

_BUFFERED = 1024**2
"""Bytes of an answer that wait to be taken, before the other side has to wait."""
_NEXT_ADDRESS_SECONDS = 0.25
"""After them the host's next address is tried too, as RFC 8305 asks for."""


class AsyncioNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host, in clear."""
        _ = local_address, socket_options  # of which the program sets none
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(
                    host, port, limit=_BUFFERED, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS
                )
        return _Stream(reader, writer)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what has come; nothing where the other side has closed."""
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send all of it."""
        if buffer:
            with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
                async with asyncio.timeout(timeout):
                    self._writer.write(buffer)
                    await self._writer.drain()

    async def aclose(self) -> None:
        """Close, without a word of goodbye that somebody might not answer."""
        self._writer.transport.abort()
        await asyncio.sleep(0)  # the socket is closed in the loop's next turn

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Go on in TLS; a handshake that fails or is given up closes the connection."""
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        return self

    def get_extra_info(self, info: str) -> object:
        """Tell what httpcore and its users ask for."""
        if info == "is_readable":  # of a connection that waits for its next request: it has ended
            return self._reader.at_eof() or self._writer.is_closing()
        return self._writer.get_extra_info(info)


@contextmanager
def _mapped(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Turn what asyncio raises into what httpcore does."""
    try:
        yield
    except TimeoutError as error:
        raise late(error) from error
    except (OSError, EOFError) as error:
        raise failed(error) from error
