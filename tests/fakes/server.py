"""A small HTTP/1.1 server on a loopback port, with or without TLS, one thread per connection.

It writes its own bytes, because tests need answers that a proper HTTP server refuses to send.
"""

import gzip
import socket
import ssl
import struct
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedReader
from pathlib import Path
from threading import Event, Thread, current_thread

from tests.fakes.journal import Journal
from tests.fakes.wire import Reply, Request, Wire

_LINE_LIMIT = 65_536
_IDLE_TIMEOUT = 120.0
_DRIP_PAUSE = 0.05


class Server:
    """Listens on a free port of 127.0.0.1 until it is closed."""

    def __init__(
        self,
        name: str,
        handle: Callable[[Request], Reply],
        journal: Journal,
        *,
        certificate: Path | None,
    ) -> None:
        """Start to listen.

        Args:
            name: How its requests are called in the journal.
            handle: Makes the answer; called from many threads at a time.
            journal: Gets every request.
            certificate: PEM file with key and certificate; None for plain HTTP.
        """
        self.name = name
        self._handle = handle
        self._journal = journal
        self._context = _tls(certificate) if certificate else None
        self._closing = Event()
        self._connections: set[socket.socket] = set()
        self._threads: set[Thread] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = Thread(target=self._accept, name=f"fake {name}", daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        """Scheme, address and port, without a trailing slash."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def _scheme(self) -> str:
        return "https" if self._context else "http"

    def close(self) -> None:
        """Cut every connection and wait for the threads."""
        self._closing.set()
        with socket.create_connection(("127.0.0.1", self.port)):
            self._acceptor.join()
        self._listener.close()
        for connection in tuple(self._connections):
            _shut(connection)
        for thread in tuple(self._threads):
            thread.join(timeout=10)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                return
            wrapped = self._wrapped(connection)
            self._connections.add(wrapped)
            thread = Thread(target=self._work, args=(wrapped,), daemon=True)
            self._threads.add(thread)
            thread.start()

    def _work(self, connection: socket.socket) -> None:
        try:
            if self._greet(connection):
                self._serve(connection)
        except OSError:
            pass  # The client went away, or the test ended.
        except Exception:  # noqa: BLE001 - FakeCloud raises what is noted here
            self._journal.crashes.append(traceback.format_exc())
        finally:
            self._connections.discard(connection)
            connection.close()
            self._threads.discard(current_thread())

    def _wrapped(self, plain: socket.socket) -> socket.socket:
        plain.settimeout(_IDLE_TIMEOUT)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is None:
            return plain
        return self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)

    def _greet(self, connection: socket.socket) -> bool:
        """Do the TLS handshake if there is one; False when it fails."""
        try:
            if isinstance(connection, ssl.SSLSocket):
                connection.do_handshake()
        except OSError:
            self._journal.handshake_failures += 1
            return False
        return True

    def _serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader:
            while not self._closing.is_set():
                request = _read(reader, self.name, self._scheme)
                if request is None:
                    return
                self._journal.note(request)
                if not self._send(connection, request, self._handle(request)):
                    return

    def _send(self, connection: socket.socket, request: Request, reply: Reply) -> bool:
        """Send a reply; False when the connection is over."""
        match reply.wire:
            case Wire.RESET:
                _reset(connection)
                return False
            case Wire.DRIP:
                self._drip(connection)
                return False
            case _:
                pass
        reply = _compressed(request, reply)
        head, body = _head(reply), b"" if request.method == "HEAD" else reply.body
        if reply.wire is Wire.SHORT:
            connection.sendall(head + body[: len(body) // 2])
            # A reset may overtake bytes that the client has not read yet.
            self._closing.wait(_DRIP_PAUSE)
            _reset(connection)
            return False
        connection.sendall(head + body)
        self._journal.sent(len(head) + len(body))
        return request.headers.get("connection", "").lower() != "close"

    def _drip(self, connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        while not self._closing.wait(_DRIP_PAUSE):
            connection.sendall(b"1\r\n \r\n")


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _read(reader: BufferedReader, server: str, scheme: str) -> Request | None:
    """Read one request; None when the client has closed the connection."""
    line = reader.readline(_LINE_LIMIT)
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while entry := reader.readline(_LINE_LIMIT).strip():
        name, _, value = entry.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    origin = f"{scheme}://{headers.get('host', '')}"
    return Request(server, method, origin, target, headers, body)


def _compressed(request: Request, reply: Reply) -> Reply:
    if not reply.body or "gzip" not in request.headers.get("accept-encoding", ""):
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(reply, body=gzip.compress(reply.body, 1, mtime=0), headers=headers)


def _head(reply: Reply) -> bytes:
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    headers = {"Date": formatdate(usegmt=True), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(reply.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _shut(connection: socket.socket) -> None:
    """Wake the thread that reads from a connection."""
    # Not SSLSocket.shutdown: that forgets the TLS state under the reading thread.
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _reset(connection: socket.socket) -> None:
    """Make the coming close a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
