"""What came back from Graph, or why nothing did."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

LARGEST = 256 * 1024**2
"""Bytes of a page; no snapshot takes more."""


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


def answer_of(status: int, given: Mapping[str, str], body: bytes) -> Answer:
    """Make an answer; a redirect is not followed, as the token must not go elsewhere."""
    headers = {name.casefold(): value for name, value in given.items()}
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        host = urlsplit(headers.get("location", "")).hostname or "nowhere"
        text = f"Graph redirects to {host}, which is not followed"
        return Answer(0, headers, body, text, final=True)
    return Answer(status, headers, body)


def failed(error: Exception) -> Answer:
    """Say why nothing came."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Answer(0, {}, b"", "Graph did not finish its answer in time")
    text = " ".join(str(error).split()) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        hint = "Graph's certificate is not trusted; set SSL_CERT_FILE to your CA's certificate"
        return Answer(0, {}, b"", hint, final=True)
    return Answer(0, {}, b"", f"no answer from Graph: {text}")


def unpacked(headers: Mapping[str, str], body: bytes, largest: int = LARGEST) -> bytes:
    """Undo gzip, the one encoding that is asked for.

    Raises:
        httpx.DecodingError: It is damaged, too large, or another one.
    """
    encoding = headers.get("content-encoding", "").strip().casefold()
    if encoding in {"", "identity"}:
        return body
    if encoding != "gzip":
        raise httpx.DecodingError(f"it is encoded as {encoding}, which was not asked for")
    found, size = list[bytes](), 0
    while body:  # gzip may have several members
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        found.append(_member(member.decompress, body, largest + 1 - size))
        size += len(found[-1])
        if size > largest:
            raise httpx.DecodingError(f"it is larger than {largest:,} bytes")
        if not member.eof:
            raise httpx.DecodingError("its gzip is cut off")
        body = member.unused_data
    return b"".join(found)


def _member(decompress: Callable[[bytes, int], bytes], body: bytes, most: int) -> bytes:
    try:
        return decompress(body, most)
    except zlib.error as error:
        raise httpx.DecodingError(f"its gzip is damaged: {error}") from error
