"""What a run says about the tenant and how to reach it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum, unique
from urllib.parse import urlsplit

from auditor.errors import UsageError
from auditor.model.cloud import ENDPOINTS, Cloud

_HOST = re.compile(r"[a-z0-9._:-]+")


@unique
class Auth(StrEnum):
    """How to sign in."""

    AUTO = "auto"
    SECRET = "secret"  # noqa: S105 - the word of an option
    CERTIFICATE = "certificate"
    WORKLOAD_IDENTITY = "workload-identity"
    MANAGED_IDENTITY = "managed-identity"
    AZURE_CLI = "azure-cli"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Credentials, as the environment and the options give them. Never printed."""

    auth: Auth
    tenant: str
    client_id: str
    secret: str = field(default="", repr=False)
    certificate_path: str = ""
    certificate: str = field(default="", repr=False)
    """PEM text, or a PEM or PFX file in base64."""
    certificate_password: str = field(default="", repr=False)
    federated_token_file: str = ""
    managed_identity: bool = False
    """The environment has a managed identity's endpoint."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the tenant's cloud is and how patient to be."""

    cloud: Cloud
    graph_url: str
    """Origin, without a trailing slash."""
    authority_url: str
    own_authority: bool
    """Not the cloud's own: instance discovery is off."""
    ca_file: str
    """A private CA's certificates, a file or a folder; empty for the usual ones."""
    max_wait: float
    """Seconds that one request may spend waiting before it is tried again."""

    @property
    def scope(self) -> str:
        """The token's scope: the cloud's Graph, whatever address it is reached by."""
        return f"{ENDPOINTS[self.cloud].graph}/.default"


def make_connection(
    cloud: Cloud, *, graph_url: str, authority_url: str, ca_file: str, max_wait: float
) -> Connection:
    """Fill in the cloud's own hosts where no others are given.

    Raises:
        UsageError: An address is not https, or is more than host and port.
    """
    endpoints = ENDPOINTS[cloud]
    return Connection(
        cloud=cloud,
        graph_url=_origin(graph_url, "--graph-url") or endpoints.graph,
        authority_url=_origin(authority_url, "--authority-url") or endpoints.authority,
        own_authority=_is_foreign(_origin(authority_url, "--authority-url")),
        ca_file=ca_file,
        max_wait=max_wait,
    )


def _is_foreign(authority: str) -> bool:
    return bool(authority) and authority not in {one.authority for one in ENDPOINTS.values()}


def _origin(text: str, option: str) -> str:
    """Accept ``host``, ``host:port`` or either with ``https://`` before it."""
    if not text:
        return ""
    address = text if "://" in text else f"https://{text}"
    msg = f"{option} is {text!r}: give an https address of host and port alone, such as "
    msg += "https://graph.example.org:8443"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise UsageError(msg) from error
    name = parts.hostname or ""
    bare = parts.path in {"", "/"} and not parts.query and not parts.fragment
    if (
        parts.scheme != "https"
        or not _HOST.fullmatch(name)
        or parts.username is not None
        or not bare
    ):
        raise UsageError(msg)
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}" + (f":{port}" if port is not None else "")
