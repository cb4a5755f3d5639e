"""One request to Graph through the SDK's adapter: raw bytes, patient, bounded, reads only."""

import asyncio
import random
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpcore
import httpx
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.middleware.options import (
    RedirectHandlerOption,
    ResponseHandlerOption,
    RetryHandlerOption,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory

from auditor.errors import AuditorError, UsageError
from auditor.graph.governor import Governor
from auditor.graph.guard import ReadOnlyGuard
from auditor.graph.proxy import proxy_of, proxy_variable
from auditor.graph.settings import Connection
from auditor.graph.sign_in import RenewableCredential

API_VERSION = "v1.0"

RETRIED = frozenset({429, 500, 502, 503, 504})
_TRIES = 6
_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 30.0
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, or why nothing did."""

    status: int
    """HTTP status; 0 when nothing usable came."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    failure: str = ""
    final: bool = False
    """Trying again would not help."""


class Patience:
    """How long to wait before the next try, within a limit for each request."""

    def __init__(
        self,
        max_wait: float,
        *,
        clock: Callable[[], datetime],
        spread: Callable[[], float] = random.random,
    ) -> None:
        """Take the limit in seconds, a UTC clock and a source of numbers from 0 to 1."""
        self._refused = 0.0
        self._left = max_wait
        self._tries = 1
        self._clock = clock
        self._spread = spread

    def next_wait(self, headers: Mapping[str, str]) -> float | None:
        """Return the seconds to wait, or None when it is time to give up.

        Args:
            headers: Of the refusal; ``Retry-After`` (seconds or a date) is honoured in full.
        """
        asked = wait = self._asked(headers.get("retry-after", ""))
        if wait is None:
            longest = min(_FIRST_BACKOFF_SECONDS * 2**self._tries, _LONGEST_BACKOFF_SECONDS)
            wait = longest * (0.5 + self._spread() / 2)
        if wait > self._left:
            self._refused = asked or 0.0
            return None
        if self._tries >= _TRIES:
            return None
        self._tries += 1
        self._left -= wait
        return wait

    def given_up(self, answer: Answer) -> Answer:
        """Return the last answer, saying so where more patience would have helped."""
        if not self._refused:
            return answer
        seconds = f"{self._refused:.0f} s, more than --max-wait leaves"
        return replace(answer, failure=f"HTTP {answer.status}: Graph asks to wait {seconds}")

    def _asked(self, value: str) -> float | None:
        if _SECONDS.fullmatch(value.strip()):
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((moment - self._clock()).total_seconds(), 0.0)


class GraphClient:
    """Sends reads to one Graph host with one credential."""

    def __init__(
        self,
        connection: Connection,
        credential: RenewableCredential,
        *,
        progress: Callable[[str], None],
        clock: Callable[[], datetime],
        sleep: Sleep = asyncio.sleep,
        request_seconds: float = 60.0,
    ) -> None:
        """Build the SDK's adapter; nothing is sent yet.

        Args:
            connection: Where Graph is.
            credential: Gives and renews the token; closed with this client.
            progress: Told when there is something to wait for.
            clock: UTC.
            sleep: Waits some seconds.
            request_seconds: How long one try may take, its answer included.

        Raises:
            UsageError: The CA file or the proxy cannot be used.
        """
        self.base_url = f"{connection.graph_url}/{API_VERSION}"
        self.guard = ReadOnlyGuard(self.base_url)
        self._connection = connection
        self._credential = credential
        self._progress = progress
        self._sleep = sleep
        self._governor = Governor(sleep)
        self._request_seconds = request_seconds
        self.token_number = 0
        """How often the token was renewed."""
        self.clock = clock
        self._wire = _wire(connection, self.guard)
        self._http = _http_client(self._wire)
        self._adapter = _adapter(self._http, credential, connection, self.base_url)

    async def close(self) -> None:
        """Close the connections; the SDK's middleware does not close what it wraps."""
        await self._http.aclose()
        await self._wire.aclose()
        self._credential.close()

    def patience(self) -> Patience:
        """Start waiting for one request."""
        return Patience(self._connection.max_wait, clock=self.clock)

    async def wait(self, seconds: float, what: str) -> None:
        """Wait before the next try, and say what for when it takes more than a second."""
        if seconds > 1:
            self._progress(f"waiting {seconds:.0f} s: {what}")
        await self._sleep(seconds)

    async def get(self, url: str, *, advanced: bool = False) -> Answer:
        """Read an absolute address below this Graph's; refusals are answers too."""
        headers = {"ConsistencyLevel": "eventual"} if advanced else {}
        return await self._patiently(Method.GET, url, b"", headers)

    async def batch(self, body: bytes) -> Answer:
        """Send one JSON ``$batch`` of reads."""
        headers = {"Content-Type": "application/json"}
        return await self._patiently(Method.POST, f"{self.base_url}/$batch", body, headers)

    async def _patiently(
        self, method: Method, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        patience = self.patience()
        renewed = False
        while True:
            await self._governor.turn()
            token_number = self.token_number
            answer = await self._once(method, url, body, headers)
            self._governor.told(answer.headers)
            if _wants_new_token(answer) and not renewed:
                renewed = True
                self.renew(token_number)
                continue
            if answer.final or (answer.status and answer.status not in RETRIED):
                return answer
            wait = patience.next_wait(answer.headers)
            if wait is None:
                return patience.given_up(answer)
            throttled = answer.status == HTTPStatus.TOO_MANY_REQUESTS
            with self._governor.holding() if throttled else nullcontext():
                await self.wait(wait, answer.failure or f"Graph answered {answer.status}")

    def renew(self, token_number: int) -> None:
        """Renew the token of that number, once for all requests that it failed."""
        if token_number == self.token_number:
            self.token_number += 1
            self._credential.renew()

    async def _once(
        self, method: Method, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        request = RequestInformation()
        request.http_method = method
        request.url = url
        request.headers.try_add("Accept", "application/json")
        for name, value in headers.items():
            request.headers.try_add(name, value)
        if body:
            request.content = body
        request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        try:
            async with asyncio.timeout(self._request_seconds):
                found = await self._adapter.send_primitive_async(request, "bytes", {})
            return _answer(cast("httpx.Response", found))  # as NativeResponseHandler asks for
        except AuditorError:
            raise
        except (TimeoutError, httpx.HTTPError, OSError) as error:
            return _failed(error)
        except (ValueError, httpx.InvalidURL) as error:
            text = f"Graph's answer cannot be followed: {error}"
            return Answer(0, {}, b"", text, final=True)


def _answer(found: httpx.Response) -> Answer:
    headers = {name.casefold(): value for name, value in found.headers.items()}
    if found.is_redirect:
        host = urlsplit(headers.get("location", "")).hostname or "nowhere"
        text = f"Graph redirects to {host}, which is not followed"
        return Answer(0, headers, found.content, text, final=True)
    return Answer(found.status_code, headers, found.content)


def _wants_new_token(answer: Answer) -> bool:
    """Tell a plain 401; where it comes with claims, the SDK has already tried a new token."""
    challenge = answer.headers.get("www-authenticate", "")
    return answer.status == HTTPStatus.UNAUTHORIZED and "claims=" not in challenge


def _failed(error: Exception) -> Answer:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Answer(0, {}, b"", "Graph did not finish its answer in time")
    text = " ".join(str(error).split()) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        hint = "Graph's certificate is not trusted; set SSL_CERT_FILE to your CA's certificate"
        return Answer(0, {}, b"", hint, final=True)
    return Answer(0, {}, b"", f"no answer from Graph: {text}")


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


class _Handshake:
    """Closes the socket of a TLS handshake that is given up, which httpcore 1.0 leaves open."""

    _socket: httpcore.AsyncNetworkStream | None = None

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        found = info.get("return_value")
        if isinstance(found, httpcore.AsyncNetworkStream):
            self._socket = found
        elif event == "connection.start_tls.failed" and self._socket:
            await self._socket.aclose()


class _GuardedWire(httpx.AsyncHTTPTransport):
    """Lets the guard see every request last, when no middleware can change it any more."""

    guard: ReadOnlyGuard

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a read.

        Raises:
            UnsafeRequestError: It is something else.
        """
        await self.guard(request)
        request.extensions["trace"] = _Handshake()
        return await super().handle_async_request(request)


def _wire(connection: Connection, guard: ReadOnlyGuard) -> _GuardedWire:
    """Connect to the one Graph host, through the environment's proxy where one is set."""
    try:
        wire = _GuardedWire(
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


def _http_client(wire: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """Build the client with the SDK's middleware; its retries and redirects are switched off."""
    client = httpx.AsyncClient(transport=wire, timeout=httpx.Timeout(30.0, connect=10.0))
    options = {
        RetryHandlerOption.get_key(): RetryHandlerOption(should_retry=False),
        RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
    }
    GraphClientFactory.create_with_default_middleware(client=client, options=options)
    return client


def _adapter(
    client: httpx.AsyncClient,
    credential: RenewableCredential,
    connection: Connection,
    base_url: str,
) -> GraphRequestAdapter:
    host = urlsplit(connection.graph_url).hostname or ""
    provider = AzureIdentityAuthenticationProvider(
        credential, scopes=[connection.scope], allowed_hosts=[host]
    )
    adapter = GraphRequestAdapter(provider, client=client)
    adapter.base_url = base_url
    return adapter
