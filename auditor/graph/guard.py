"""The one place that every request passes before it can leave: reads only, to one host only."""

import re
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from auditor.errors import UnsafeRequestError

_HTTPS_PORT = 443
_INSIDE = re.compile(r"/[^/]")
_STEPS = re.compile(r"[/\\]")
"""Between the steps of a path, once a server has decoded it."""
_BETA = "/reports/servicePrincipalSignInActivities"
"""The one collection that is read from Graph's beta version: no other has it."""


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    """A read; a body would be an unknown member."""

    id: str
    method: Literal["GET"]
    url: str
    headers: dict[str, str] = {}


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    requests: list[_Part]


def origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an https address; None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port or _HTTPS_PORT
    except ValueError:
        return None
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname.casefold(), port


class ReadOnlyGuard:
    """Checks every request of one Graph host."""

    def __init__(self, base_url: str) -> None:
        """Take Graph's address with the API version, such as ``https://host/v1.0``."""
        self._base = base_url
        self._batch = f"{base_url}/$batch"
        self._beta = f"{base_url.rpartition('/')[0]}/beta{_BETA}"
        self._origin = origin(base_url)
        self._inside = f"{urlsplit(base_url).path}/"
        self._beta_path = urlsplit(self._beta).path

    def address(self, request: str) -> str:
        """Return the absolute address of a path and query below the API version."""
        path, mark, query = request.partition("?")
        return f"{self._beta}{mark}{query}" if path == _BETA else f"{self._base}{request}"

    def is_ours(self, url: str) -> bool:
        """Say whether an address is below ours: same scheme, host, port and API version."""
        here = origin(url)
        if here is None or here != self._origin:
            return False
        path = urlsplit(url).path
        if path == self._beta_path:
            return True
        return path.startswith(self._inside) and ".." not in _STEPS.split(unquote(path))

    def __call__(self, method: str, url: str, body: bytes) -> None:
        """Let a read pass; called for each request right before it is sent.

        Raises:
            UnsafeRequestError: It is a write, or goes elsewhere.
        """
        if not self.is_ours(url):
            host = urlsplit(url).hostname
            msg = f"a request to {host} was stopped: the token goes to Graph alone"
            raise UnsafeRequestError(msg)
        if method == "GET" and not body:
            return
        if method != "POST" or url.casefold() not in {
            self._batch.casefold(),
            self._batch.replace("$", "%24").casefold(),
        }:
            msg = f"a {method} request was stopped: this program only reads"
            raise UnsafeRequestError(msg)
        _check_batch(body)


def _check_batch(body: bytes) -> None:
    msg = "a batch with something else than reads was stopped: this program only reads"
    try:
        parts = msgspec.json.decode(body, type=_Batch).requests
    except msgspec.DecodeError as error:
        raise UnsafeRequestError(msg) from error
    if not all(_INSIDE.match(part.url) for part in parts):
        raise UnsafeRequestError(msg)
