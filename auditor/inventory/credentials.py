"""Secrets and certificates of registrations and enterprise apps, each counted once.

A SAML signing certificate is three entries in Graph: a private key to sign with, a public one to
verify, and the password of the private key's file, which looks like a client secret. The password
has the key id of the private key, and all three have the same times.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum, unique

import msgspec

from auditor.inventory.privilege import is_managed_identity
from auditor.model.inventory import Affected, Inventory, Owner, Secret

_SIGN = "sign"
_CERTIFICATE = "certificate"


@unique
class CredentialKind(StrEnum):
    """What a credential is for."""

    CLIENT = "client secret"
    CERTIFICATE = "certificate"
    SIGNING = "SAML signing certificate"
    """With it Entra signs tokens for the app; the app does not sign in with it."""


class Credential(msgspec.Struct, frozen=True, gc=False):
    """One credential."""

    kind: CredentialKind
    starts: datetime | None
    ends: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Say whether it has expired; one without an end has not, as far as is known."""
        return self.ends is not None and self.ends <= now


class Holder(msgspec.Struct, frozen=True, gc=False):
    """Who has credentials."""

    id: str
    """Object id."""
    name: str
    what: str
    """``registration`` or ``enterprise app``."""
    credentials: tuple[Credential, ...]

    def affected(self, detail: str) -> Affected:
        """Name the holder in a finding."""
        return Affected(self.id, self.name, f"{self.what}: {detail}")


def holders(inventory: Inventory) -> Iterator[Holder]:
    """List who has credentials.

    Microsoft's apps are left out, and managed identities, whose certificates Azure renews.
    """
    for one in inventory.registrations:
        if one.secrets:
            name = one.name or one.app_id
            yield Holder(one.id, name, "registration", credentials(one.secrets))
    for app in inventory.apps:
        if app.secrets and app.owner is not Owner.MICROSOFT and not is_managed_identity(app):
            name = app.name or app.app_id
            yield Holder(app.id, name, "enterprise app", credentials(app.secrets))


def credentials(secrets: tuple[Secret, ...]) -> tuple[Credential, ...]:
    """Tell credentials apart by what they are for."""
    signing = [one for one in secrets if one.usage.casefold() == _SIGN]
    if not signing:
        return tuple(Credential(_kind(one), one.starts, one.ends) for one in secrets)
    keys = {one.key_id for one in signing if one.key_id}
    times = {(one.starts, one.ends) for one in signing if one.ends is not None}
    found = [Credential(CredentialKind.SIGNING, one.starts, one.ends) for one in signing]
    for one in secrets:
        belongs = one.key_id in keys or (one.starts, one.ends) in times
        if one not in signing and not belongs:
            found.append(Credential(_kind(one), one.starts, one.ends))
    return tuple(found)


def counted(found: list[Credential]) -> str:
    """Count credentials by kind: ``1 certificate and 2 client secrets``."""
    numbers = Counter(one.kind for one in found)
    texts = (
        f"{numbers[kind]:,} {kind}{'s' if numbers[kind] > 1 else ''}"
        for kind in CredentialKind
        if kind in numbers
    )
    return " and ".join(texts)


def _kind(one: Secret) -> CredentialKind:
    known = one.kind == _CERTIFICATE
    return CredentialKind.CERTIFICATE if known else CredentialKind.CLIENT
