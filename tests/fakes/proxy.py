"""An HTTP proxy on loopback that knows ``CONNECT`` alone, and remembers who went through it."""

import select
import socket
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

_CHUNK = 65_536
_TICK = 0.2


class ConnectProxy:
    """Tunnels TLS connections; runs from its creation to the end of the ``with`` block."""

    def __init__(self, *, refuse: bool = False) -> None:
        """Start to listen; with ``refuse`` every tunnel is answered with 407."""
        self.targets: list[str] = []
        """Host and port of every tunnel that was asked for."""
        self._refuse = refuse
        self._closing = Event()
        self._threads: list[Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._start(Thread(target=self._accept, daemon=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        with socket.create_connection(self._listener.getsockname()):
            self._threads[0].join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    @property
    def url(self) -> str:
        """What to set ``HTTPS_PROXY`` to."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _start(self, thread: Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._closing.is_set():
                client.close()
                return
            self._start(Thread(target=self._tunnel, args=(client,), daemon=True))

    def _tunnel(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(10)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(_CHUNK)
                if not piece:
                    return
                head += piece
            target = head.split(b" ", 2)[1].decode("latin-1")
            self.targets.append(target)
            if self._refuse or not head.startswith(b"CONNECT "):
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port)), timeout=10) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._relay(client, server)

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        while not self._closing.is_set():
            for ready in select.select([client, server], [], [], _TICK)[0]:
                piece = ready.recv(_CHUNK)
                if not piece:
                    return
                other[ready].sendall(piece)
