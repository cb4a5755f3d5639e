"""The dated table of what Microsoft's managed user-consent policies hold.

It explains an outcome where a tenant's own policy could not be read; it never overrides one.
"""

import tomllib
from datetime import date

import msgspec

from auditor.resources import resource


class Exclusion(msgspec.Struct, frozen=True):
    """One permission that the recommended policy leaves to administrators."""

    resource_app_id: str
    """Lower case, as all ids here."""
    permission_id: str
    value: str
    since: str
    """Month in which the rollout began, ``YYYY-MM``."""
    source: str


class ManagedTable(msgspec.Struct, frozen=True):
    """``policies/managed/user-consent.toml``."""

    as_of: date
    """The last day that the sources cover."""
    statement: str
    """What the table may be used for; shown wherever it is used."""
    recommended: str
    """Id of the policy with the exclusions."""
    mail_client_policies: frozenset[str]
    """Both spellings of the second policy's id."""
    exclusions: tuple[Exclusion, ...]
    mail_clients: frozenset[str]
    """App IDs for which the second policy allows the excluded permissions."""


class _Excluded(msgspec.Struct, forbid_unknown_fields=True):
    value: str
    id: str


class _Wave(msgspec.Struct, forbid_unknown_fields=True):
    since: str
    resource_app_id: str
    source: str
    permissions: list[_Excluded]


class _MailClient(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    app_id: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    as_of: date
    statement: str
    recommended: str
    mail_client_policies: list[str]
    waves: list[_Wave]
    mail_clients: list[_MailClient]


def load_managed() -> ManagedTable:
    """Read the shipped table.

    Raises:
        ResourceError: It is missing from the installation.
    """
    text = resource("policies", "managed", "user-consent.toml").read_text(encoding="utf-8")
    file = msgspec.convert(tomllib.loads(text), _File)
    return ManagedTable(
        as_of=file.as_of,
        statement=file.statement,
        recommended=file.recommended,
        mail_client_policies=frozenset(file.mail_client_policies),
        exclusions=tuple(
            Exclusion(wave.resource_app_id, item.id, item.value, wave.since, wave.source)
            for wave in file.waves
            for item in wave.permissions
        ),
        mail_clients=frozenset(client.app_id for client in file.mail_clients),
    )
