"""App-only sign-in with azure-identity. Nothing else knows about tokens."""

import base64
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypedDict

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport

from auditor.errors import SignInError, UsageError
from auditor.graph.settings import Auth, Connection, SignIn

_CONNECT_SECONDS = 10
_READ_SECONDS = 30
"""The library's own limits are five minutes, for each of several tries."""
_TAIL = re.compile(r"Trace ID|Authority would typically")
_HINTS = {
    "authority configuration": "there is no such tenant in this cloud, or somebody else than Entra "
    "answers; check --tenant, --cloud and HTTPS_PROXY",
    "AADSTS7000215": "the secret is wrong; give its value, not its id",
    "AADSTS7000222": "the secret has expired; make a new one",
    "AADSTS700016": "this tenant has no such app; check --client-id and --tenant",
    "AADSTS90002": "there is no such tenant in this cloud; check --tenant and --cloud",
    "AADSTS900023": "the tenant is neither an id nor a domain name; check --tenant",
    "AADSTS700024": "the signed assertion is outside its time; check this machine's clock and the "
    "age of a federated token",
    "AADSTS700027": "the certificate is not registered for this app, or has expired",
    "AADSTS7000112": "the app is disabled in this tenant",
    "AADSTS700213": "the federated token matches no federated credential of this app",
    "AADSTS90038": "the tenant is in another cloud; check --cloud",
    "CERTIFICATE_VERIFY_FAILED": "the server's certificate is not trusted; set SSL_CERT_FILE to "
    "your CA's certificate",
    "(char ": "the answer is no JSON; check the network and HTTPS_PROXY",
}
_NOT_ENTRA = "the answer is not what Entra documents; check the network and HTTPS_PROXY"
_TOKEN = re.compile(r"[!-~]+")
"""What a header can carry; an HTTP library would quote anything else in its error."""
_KNOWN = re.compile(rf"AADSTS\d+|{'|'.join(map(re.escape, _HINTS))}")


class _Inner(Protocol):
    """What every azure-identity credential offers."""

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
    ) -> AccessToken: ...

    def close(self) -> None: ...


class _CliCredential(Protocol):
    """What the Azure CLI's credential offers."""

    def get_token(self, *scopes: str, tenant_id: str | None = None) -> AccessToken: ...

    def close(self) -> None: ...


