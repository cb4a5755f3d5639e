"""The token endpoint of Microsoft Entra: client credentials in all three forms, and discovery."""

import base64
import time
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import parse_qs
from uuid import uuid4

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tests.fakes.wire import Json, Reply, Request, json_reply

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_KNOWN_RESOURCES = frozenset(
    {
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://dod-graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
    }
)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One request for a token, without what is secret in it."""

    tenant: str
    client_id: str
    proof: str
    """``secret``, ``certificate``, ``federated``, ``managed-identity``, or ``none``."""
    scope: str
    claims: str
    """The ``claims`` parameter (JSON); empty when absent."""
    error: str
    """Such as ``AADSTS7000215``; empty when a token was issued."""


@dataclass(slots=True)
class _Issued:
    roles: frozenset[str]
    expires_at: int
    scopes: frozenset[str] | None = None
    """Delegated permissions; None for the token of an app alone."""


class Tokens:
    """Which access tokens are valid now, and for what."""

    def __init__(self) -> None:
        self._issued: dict[str, _Issued] = {}
        self._lock = Lock()

    def issue(self, claims: dict[str, Json], roles: frozenset[str], lifetime: int) -> str:
        """Make and remember a token that looks like a JWT; ``lifetime`` in seconds."""
        expires_at = int(time.time()) + lifetime
        return self._remember({**claims, "roles": [*sorted(roles)]}, _Issued(roles, expires_at))

    def issue_opaque(self, roles: frozenset[str], lifetime: int) -> str:
        """Make and remember a token whose content only Graph can read."""
        token = f"opaque-{uuid4().hex}"
        with self._lock:
            self._issued[token] = _Issued(roles, int(time.time()) + lifetime)
        return token

    def issue_delegated(
        self, claims: dict[str, Json], scopes: frozenset[str], lifetime: int
    ) -> str:
        """Make and remember a token of a person with delegated permissions."""
        expires_at = int(time.time()) + lifetime
        content: dict[str, Json] = {**claims, "scp": " ".join(sorted(scopes))}
        return self._remember(content, _Issued(frozenset(), expires_at, scopes))

    def _remember(self, claims: dict[str, Json], issued: _Issued) -> str:
        now = int(time.time())
        content: dict[str, Json] = {**claims, "iat": now, "nbf": now, "exp": issued.expires_at}
        token = jwt.encode(content, uuid4().hex, algorithm="HS256")
        with self._lock:
            self._issued[token] = issued
        return token

    def roles(self, token: str) -> frozenset[str] | None:
        """Return the application permissions of a valid token; None for any other."""
        issued = self._valid(token)
        return issued.roles if issued else None

    def scopes(self, token: str) -> frozenset[str] | None:
        """Return the delegated permissions of a person's valid token; None for any other."""
        issued = self._valid(token)
        return issued.scopes if issued else None

    def _valid(self, token: str) -> _Issued | None:
        with self._lock:
            issued = self._issued.get(token)
        return issued if issued and issued.expires_at > time.time() else None

    def all(self) -> tuple[str, ...]:
        """Return every token that was issued and not revoked."""
        with self._lock:
            return tuple(self._issued)

    def revoke_all(self) -> None:
        """Make every token that was issued so far invalid."""
        with self._lock:
            self._issued.clear()


@dataclass(slots=True)
class Registration:
    """The application that signs in, and the tenant it signs in to."""

    tenant_id: str
    client_id: str
    secret: str
    roles: frozenset[str]
    """Application permissions of the tokens issued from now on."""
    expires_in: int
    """Lifetime of the tokens issued from now on, seconds."""
    resources: set[str]
    """Origins that a token can be asked for, besides the Microsoft clouds."""
    tenant_names: set[str] = field(default_factory=set)
    """Domain names that are the tenant too."""
    certificates: list[x509.Certificate] = field(default_factory=list)
    federated_tokens: set[str] = field(default_factory=set)
    """Tokens of a foreign issuer that are accepted (workload identity)."""


