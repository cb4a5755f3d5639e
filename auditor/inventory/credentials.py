"""Secrets and certificates of registrations and enterprise apps, each counted once.

A SAML signing certificate is three entries in Graph: a private key to sign with, a public one to
verify, and the password of the private key's file, which looks like a client secret. The password
has the key id of the private key, and all three have the same times. A private key takes one of
each along and no more: what somebody added with the same times stays a credential.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum, unique

import msgspec

from auditor.inventory.ownership import is_managed_identity
from auditor.model.inventory import Affected, App, Inventory, Owner, Registration, Secret

_HERE_ONLY = "azureadmyorg"
"""The audience of a registration that nobody signs in to from elsewhere."""
_SIGN, _ENCRYPT = "sign", "encrypt"
_SECRET, _CERTIFICATE = "secret", "certificate"
_RENEWED = re.compile(r"CN=MS-Organization-P2P-Access \[\d{4}\]")
_RENEWING = "P2P Server"
"""The app of each tenant on which Entra puts certificates for remote desktops, and renews them.

Whoever adds a credential chooses its name: on another app, this one excuses nothing.
"""


@unique
class CredentialKind(StrEnum):
    """What a credential is for."""

    CLIENT = "client secret"
    CERTIFICATE = "certificate"
    SIGNING = "SAML signing certificate"
    """With it Entra signs tokens for the app; the app does not sign in with it."""
    ENCRYPTION = "token encryption certificate"
    """A public key with which Entra encrypts tokens for the app; nobody signs in with it."""

    __hash__ = str.__hash__  # an enum's own is written in Python


_KINDS = tuple(CredentialKind)

SIGN_IN = frozenset({CredentialKind.CLIENT, CredentialKind.CERTIFICATE})
"""What an app signs in with."""


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
    is_foreign: bool = False
    """An enterprise app of another organisation, which has no need to sign in from here."""
    is_disabled: bool = False
    """Nobody can use the app, so nothing stops when a credential ends."""

    def affected(self, detail: str) -> Affected:
        """Name the holder in a finding."""
        return Affected(self.id, self.name, f"{self.what}: {detail}")


def holders(inventory: Inventory) -> Iterator[Holder]:
    """List who has credentials.

    Microsoft's apps are left out, and managed identities, whose certificates Azure renews.
    """
    disabled = {app.app_id for app in inventory.apps if app.is_disabled and app.app_id}
    for one in inventory.registrations:
        if one.secrets:
            name = one.name or one.app_id
            idle = one.app_id in disabled and one.audience.casefold() == _HERE_ONLY
            yield Holder(one.id, name, "registration", _kept(one), is_disabled=idle)
    for app in inventory.apps:
        if app.secrets and app.owner is not Owner.MICROSOFT and not is_managed_identity(app):
            name = app.name or app.app_id
            foreign = app.owner is Owner.OTHER
            yield Holder(app.id, name, "enterprise app", _kept(app), foreign, app.is_disabled)


def _kept(one: App | Registration) -> tuple[Credential, ...]:
    """Leave out what Entra renews."""
    foreign = isinstance(one, App) and one.owner is Owner.OTHER
    if foreign or one.name != _RENEWING:
        return credentials(one.secrets)
    return credentials(tuple(each for each in one.secrets if not _is_renewed(each)))


def _is_renewed(one: Secret) -> bool:
    return one.kind == _CERTIFICATE and _RENEWED.fullmatch(one.name) is not None


def credentials(secrets: tuple[Secret, ...]) -> tuple[Credential, ...]:
    """Tell credentials apart by what they are for."""
    if not secrets:
        return ()
    signing, rest = [], []
    for one in secrets:
        if one.usage and one.usage.casefold() == _SIGN:
            signing.append(one)
        else:
            rest.append(one)
    for one in signing:
        for kind in (_CERTIFICATE, _SECRET):
            part = _part(one, (each for each in rest if each.kind == kind))
            if part is not None:
                rest.remove(part)
    found = [Credential(CredentialKind.SIGNING, one.starts, one.ends) for one in signing]
    return (*found, *(Credential(_kind(one), one.starts, one.ends) for one in rest))


def _part(signing: Secret, others: Iterable[Secret]) -> Secret | None:
    """Find what belongs to a signing certificate: by its key id, else by its times."""
    times = signing.starts, signing.ends
    found = [
        one
        for one in others
        if (one.key_id and one.key_id == signing.key_id)
        or (one.ends is not None and (one.starts, one.ends) == times)
    ]
    return min(found, key=lambda one: one.key_id != signing.key_id, default=None)


def without_end(one: Holder) -> Iterator[Affected]:
    """Name a holder if Graph does not say, or not understandably, when a credential ends."""
    endless = [each for each in one.credentials if each.ends is None]
    if endless:
        yield one.affected(f"{counted(endless)} without a known end")


def counted(found: list[Credential]) -> str:
    """Count credentials by kind: ``1 certificate and 2 client secrets``."""
    kinds = [one.kind for one in found]
    numbers = ((kind, kinds.count(kind)) for kind in _KINDS)
    texts = (f"{number:,} {kind}{'s' if number > 1 else ''}" for kind, number in numbers if number)
    return " and ".join(texts)


def _kind(one: Secret) -> CredentialKind:
    if one.kind != _CERTIFICATE:
        return CredentialKind.CLIENT
    encrypts = one.usage.casefold() == _ENCRYPT
    return CredentialKind.ENCRYPTION if encrypts else CredentialKind.CERTIFICATE
