"""The whole fake cloud: Entra, Graph, a managed identity endpoint and a foreign host.

with FakeCloud(sample, page_size=2) as cloud:
    run(cloud.environment())
    assert cloud.violations == []
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Protocol, Self, TypedDict, Unpack

from tests.fakes.certificates import CertificateAuthority, ClientCertificate
from tests.fakes.entra import FakeEntra, Registration, TokenRequest, Tokens
from tests.fakes.faults import Faults
from tests.fakes.graph import FakeGraph
from tests.fakes.journal import Journal, Seen
from tests.fakes.openapi import graph_api
from tests.fakes.server import Server
from tests.fakes.tenant import Tenant
from tests.fakes.wire import Json, Reply, Request, json_reply
from tests.fakes.writes import SCOPES

READ_PERMISSIONS = frozenset(
    {
        "Application.Read.All",
        "AuditLog.Read.All",
        "ConsentRequest.Read.All",
        "Directory.Read.All",
        "Domain.Read.All",
        "GroupSettings.Read.All",
        "IdentityRiskyServicePrincipal.Read.All",
        "Organization.Read.All",
        "Policy.Read.All",
        "Policy.Read.PermissionGrant",
        "RoleManagement.Read.Directory",
        "User.Read.All",
        "User.ReadBasic.All",
    }
)
"""Application permissions that open every path of the auditor."""

_ADMIN_CLIENT_ID = "14d82eec-204b-4c2f-b7e8-296a70dab67e"  # Microsoft Graph Command Line Tools
_TENANT_ID = "7e2a1c9b-0000-4000-8000-00000000fa4e"
_CLIENT_ID = "a0d170a0-0000-4000-8000-0000000000c1"


class CloudOptions(TypedDict, total=False):
    """What a test can choose when it starts a cloud."""

    page_size: int | None
    """The most items of a page; None is Graph's 100, or ``$top``."""
    latency: float
    """Seconds before each Graph answer."""
    roles: frozenset[str]
    """Application permissions of the tokens; every one that is needed when absent."""
    expires_in: int
    """Lifetime of a token, seconds; 3599 when absent."""
    tenant_id: str
    """Instead of the sample's."""
    client_id: str
    secret: str


