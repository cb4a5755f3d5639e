"""Connections in clear and their handshakes, as httpcore uses them."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpcore
import pytest

from auditor.graph.network import Network
from tests.fakes.certificates import CertificateAuthority

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


async def _to_its_end(stream: httpcore.AsyncNetworkStream) -> None:
    while await stream.read(65_536, timeout=5):
        pass


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


def test_all_records_that_have_come_are_one_reading(tmp_path: Path) -> None:
    """Also those right before the other side closes, and never more than asked for."""
    authority = CertificateAuthority(tmp_path)
    given = bytes(range(256)) * 160  # three records of TLS
    trust = ssl.create_default_context(cafile=str(authority.file))

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(given)
        await writer.drain()
        writer.close()

    async def run() -> None:
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(authority.server_file)
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=own) as server:
            port = server.sockets[0].getsockname()[1]
            opened = await Network().connect_tcp("127.0.0.1", port, timeout=5)
            stream = await opened.start_tls(trust, "127.0.0.1", timeout=5)
            await asyncio.sleep(_SOON)
            readings = [await stream.read(size, timeout=5) for size in (1, 20_000, 65_536, 1)]
            assert list(map(len, readings)) == [1, 20_000, len(given) - 20_001, 0]
            assert b"".join(readings) == given
            await stream.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_spoiled_record_is_no_end(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """An answer without a length would be cut off there, and look whole."""
    authority = CertificateAuthority(tmp_path)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(authority.server_file)
    trust = ssl.create_default_context(cafile=str(authority.file))
    trust.maximum_version = version

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = own.wrap_bio(received, sent, server_side=True)
        shaken = False
        while not shaken:
            try:
                tls.do_handshake()
                shaken = True
            except ssl.SSLWantReadError:
                writer.write(sent.read())
                received.write(await reader.read(65_536))
        tls.write(b"HTTP/1.1 200 OK\r\n\r\n{}")
        writer.write(sent.read() + b"\x17\x03\x03\x00\x40" + bytes(64))
        await reader.read()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        inner = await stream.start_tls(trust, "127.0.0.1", timeout=5)
        await asyncio.sleep(_SOON)
        with pytest.raises(ssl.SSLError, match=r"(?i)mac"):
            await _to_its_end(inner)

    _connected(serve, use)


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
