"""What came back from Graph, or why nothing did."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx


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


def answer_of(found: httpx.Response, body: bytes) -> Answer:
    """Make an answer; a redirect is not followed, as the token must not go elsewhere."""
    headers = {name.casefold(): value for name, value in found.headers.items()}
    if found.is_redirect:
        host = urlsplit(headers.get("location", "")).hostname or "nowhere"
        text = f"Graph redirects to {host}, which is not followed"
        return Answer(0, headers, body, text, final=True)
    return Answer(found.status_code, headers, body)


def failed(error: Exception) -> Answer:
    """Say why nothing came."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Answer(0, {}, b"", "Graph did not finish its answer in time")
    text = " ".join(str(error).split()) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        hint = "Graph's certificate is not trusted; set SSL_CERT_FILE to your CA's certificate"
        return Answer(0, {}, b"", hint, final=True)
    return Answer(0, {}, b"", f"no answer from Graph: {text}")
