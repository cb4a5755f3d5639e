"""The registration that every format creates, as the bodies of Graph's requests."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from auditor.errors import UsageError
from auditor.files import shown
from auditor.model.change import Value
from auditor.model.cloud import Cloud
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.setup.permissions import AppPermission

ROLE = "Privileged Role Administrator"
"""The least role that may assign application permissions of Microsoft Graph.

Source: learn.microsoft.com/graph/api/serviceprincipal-post-approleassignments (read 2026-11).
"""
TOO = "Where users may not register apps, Application Developer is needed, too"
SCOPES = ("Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All")
"""The delegated permissions with which a script creates the registration."""
LONGEST_NAME = 120
_TENANT = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]{0,251}[0-9A-Za-z])?")


@unique
class Way(StrEnum):
    """How the auditor proves who it is."""

    CERTIFICATE = "certificate"
    FEDERATED = "federated"
    SECRET = "secret"  # noqa: S105 - a word, no secret


@dataclass(frozen=True, slots=True)
class PublicCertificate:
    """The half of a certificate that is uploaded."""

    pem: str
    """One certificate; lines end in a line feed, the last one too."""
    base64: str
    """Its DER form."""
    ends: datetime
    sha1: str
    """The thumbprint as the portal shows it: 40 hexadecimal digits, upper case."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Federation:
    """Whose tokens are accepted instead of a secret."""

    issuer_id: str
    """``github``, ``azure-devops`` or ``kubernetes``; also the credential's name."""
    issuer: str
    subject: str
    audience: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What is created, and where."""

    name: str
    permissions: tuple[AppPermission, ...]
    way: Way
    cloud: Cloud = Cloud.GLOBAL
    tenant: str = ""
    """An id or a domain name; empty where it is not known."""
    certificate: PublicCertificate | None = None
    """With ``Way.CERTIFICATE``; the portal's steps do without it."""
    federation: Federation | None = None
    """With ``Way.FEDERATED``."""

    def body(self) -> Mapping[str, Value]:
        """Return the body that creates it: one tenant, no redirect URI, application permissions."""
        access = tuple({"id": one.id, "type": "Role"} for one in self.permissions)
        body: dict[str, Value] = {
            "displayName": self.name,
            "signInAudience": "AzureADMyOrg",
            "requiredResourceAccess": (
                {"resourceAppId": MICROSOFT_GRAPH, "resourceAccess": access},
            ),
        }
        if self.certificate:
            body["keyCredentials"] = (
                {
                    "type": "AsymmetricX509Cert",
                    "usage": "Verify",
                    "key": self.certificate.base64,
                    "displayName": self.name,
                },
            )
        return body

    def federation_body(self) -> Mapping[str, Value]:
        """Return the body that adds the federated credential; empty without one."""
        if self.federation is None:
            return {}
        return {
            "name": self.federation.issuer_id,
            "issuer": self.federation.issuer,
            "subject": self.federation.subject,
            "audiences": (self.federation.audience,),
        }


def checked_text(text: str, option: str, longest: int) -> str:
    """Return ``text`` if it is one line that shows as it is.

    Whatever else it holds, every format writes it so that it stays a text.

    Raises:
        UsageError: It is empty, too long, or has blanks around it or characters that hide.
    """
    if not text or text != text.strip() or not text.isprintable():
        msg = f"{option} {shown(text[:40])!r}: give one line of visible characters"
        raise UsageError(msg)
    if len(text) > longest:
        msg = f"{option} has {len(text)} characters: give at most {longest}"
        raise UsageError(msg)
    return text


def checked_tenant(text: str) -> str:
    """Return ``text`` if it can be a tenant's id or domain name, or is empty.

    Raises:
        UsageError: It is neither.
    """
    if text and not _TENANT.fullmatch(text):
        msg = f"--tenant {shown(text[:40])!r}: give the tenant's id or one of its domain names"
        raise UsageError(msg)
    return text