class FakeCloud:
    """Runs from its creation to the end of the ``with`` block; each server has its own port."""

    def __init__(self, sample: Mapping[str, Json], **options: Unpack[CloudOptions]) -> None:
        self.tenant = Tenant.from_sample(sample, page_size=options.get("page_size"))
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(TemporaryDirectory()))
        """For files of this run; removed at the end."""
        self.authority = CertificateAuthority(self.folder)
        self.tokens = Tokens()
        self.faults = Faults()
        """Of Graph; patterns are paths such as ``/policies/authorizationPolicy``."""
        self.entra_faults = Faults()
        """Of Entra; patterns are paths such as ``/*/oauth2/v2.0/token``."""
        self.journal = Journal()
        self.identity_header = "header of the fake managed identity"
        self.registration = Registration(
            options.get("tenant_id") or _tenant_id(sample),
            options.get("client_id", _CLIENT_ID),
            options.get("secret", "secret of the fake application"),
            options.get("roles", READ_PERMISSIONS),
            options.get("expires_in", 3599),
            set(),
            _domain_names(self.tenant),
        )
        entra = FakeEntra(self.registration, self.tokens)
        self.token_requests: list[TokenRequest] = entra.requests
        """Every attempt to get a token, refused ones included."""
        self._serve(entra, options.get("latency", 0.0))
        # The SDK's own provider asks for a scope without the port.
        self.registration.resources |= {self.graph_url, "https://127.0.0.1"}

    def _serve(self, entra: FakeEntra, latency: float) -> None:
        graph = FakeGraph(self.tenant, self.tokens, graph_api(), self.faults, self.journal, latency)

        def sign_in(request: Request) -> Reply:
            return self.entra_faults.run(request, lambda: entra.handle(request))

        def identity(request: Request) -> Reply:
            return entra.managed_identity(request, self.identity_header)

        def elsewhere(_request: Request) -> Reply:
            return json_reply(200, {"value": []})

        self.answer_graph = graph.handle
        """Answers a request to Graph without a socket, for other servers."""
        pem = self.authority.server_file
        self._entra = self._start(Server("entra", sign_in, self.journal, certificate=pem))
        self._graph = self._start(
            Server("graph", graph.handle, self.journal, certificate=pem),
        )
        self._elsewhere = self._start(Server("elsewhere", elsewhere, self.journal, certificate=pem))
        self._identity = self._start(
            Server("managed-identity", identity, self.journal, certificate=None),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything.

        Raises:
            RuntimeError: The fake itself crashed, and nothing else went wrong.
        """
        self.close()
        if self.journal.crashes and error is None:
            msg = "the fake cloud crashed:\n" + "\n".join(self.journal.crashes)
            raise RuntimeError(msg)

    def close(self) -> None:
        """Cut every connection, stop every server, remove the folder."""
        self._stack.close()

    def _start(self, server: Server) -> Server:
        self._stack.callback(server.close)
        return server

    @property
    def graph_url(self) -> str:
        """Origin of Graph, such as ``https://127.0.0.1:40001``."""
        return self._graph.url

    @property
    def authority_url(self) -> str:
        """Origin of Entra."""
        return self._entra.url

    @property
    def elsewhere_url(self) -> str:
        """A host that must never get a token; TLS, same authority, another name and port."""
        return f"https://localhost:{self._elsewhere.port}"

    @property
    def ca_file(self) -> Path:
        """What a client has to trust, PEM."""
        return self.authority.file

    @property
    def tenant_id(self) -> str:
        """The tenant to sign in to."""
        return self.registration.tenant_id

    @property
    def client_id(self) -> str:
        """The application that signs in."""
        return self.registration.client_id

    @property
    def secret(self) -> str:
        """Its client secret."""
        return self.registration.secret

    @cached_property
    def certificate(self) -> ClientCertificate:
        """A certificate of the application, made and registered on first use."""
        made = self.authority.client()
        self.registration.certificates.append(made.certificate)
        return made

    @cached_property
    def federated_token_file(self) -> Path:
        """A file with a token that Entra accepts instead of a secret (workload identity)."""
        token = "token of a foreign issuer"
        self.registration.federated_tokens.add(token)
        file = self.folder / "federated-token"
        file.write_text(token)
        return file

    def admin_token(self, *scopes: str) -> str:
        """Issue the token of an administrator who uses a script.

        Args:
            scopes: Delegated permissions, such as ``Policy.ReadWrite.Authorization``; every one
                that a write needs when none is given.
        """
        claims: dict[str, Json] = {
            "aud": self.graph_url,
            "appid": _ADMIN_CLIENT_ID,
            "idtyp": "user",
            "tid": self.tenant_id,
        }
        return self.tokens.issue_delegated(claims, frozenset(scopes) or SCOPES, 3599)

    def environment(self, auth: str = "secret") -> dict[str, str]:
        """Return the environment variables that point the auditor at this cloud.

        Args:
            auth: ``secret``, ``certificate``, ``workload-identity``, ``managed-identity`` or
                ``none``.
        """
        common = {
            "AZURE_TENANT_ID": self.tenant_id,
            "AZURE_CLIENT_ID": self.client_id,
            "AZURE_AUTHORITY_HOST": self.authority_url,
            "CONSENT_AUDITOR_GRAPH_URL": self.graph_url,
            "SSL_CERT_FILE": str(self.ca_file),
        }
        match auth:
            case "secret":
                return common | {"AZURE_CLIENT_SECRET": self.secret}
            case "certificate":
                return common | {"AZURE_CLIENT_CERTIFICATE_PATH": str(self.certificate.pem)}
            case "workload-identity":
                return common | {"AZURE_FEDERATED_TOKEN_FILE": str(self.federated_token_file)}
            case "managed-identity":
                return common | self._identity_environment()
            case _:
                return common

    def _identity_environment(self) -> dict[str, str]:
        return {
            "IDENTITY_ENDPOINT": f"{self._identity.url}/msi/token",
            "IDENTITY_HEADER": self.identity_header,
        }

    @property
    def requests(self) -> list[Seen]:
        """Every HTTP request to Graph, a batch as one."""
        return [seen for seen in self.journal.seen if seen.server == "graph" and not seen.part]

    @property
    def parts(self) -> list[Seen]:
        """Every part of every batch."""
        return [seen for seen in self.journal.seen if seen.part]

    @property
    def reads(self) -> list[Seen]:
        """Every read of Graph, whether it came alone or in a batch."""
        graph = [seen for seen in self.journal.seen if seen.server == "graph"]
        return [seen for seen in graph if seen.path != "/$batch"]

    @property
    def elsewhere(self) -> list[Seen]:
        """Every request that went to the foreign host."""
        return [seen for seen in self.journal.seen if seen.server == "elsewhere"]

    @property
    def violations(self) -> list[str]:
        """What Graph does not offer but was asked for, one line each."""
        return self.journal.violations

    @property
    def max_concurrent(self) -> int:
        """The most Graph requests that were in progress at one time."""
        return self.journal.max_concurrent

    @property
    def counts(self) -> Counter[str]:
        """Numbers of ``requests``, ``batches``, ``parts`` and issued ``tokens``."""
        batches = sum(seen.path == "/$batch" for seen in self.requests)
        tokens = sum(not attempt.error for attempt in self.token_requests)
        return Counter(
            requests=len(self.requests),
            batches=batches,
            parts=len(self.parts),
            tokens=tokens,
        )


class StartCloud(Protocol):
    """What the fixture ``start_cloud`` is: the cloud runs until the test is over."""

    def __call__(
        self,
        sample: Mapping[str, Json] | None = None,
        **options: Unpack[CloudOptions],
    ) -> FakeCloud:
        """Start a cloud with the tenant of ``sample``; an empty tenant without one."""


def _tenant_id(sample: Mapping[str, Json]) -> str:
    tenant = sample.get("tenant")
    if isinstance(tenant, dict):
        tenant = tenant.get("id")
    return tenant if isinstance(tenant, str) and tenant else _TENANT_ID


def _domain_names(tenant: Tenant) -> set[str]:
    """Collect the verified domains of ``/organization``: each of them names the tenant too."""
    if "/organization" not in tenant.paths:
        return set()
    body = tenant.body("/organization")
    value = body.get("value") if isinstance(body, dict) else None
    organizations = (
        [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    )
    names: set[str] = set()
    for organization in organizations:
        domains = organization.get("verifiedDomains")
        for domain in domains if isinstance(domains, list) else []:
            if isinstance(domain, dict):
                names.add(str(domain.get("name")))
    return names