class _PatientTransport(RequestsTransport):  # type: ignore[misc] # azure-core hides its type
    """Waits before another try as long as it is asked to, but not longer than it may."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(
            connection_verify=connection.ca_file or True,
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
        )
        self._longest = connection.max_wait

    def sleep(self, duration: float) -> None:
        if duration > self._longest:
            msg = f"it asks to wait {duration:.0f} s, which is more than --max-wait allows"
            raise SignInError(msg)
        super().sleep(duration)


class RenewableCredential:
    """An azure-identity credential whose cached token can be thrown away."""

    def __init__(self, make: Callable[[], _Inner], words: str) -> None:
        """Take a function that makes the credential anew, and what to call it."""
        self._make = make
        self._inner = make()
        self.words = words

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: object,
    ) -> AccessToken:
        """Return a token, from the credential's cache while it lasts.

        Raises:
            SignInError: Entra or the machine gives none.
        """
        try:
            found = self._inner.get_token(
                *scopes, claims=claims, tenant_id=tenant_id, enable_cae=enable_cae
            )
        except (AzureError, OSError, ValueError) as error:
            raise SignInError(_message(self.words, _said(error))) from error
        token: object = found.token
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise SignInError(_message(self.words, _NOT_ENTRA))
        return found

    def renew(self) -> None:
        """Forget the token: the next one comes from Entra."""
        self._inner.close()
        self._inner = self._make()

    def close(self) -> None:
        """Close the connections to Entra."""
        self._inner.close()


def _said(error: Exception) -> str:
    """Return what Entra or the network said, and not how an odd answer broke azure-identity."""
    if isinstance(error.__cause__, AttributeError | LookupError | TypeError):
        return _NOT_ENTRA
    return str(error)


def _message(words: str, text: str) -> str:
    """Say in one line what failed and what to do; a token or secret never stands in these."""
    first = " ".join(_TAIL.split(text)[0].removeprefix("Authentication failed: ").split())
    todo = advice(first)
    return f"sign-in with {words} failed: {_shortened(first)}" + (f" - {todo}" if todo else "")


def advice(text: str) -> str:
    """Say what to do about what Entra or the network says; empty where we do not know."""
    found = _KNOWN.search(text)
    return _HINTS.get(found.group(), "") if found else ""


def _shortened(text: str, longest: int = 300) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def pick(sign_in: SignIn) -> Auth:
    """Choose the way to sign in by what is set; a way that is asked for is taken as it is.

    Raises:
        UsageError: ``auto`` finds nothing to sign in with.
    """
    if sign_in.auth is not Auth.AUTO:
        return sign_in.auth
    if sign_in.secret:
        return Auth.SECRET
    if sign_in.certificate_path or sign_in.certificate:
        return Auth.CERTIFICATE
    if sign_in.federated_token_file:
        return Auth.WORKLOAD_IDENTITY
    if sign_in.managed_identity:
        return Auth.MANAGED_IDENTITY
    if shutil.which("az"):
        return Auth.AZURE_CLI
    msg = (
        "there is nothing to sign in with: set AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH "
        "or AZURE_FEDERATED_TOKEN_FILE, or choose with --auth"
    )
    raise UsageError(msg)


def make_credential(sign_in: SignIn, connection: Connection) -> RenewableCredential:
    """Make the credential; no request is sent yet.

    Raises:
        UsageError: Something that the chosen way needs is not given, or a file cannot be read.
    """
    auth = pick(sign_in)
    makers = {
        Auth.SECRET: _secret,
        Auth.CERTIFICATE: _certificate,
        Auth.WORKLOAD_IDENTITY: _workload_identity,
        Auth.MANAGED_IDENTITY: _managed_identity,
        Auth.AZURE_CLI: _azure_cli,
    }
    return makers[auth](sign_in, connection)


class _Common(TypedDict):
    """What the credentials that talk to Entra have in common."""

    authority: str
    disable_instance_discovery: bool
    transport: RequestsTransport
    retry_total: int


def _common(connection: Connection) -> _Common:
    return {
        "authority": connection.authority_url,
        "disable_instance_discovery": connection.own_authority,
        "transport": _PatientTransport(connection),
        "retry_total": 2,
    }


def _need(sign_in: SignIn, words: str, *names: tuple[str, str]) -> None:
    absent = [option for attribute, option in names if not getattr(sign_in, attribute)]
    if absent:
        msg = f"sign-in with {words} needs {' and '.join(absent)}"
        raise UsageError(msg)


_TENANT = ("tenant", "--tenant (AZURE_TENANT_ID)")
_CLIENT = ("client_id", "--client-id (AZURE_CLIENT_ID)")


def _secret(sign_in: SignIn, connection: Connection) -> RenewableCredential:
    from azure.identity import ClientSecretCredential

    words = "a client secret"
    _need(sign_in, words, _TENANT, _CLIENT, ("secret", "AZURE_CLIENT_SECRET"))

    def make() -> _Inner:
        return ClientSecretCredential(
            sign_in.tenant,
            sign_in.client_id,
            sign_in.secret,
            **_common(connection),
        )

    return _made(make, words)


def _certificate(sign_in: SignIn, connection: Connection) -> RenewableCredential:
    from azure.identity import CertificateCredential

    words = "a certificate"
    _need(sign_in, words, _TENANT, _CLIENT)
    data = certificate_data(sign_in)

    def make() -> _Inner:
        return CertificateCredential(
            sign_in.tenant,
            sign_in.client_id,
            certificate_data=data,
            password=sign_in.certificate_password or None,
            **_common(connection),
        )

    hint = " - check the file, its key and AZURE_CLIENT_CERTIFICATE_PASSWORD"
    return _made(make, words, hint)


def _workload_identity(sign_in: SignIn, connection: Connection) -> RenewableCredential:
    from azure.identity import WorkloadIdentityCredential

    words = "workload identity federation"
    file = ("federated_token_file", "AZURE_FEDERATED_TOKEN_FILE")
    _need(sign_in, words, _TENANT, _CLIENT, file)

    def make() -> _Inner:
        return WorkloadIdentityCredential(
            tenant_id=sign_in.tenant,
            client_id=sign_in.client_id,
            token_file_path=sign_in.federated_token_file,
            **_common(connection),
        )

    return _made(make, words)


def _managed_identity(sign_in: SignIn, connection: Connection) -> RenewableCredential:
    from azure.identity import ManagedIdentityCredential

    def make() -> _Inner:
        return ManagedIdentityCredential(
            client_id=sign_in.client_id or None, transport=_PatientTransport(connection)
        )

    return _made(make, "the managed identity")


def _azure_cli(sign_in: SignIn, _: Connection) -> RenewableCredential:
    from azure.identity import AzureCliCredential

    class WithoutContinuousAccess:
        """The Azure CLI knows neither claims nor continuous access evaluation."""

        def __init__(self) -> None:
            self._cli: _CliCredential = AzureCliCredential(tenant_id=sign_in.tenant)

        def get_token(
            self,
            *scopes: str,
            claims: str | None = None,
            tenant_id: str | None = None,
            enable_cae: bool = False,
        ) -> AccessToken:
            _ = claims, enable_cae
            return self._cli.get_token(*scopes, tenant_id=tenant_id)

        def close(self) -> None:
            self._cli.close()

    return _made(WithoutContinuousAccess, "the Azure CLI")


def _made(make: Callable[[], _Inner], words: str, hint: str = "") -> RenewableCredential:
    try:
        return RenewableCredential(make, words)
    except (ValueError, TypeError) as error:  # TypeError: the password is absent
        text = _shortened(" ".join(str(error).split()))
        msg = f"sign-in with {words} is not possible: {text}{hint}"
        raise UsageError(msg) from error


def certificate_data(sign_in: SignIn) -> bytes:
    """Return a PEM or PFX file's bytes, from the path or from the variable's content.

    Raises:
        UsageError: Neither is given, the file cannot be read, or the content is neither.
    """
    if sign_in.certificate_path:
        try:
            return Path(sign_in.certificate_path).read_bytes()
        except OSError as error:
            msg = f"the certificate {sign_in.certificate_path} cannot be read: {error.strerror}"
            raise UsageError(msg) from error
    if not sign_in.certificate:
        msg = (
            "sign-in with a certificate needs AZURE_CLIENT_CERTIFICATE_PATH, or the certificate "
            "and key themselves in CONSENT_AUDITOR_CERTIFICATE"
        )
        raise UsageError(msg)
    try:
        if "-----BEGIN" in sign_in.certificate:
            return sign_in.certificate.encode()
        return base64.b64decode("".join(sign_in.certificate.split()), validate=True)
    except ValueError as error:
        msg = "CONSENT_AUDITOR_CERTIFICATE is neither PEM text nor a PEM or PFX file in base64"
        raise UsageError(msg) from error
