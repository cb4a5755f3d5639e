"""One request to Graph: raw bytes, patient, bounded, reads only.

What a run asks goes through the SDK's adapter. Pages of long listings are read beside it, on the
same guarded connections: for a thousand pages the SDK's middleware costs more than reading them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

import httpx
from azure.core.credentials import AccessToken
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

from auditor import __version__
from auditor.errors import AuditorError
from auditor.graph.answer import Answer, answer_of, failed, unpacked
from auditor.graph.governor import Governor
from auditor.graph.guard import ReadOnlyGuard
from auditor.graph.patience import Patience
from auditor.graph.settings import Connection
from auditor.graph.sign_in import RenewableCredential
from auditor.graph.wire import TIMEOUT, make_wire

API_VERSION = "v1.0"

RETRIED = frozenset({429, 500, 502, 503, 504})
_TOKEN_LEFT_SECONDS = 300
"""Before its end a token is renewed; azure-identity does it then too."""
Sleep = Callable[[float], Awaitable[None]]


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
        self._token: AccessToken | None = None
        self._wire = make_wire(connection, self.guard)
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

    async def wait(self, seconds: float, what: str, *, throttled: bool) -> None:
        """Wait before the next try, and say what for when it takes more than a second.

        Args:
            seconds: How long.
            what: For what.
            throttled: Graph asked for it, so that nothing else may be sent meanwhile.
        """
        if seconds > 1:
            self._progress(f"waiting {seconds:.0f} s: {what}")
        with self._governor.holding() if throttled else nullcontext():
            await self._sleep(seconds)

    async def get(self, url: str, *, advanced: bool = False) -> Answer:
        """Read an absolute address below this Graph's; refusals are answers too."""
        headers = {"ConsistencyLevel": "eventual"} if advanced else {}
        return await self._patiently(partial(self._once, Method.GET, url, b"", headers))

    async def page(self, url: str, left: asyncio.Event) -> Answer:
        """Read a page of a listing, past the SDK's middleware.

        Args:
            url: Absolute.
            left: Set as soon as the request is on its way, or something else has to come first.
        """
        if self._governor.holds:
            left.set()
        try:
            answer = await self._patiently(partial(self._directly, url, left))
        finally:
            left.set()
        if answer.status == HTTPStatus.UNAUTHORIZED:  # the SDK knows what to do with claims
            self._token = None
            return await self.get(url)
        return answer

    async def batch(self, body: bytes) -> Answer:
        """Send one JSON ``$batch`` of reads."""
        headers = {"Content-Type": "application/json"}
        url = f"{self.base_url}/$batch"
        return await self._patiently(partial(self._once, Method.POST, url, body, headers))

    async def _patiently(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        patience = self.patience()
        renewed = False
        while True:
            await self._governor.turn()
            token_number = self.token_number
            answer = await send()
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
            what = answer.failure or f"Graph answered {answer.status}"
            await self.wait(wait, what, throttled=throttled)

    def renew(self, token_number: int) -> None:
        """Renew the token of that number, once for all requests that it failed."""
        if token_number == self.token_number:
            self.token_number += 1
            self._token = None
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

        async def sent() -> Answer:
            found = await self._adapter.send_primitive_async(request, "bytes", {})
            response = cast("httpx.Response", found)  # as NativeResponseHandler asks for
            return answer_of(response.status_code, response.headers, response.content)

        return await self._bounded(sent)

    async def _directly(self, url: str, left: asyncio.Event) -> Answer:
        async def sent() -> Answer:
            headers = {
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "Authorization": f"Bearer {self._bearer()}",
                "User-Agent": f"entra-consent-auditor/{__version__}",
            }
            status, found, packed = await self._wire.get(url, headers, left)
            return answer_of(status, found, unpacked(found, packed))

        return await self._bounded(sent)

    async def _bounded(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Send one try, within its time; a failure is an answer too."""
        try:
            async with asyncio.timeout(self._request_seconds):
                return await send()
        except AuditorError:
            raise
        except (TimeoutError, httpx.HTTPError, OSError) as error:
            return failed(error)
        except (ValueError, httpx.InvalidURL) as error:
            text = f"Graph's answer cannot be followed: {error}"
            return Answer(0, {}, b"", text, final=True)

    def _bearer(self) -> str:
        """Return the token; asking azure-identity for it would cost as much as a request."""
        if self._token is None or self._token.expires_on < time.time() + _TOKEN_LEFT_SECONDS:
            self._token = self._credential.get_token(self._connection.scope, enable_cae=True)
        return self._token.token


def _wants_new_token(answer: Answer) -> bool:
    """Tell a plain 401; where it comes with claims, the SDK has already tried a new token."""
    challenge = answer.headers.get("www-authenticate", "")
    return answer.status == HTTPStatus.UNAUTHORIZED and "claims=" not in challenge


def _http_client(wire: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """Build the client with the SDK's middleware; its retries and redirects are switched off."""
    client = httpx.AsyncClient(transport=wire, timeout=TIMEOUT)
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
