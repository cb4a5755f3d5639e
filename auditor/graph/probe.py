"""Asks a host for one public document, without a token, and says how far the way to it leads."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum, unique
from typing import Protocol, cast

import httpx
from cryptography import x509

from auditor.graph.client import ssl_context
from auditor.graph.proxy import proxy_of

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
    TLS = "TLS"
    HTTP = "HTTP"


_STEPS: dict[type[BaseException], Step] = {
    httpx.ProxyError: Step.PROXY,
    ssl.SSLError: Step.TLS,
    socket.gaierror: Step.DNS,
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
    except (httpx.HTTPError, OSError) as error:
        return _no_reply(error, url, proxy)


def _client(*, trust: ssl.SSLContext | bool, proxy: str) -> httpx.Client:
    transport = httpx.HTTPTransport(verify=trust, proxy=proxy or None)
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
    text = " ".join(str(error).split()) or type(error).__name__
    step, cause = _failed_step(error)
    match cause:
        case ssl.SSLCertVerificationError():
            return NoReply(step, cause.verify_message, _issuer(url, proxy))
        case ssl.SSLError():
            return NoReply(step, cause.reason or text)
        case httpx.TimeoutException():
            return NoReply(step, "nothing came in time")
        case _:
            return NoReply(step, text)


def _failed_step(error: Exception) -> tuple[Step, BaseException]:
    """Return the step that failed, and the error that says so."""
    for kind, step in _STEPS.items():
        for cause in _causes(error):
            if isinstance(cause, kind):
                return step, cause
    return Step.HTTP, error


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
            socket_ = stream.get_extra_info("ssl_object")
            if isinstance(socket_, ssl.SSLSocket | ssl.SSLObject):
                seen.append(socket_.getpeercert(binary_form=True) or b"")
            stream.close()
            raise _EnoughError

    # Not trusted on purpose: it is looked at, and the connection ends before a byte is sent.
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    with (
        suppress(_EnoughError, httpx.HTTPError, OSError, ValueError),
        _client(trust=trust, proxy=proxy) as one,
    ):
        one.get(url, extensions={"trace": look})
    try:
        return x509.load_der_x509_certificate(seen[-1]).issuer.rfc4514_string() if seen else ""
    except ValueError:
        return ""
