"""Connections in clear and their handshakes, as httpcore uses them."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpcore
import pytest

from auditor.graph.network import Network

_SOON = 0.05
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Use = Callable[[httpcore.AsyncNetworkStream], Awaitable[None]]


def _connected(serve: Serve, use: Use) -> None:
    """Use a connection to a server on loopback."""

    async def run() -> None:
        over = asyncio.Event()

        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                await serve(reader, writer)
            writer.transport.abort()
            over.set()

        async with await asyncio.start_server(served, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            stream = await Network().connect_tcp("127.0.0.1", port, timeout=5)
            try:
                await use(stream)
            finally:
                await stream.aclose()
                await over.wait()

    asyncio.run(run())


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.read(100))
    await reader.read()


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def _no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await reader.read()


async def _end(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def test_to_and_fro() -> None:
    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        await stream.write(b"")
        await stream.write(b"some bytes", timeout=5)
        assert await stream.read(4, timeout=5) == b"some"
        assert await stream.read(100, timeout=5) == b" bytes"
        assert not stream.get_extra_info("is_readable")
        assert stream.get_extra_info("ssl_object") is None
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"

    _connected(_echo, use)


def test_the_other_side_closes() -> None:
    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        assert await stream.read(100, timeout=5) == b""
        assert stream.get_extra_info("is_readable")

    _connected(_end, use)


def test_nothing_comes() -> None:
    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(100, timeout=_SOON)

    _connected(_silent, use)


def test_an_answer_that_is_no_tls() -> None:
    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(ssl.create_default_context(), "127.0.0.1", timeout=5)
        assert stream.get_extra_info("is_readable")

    _connected(_no_tls, use)


def test_a_handshake_without_an_answer() -> None:
    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(ssl.create_default_context(), "127.0.0.1", timeout=_SOON)

    _connected(_silent, use)


def test_a_write_to_a_closed_connection() -> None:
    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        await stream.aclose()
        assert stream.get_extra_info("is_readable")
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"x", timeout=5)

    _connected(_silent, use)


def test_an_answer_that_nobody_asked_for_is_not_the_next_ones() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split()[1]
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + path)
                await asyncio.sleep(_SOON)
                writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")

    async def run() -> list[bytes]:
        async with (
            await asyncio.start_server(serve, "127.0.0.1", 0) as server,
            httpcore.AsyncConnectionPool(network_backend=Network()) as pool,
        ):
            port, bodies = server.sockets[0].getsockname()[1], list[bytes]()
            for path in ("/0", "/1", "/2"):
                answer = await pool.request("GET", f"http://127.0.0.1:{port}{path}")
                bodies.append(answer.content)
                await asyncio.sleep(3 * _SOON)
            return bodies

    assert asyncio.run(run()) == [b"/0", b"/1", b"/2"]


def test_nobody_listens() -> None:
    async def run() -> None:
        async with await asyncio.start_server(_end, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
        with pytest.raises(httpcore.ConnectError):
            await Network().connect_tcp("127.0.0.1", port, timeout=5)

    asyncio.run(run())
