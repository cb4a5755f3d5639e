"""What the fake servers saw, for tests to look at afterwards."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from tests.fakes.wire import Request

_SECRET_HEADERS = frozenset({"authorization", "x-identity-header"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, or one part of a batch, without its token."""

    server: str
    """``graph``, ``entra``, ``managed-identity`` or ``elsewhere``."""
    method: str
    path: str
    """Below the API version for Graph."""
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    """Names in lower case; the token is left out."""
    part: str
    """Its id within a batch; empty for a request of its own."""
    with_token: bool
    """A bearer token came with it."""

    def __str__(self) -> str:
        """Show method, path and query as in ``GET /users?$top=5``."""
        options = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.method} {self.path}{'?' if options else ''}{options}"


@dataclass(slots=True)
class Journal:
    """Everything that was seen, in the order of arrival."""

    seen: list[Seen] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """What Graph does not offer but was asked for, one line each."""
    crashes: list[str] = field(default_factory=list)
    """Tracebacks of the fake itself."""
    handshake_failures: int = 0
    """Clients that did not trust the server certificate, or spoke no TLS."""
    bytes_sent: int = 0
    """Heads and bodies before encryption, all servers."""
    max_concurrent: int = 0
    """The most Graph requests that were in progress at one time."""
    _running: int = 0
    _lock: Lock = field(default_factory=Lock)

    def note(self, request: Request) -> None:
        """Remember a request."""
        kept = {key: item for key, item in request.headers.items() if key not in _SECRET_HEADERS}
        path = request.resource if request.server == "graph" else request.path
        token = "authorization" in request.headers
        seen = Seen(
            request.server,
            request.method,
            path,
            request.query,
            kept,
            request.part,
            token,
        )
        with self._lock:
            self.seen.append(seen)

    def sent(self, count: int) -> None:
        """Count bytes that left a server."""
        with self._lock:
            self.bytes_sent += count

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count a request as in progress."""
        with self._lock:
            self._running += 1
            self.max_concurrent = max(self.max_concurrent, self._running)
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
