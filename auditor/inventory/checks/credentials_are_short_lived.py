"""Client secrets and certificates live no longer than half a year.

What it asks. From its start to its end, does each valid client secret and certificate live no
longer than 180 days?

Why it matters. A credential that leaked opens the app until it ends. A short life bounds the
damage, and makes sure that somebody still knows how to renew it.

Met when. No valid client secret or certificate lives longer. Six months that have a few days more
than 180 count as half a year.

Not met when. At least one does. 180 days is what the portal proposes for secrets and Microsoft's
Zero Trust assessment asks of certificates. The tenant's own limit, if it has an app management
policy, is not read: GET /policies/defaultAppManagementPolicy shows it (Policy.Read.All).

Unknown when. The registrations or service principals were not read to their ends and nothing was
found, could not be read at all, or a valid credential has no start or no end.

Reads. All app registrations and all service principals (Application.Read.All). SAML signing
certificates are left out: they live for three years, and both sides have to change them at once.
Microsoft's apps and managed identities are left out.

Remedy. Use a managed identity or federated credential, which have nothing to renew; otherwise add
a shorter credential and delete the old one, as an owner or Cloud Application Administrator. An app
management policy keeps new ones short; it takes a Security Administrator. Undo: switch it off.

References. https://learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    unless_doubtful,
)
from auditor.inventory.credentials import Credential, CredentialKind, Holder, counted, holders
from auditor.listings import applications, service_principals
from auditor.model.inventory import Affected
from auditor.model.report import Severity

_LISTINGS = (applications.LISTING.name, service_principals.LISTING.name)
_HALF_A_YEAR = timedelta(days=186)
"""Six months have up to 184 days, and times of day may differ."""


def _judge(context: InventoryContext) -> InventoryVerdict:
    now = context.inventory.collected_at
    everybody = [(one, _valid(one, now)) for one in holders(context.inventory)]
    rows = [row for one, valid in everybody for row in _long(one, valid)]
    rows.sort(key=lambda row: row[0], reverse=True)
    verdict = found(
        context,
        _LISTINGS,
        (one for _, one in rows),
        bad="Registrations and enterprise apps with credentials of more than half a year: {count}.",
        good="No credential lives longer than half a year.",
    )
    open_ones = ((one, [x for x in valid if _life(x) is None]) for one, valid in everybody)
    doubtful = (
        one.affected(f"{counted(found)} without start or end") for one, found in open_ones if found
    )
    why = "Registrations and enterprise apps with credentials whose life is not known: {count}."
    return unless_doubtful(verdict, doubtful, why)


def _valid(one: Holder, now: datetime) -> list[Credential]:
    return [
        each
        for each in one.credentials
        if each.kind is not CredentialKind.SIGNING and not each.is_over(now)
    ]


def _long(one: Holder, valid: list[Credential]) -> Iterator[tuple[timedelta, Affected]]:
    lives = [(life, each) for each in valid if (life := _life(each)) and life > _HALF_A_YEAR]
    if lives:
        longest = max(life for life, _ in lives)
        text = counted([each for _, each in lives])
        yield longest, one.affected(f"{text}, the longest of {longest.days:,} days")


def _life(one: Credential) -> timedelta | None:
    return one.ends - one.starts if one.starts and one.ends else None


CHECK = InventoryCheck(
    id="credentials-are-short-lived",
    title="Client secrets and certificates live no longer than half a year",
    severity=Severity.LOW,
    judge=_judge,
    controls=("Zero Trust 21773",),
)