class _RefusedError(Exception):
    """Entra says no: HTTP status, OAuth error, AADSTS number and a message of our own."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.number = status, error, number


class FakeEntra:
    """Answers discovery and token requests."""

    def __init__(self, registration: Registration, tokens: Tokens) -> None:
        self._registration = registration
        self._tokens = tokens
        self.requests: list[TokenRequest] = []

    def handle(self, request: Request) -> Reply:
        """Answer one request to the authority."""
        tenant, _, rest = request.path[1:].partition("/")
        try:
            match request.method, rest:
                case "GET", "v2.0/.well-known/openid-configuration":
                    return self._configuration(request.origin, tenant)
                case "POST", "oauth2/v2.0/token":
                    return self._token(request, tenant)
                case _:
                    return Reply(404)
        except _RefusedError as refusal:
            return _error(refusal)

    def managed_identity(self, request: Request, secret: str) -> Reply:
        """Answer as the token endpoint of App Service; ``secret`` is its IDENTITY_HEADER."""
        resource = request.option("resource")
        if request.headers.get("x-identity-header") != secret or not resource:
            return json_reply(400, {"statusCode": 400, "message": "Fake: bad request."})
        registration = self._registration
        self._note(registration.tenant_id, {"scope": resource}, "managed-identity", "")
        token = self._issue(resource.rstrip("/"))
        content: dict[str, Json] = {
            "access_token": token,
            "expires_on": str(int(time.time()) + registration.expires_in),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": registration.client_id,
        }
        return json_reply(200, content)

    def _configuration(self, origin: str, tenant: str) -> Reply:
        self._require_tenant(tenant)
        base = f"{origin}/{tenant}"
        content: dict[str, Json] = {
            "issuer": f"{origin}/{self._registration.tenant_id}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token", "token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": "graph.microsoft.com",
        }
        return json_reply(200, content)

    def _token(self, request: Request, tenant: str) -> Reply:
        form = {key: values[0] for key, values in parse_qs(request.body.decode()).items()}
        proof = "secret" if "client_secret" in form else "none"
        if "client_assertion" in form:
            is_federated = form["client_assertion"] in self._registration.federated_tokens
            proof = "federated" if is_federated else "certificate"
        try:
            self._require_tenant(tenant)
            resource = self._checked(form, proof, f"{request.origin}{request.path}")
        except _RefusedError as refusal:
            self._note(tenant, form, proof, f"AADSTS{refusal.number}")
            raise
        self._note(tenant, form, proof, "")
        lifetime = self._registration.expires_in
        content: dict[str, Json] = {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": self._issue(resource),
        }
        return json_reply(200, content)

    def _checked(self, form: dict[str, str], proof: str, endpoint: str) -> str:
        """Check a token request and return the resource that it is for."""
        if form.get("grant_type") != "client_credentials":
            raise _RefusedError(400, "unsupported_grant_type", 70003, "The grant is not supported.")
        if form.get("client_id") != self._registration.client_id:
            message = "The application was not found in the tenant."
            raise _RefusedError(400, "unauthorized_client", 700016, message)
        match proof:
            case "secret":
                if form["client_secret"] != self._registration.secret:
                    message = "The client secret is not valid."
                    raise _RefusedError(401, "invalid_client", 7000215, message)
            case "certificate":
                self._check_assertion(form, endpoint)
            case "none":
                message = "Neither a client secret nor an assertion was sent."
                raise _RefusedError(401, "invalid_client", 7000218, message)
            case _:
                pass  # A federated token has been compared already.
        return self._resource(form.get("scope", ""))

    def _resource(self, scope: str) -> str:
        resource = scope.removesuffix("/.default").rstrip("/")
        if resource == scope:
            raise _RefusedError(400, "invalid_scope", 1002012, "The scope must end in /.default.")
        if resource not in _KNOWN_RESOURCES | self._registration.resources:
            message = "The resource was not found in the tenant."
            raise _RefusedError(400, "invalid_resource", 500011, message)
        return resource

    def _check_assertion(self, form: dict[str, str], endpoint: str) -> None:
        """Verify a signed assertion against the registered certificates."""
        if form.get("client_assertion_type") != _ASSERTION_TYPE:
            raise _RefusedError(400, "invalid_request", 900144, "The assertion type is missing.")
        assertion, client_id = form["client_assertion"], form["client_id"]
        try:
            key = self._key(jwt.get_unverified_header(assertion))
            claims = jwt.decode(
                assertion,
                key,
                algorithms=["RS256", "PS256"],
                audience=endpoint,
                issuer=client_id,
                options={"require": ["aud", "exp", "iss", "sub", "jti"]},
            )
        except jwt.ExpiredSignatureError as error:
            message = "The client assertion is not within its valid time range."
            raise _RefusedError(401, "invalid_client", 700024, message) from error
        except jwt.PyJWTError as error:
            message = f"The client assertion failed its validation: {error}."
            raise _RefusedError(401, "invalid_client", 700027, message) from error
        if claims["sub"] != client_id:
            message = "The client assertion names another subject."
            raise _RefusedError(401, "invalid_client", 700027, message)

    def _key(self, header: dict[str, str]) -> RSAPublicKey:
        for certificate in self._registration.certificates:
            thumbprints = {
                "x5t": certificate.fingerprint(hashes.SHA1()),
                "x5t#S256": certificate.fingerprint(hashes.SHA256()),
            }
            named = {name for name in thumbprints if name in header}
            if named and all(_digest(header[name]) == thumbprints[name] for name in named):
                key = certificate.public_key()
                assert isinstance(key, RSAPublicKey)
                return key
        msg = "no registered certificate has this thumbprint"
        raise jwt.InvalidKeyError(msg)

    def _issue(self, resource: str) -> str:
        registration = self._registration
        claims: dict[str, Json] = {
            "aud": resource,
            "iss": f"https://sts.windows.net/{registration.tenant_id}/",
            "appid": registration.client_id,
            "idtyp": "app",
            "tid": registration.tenant_id,
            "uti": uuid4().hex,
            "ver": "1.0",
        }
        return self._tokens.issue(claims, registration.roles, registration.expires_in)

    def _require_tenant(self, tenant: str) -> None:
        known = {self._registration.tenant_id, *self._registration.tenant_names}
        if tenant.lower() not in {name.lower() for name in known}:
            message = f"Tenant '{tenant}' was not found."
            raise _RefusedError(400, "invalid_request", 90002, message)

    def _note(self, tenant: str, form: dict[str, str], proof: str, error: str) -> None:
        client_id, scope = form.get("client_id", ""), form.get("scope", "")
        claims = form.get("claims", "")
        self.requests.append(TokenRequest(tenant, client_id, proof, scope, claims, error))


def _digest(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _error(refusal: _RefusedError) -> Reply:
    trace, correlation = str(uuid4()), str(uuid4())
    timestamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    content: dict[str, Json] = {
        "error": refusal.error,
        "error_description": (
            f"AADSTS{refusal.number}: {refusal} Trace ID: {trace} "
            f"Correlation ID: {correlation} Timestamp: {timestamp}"
        ),
        "error_codes": [refusal.number],
        "timestamp": timestamp,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    return json_reply(refusal.status, content)
