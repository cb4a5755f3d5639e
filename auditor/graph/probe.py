"""Asks a host for one public document, without a token, and says how far the way to it leads."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum, unique
from typing import Protocol, cast

import httpx
from cryptography import x509

from auditor.graph.proxy import proxy_of
from auditor.graph.wire import ssl_context

_SECONDS = 10.0
_LARGEST = 65_536
_EXACT = timedelta(seconds=1)
"""A ``Date`` header has whole seconds."""


@unique
class Step(StrEnum):
    """What has to work before a host answers, in this order."""

    DNS = "DNS"
    TCP = "TCP"
    PROXY = "proxy"
    CERTIFICATE = "certificate"
    """It is not trusted."""
    TLS = "TLS"
    HTTP = "HTTP"


_STEPS: dict[type[BaseException], Step] = {
    httpx.ProxyError: Step.PROXY,
    ssl.SSLCertVerificationError: Step.CERTIFICATE,
    ssl.SSLError: Step.TLS,
    socket.gaierror: Step.DNS,
    httpx.InvalidURL: Step.DNS,
    UnicodeError: Step.DNS,
    httpx.ConnectTimeout: Step.TCP,
    httpx.ConnectError: Step.TCP,
}
"""Which error shows which step; the first that is among the causes decides."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The host answered; with which status does not matter for that."""

    status: int
    body: bytes
    """Its first 64 KiB."""
    ahead: timedelta | None
    """How far the host's clock is ahead of ours; None where it does not say its time."""


@dataclass(frozen=True, slots=True)
class NoReply:
    """The host could not be reached."""

    step: Step
    """The one that failed."""
    detail: str
    issuer: str = ""
    """Who issued the certificate that came, where that one is not trusted."""


def probe(url: str, ca_file: str, clock: Callable[[], datetime]) -> Reply | NoReply:
    """Send one GET, following nothing.

    Args:
        url: A public document.
        ca_file: A private CA's certificates; empty for the usual ones.
        clock: UTC.
    """
    proxy = proxy_of(url)
    asked = clock()
    try:
        with (
            _client(trust=ssl_context(ca_file), proxy=proxy) as client,
            client.stream("GET", url) as answer,
        ):
            ahead = _ahead(answer.headers.get("date", ""), asked, clock())
            return Reply(answer.status_code, _beginning(answer), ahead)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return _no_reply(error, url, proxy)


def _client(*, trust: ssl.SSLContext | bool, proxy: str) -> httpx.Client:
    transport = httpx.HTTPTransport(verify=trust, proxy=proxy or None, trust_env=False)
    return httpx.Client(transport=transport, timeout=_SECONDS, trust_env=False)


def _beginning(answer: httpx.Response) -> bytes:
    """Read until there is enough, or it takes too long; what is missing is no matter."""
    ends = time.monotonic() + _SECONDS
    body = b""
    with suppress(httpx.HTTPError):
        for piece in answer.iter_bytes():
            body += piece
            if len(body) >= _LARGEST or time.monotonic() > ends:
                break
    return body[:_LARGEST]


def _ahead(date: str, asked: datetime, answered: datetime) -> timedelta | None:
    """Compare the host's time with the time between question and answer."""
    try:
        there = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    there = there if there.tzinfo else there.replace(tzinfo=UTC)
    if there > answered + _EXACT:
        return there - answered
    if there < asked - _EXACT:
        return there - asked
    return timedelta(0)


def _no_reply(error: Exception, url: str, proxy: str) -> NoReply:
    causes = tuple(_causes(error))
    steps = (step for kind, step in _STEPS.items() if any(isinstance(one, kind) for one in causes))
    step = next(steps, Step.HTTP)
    issuer = _issuer(url, proxy) if step is Step.CERTIFICATE else ""
    return NoReply(step, _said(error, causes), issuer)


def _said(error: Exception, causes: Sequence[BaseException]) -> str:
    """Return what was said most plainly: by TLS, then by the operating system."""
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                return cause.verify_message
            case ssl.SSLError(reason=str(reason)):
                return reason.replace("_", " ").lower()
            case OSError(strerror=str(text)):
                return text
            case _:
                pass
    if isinstance(error, httpx.TimeoutException):
        return "nothing came in time"
    return " ".join(str(error).split()) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class _EnoughError(Exception):
    """The certificate has been seen."""


class _Stream(Protocol):
    """What httpcore gives a trace of a connection."""

    def get_extra_info(self, info: str) -> object: ...

    def close(self) -> None: ...


def _issuer(url: str, proxy: str) -> str:
    """Name who issued the certificate that a host shows; nothing is asked on that connection."""
    seen: list[bytes] = []

    def look(event: str, info: Mapping[str, object]) -> None:
        if event.endswith("start_tls.complete"):
            stream = cast("_Stream", info["return_value"])  # as httpcore documents it
            for name in ("ssl_object", "socket"):  # the first within a proxy's TLS
                secured = stream.get_extra_info(name)
                if isinstance(secured, ssl.SSLSocket | ssl.SSLObject):
                    seen.append(secured.getpeercert(binary_form=True) or b"")
            stream.close()
            raise _EnoughError

    # Not trusted on purpose: it is looked at, and the connection ends before a byte is sent.
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    with (
        suppress(_EnoughError, httpx.HTTPError, OSError, ValueError),
        _client(trust=trust, proxy=proxy) as client,
    ):
        client.get(url, extensions={"trace": look})
    try:
        return x509.load_der_x509_certificate(seen[-1]).issuer.rfc4514_string() if seen else ""
    except ValueError:
        return ""
