"""Client secrets and certificates live no longer than the tenant allows, or half a year.

What it asks. From its start to its end, does each valid client secret and certificate live no
longer than the tenant's app management policy allows? Where no policy sets a limit, no longer than
180 days?

Why it matters. A credential that leaked opens the app until it ends. A short life bounds the
damage, and makes sure that somebody still knows how to renew it.

Met when. No valid client secret or certificate lives longer. Six months that have a few days more
than 180 count as half a year.

Not met when. At least one does. A policy looks only at credentials when they are added, so older
ones can live longer than it allows. 180 days is what the portal proposes for secrets and
Microsoft's Zero Trust assessment asks of certificates. A policy that is assigned to one app stands
in place of the tenant's own. Who is exempt from a policy when adding credentials (excludeActors)
does not count.

Unknown when. The registrations or service principals were not read to their ends and nothing was
found, or could not be read at all; a policy could not be read and no credential lives longer than
half a year; a valid credential has no start or no end, or ends before it starts; or it is not known
whether a limit is for that app: it is for apps created since a day, which Graph does not show of
enterprise apps, or its state is one that is not known here.

Reads. All app registrations and all service principals (Application.Read.All), and the app
management policies (Policy.Read.All). SAML signing certificates are left out: they live for three
years, and both sides have to change them at once. Microsoft's apps and managed identities are left
out.

Remedy. Use a managed identity or federated credential, which have nothing to renew; otherwise add
a shorter credential and delete the old one, as an owner or Cloud Application Administrator. An app
management policy keeps new ones short; it takes a Security Administrator. Undo: switch it off.

References. https://learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    unless_doubtful,
)
from auditor.inventory.credentials import SIGN_IN, Credential, Holder, counted, holders
from auditor.inventory.lifetimes import HALF_A_YEAR, Lifetimes, Longest
from auditor.listings import applications, service_principals
from auditor.model.fact import Unknown
from auditor.model.inventory import Affected
from auditor.model.report import Judgement, Severity

_LISTINGS = (applications.LISTING.name, service_principals.LISTING.name)


@dataclass(frozen=True, slots=True)
class _Life:
    credential: Credential
    life: timedelta | None
    longest: Longest

    @property
    def is_long(self) -> bool:
        return self.life is not None and self.life > self.longest.most

    @property
    def is_doubtful(self) -> bool:
        return self.life is None or self.longest.least < self.life <= self.longest.most


def _judge(context: InventoryContext) -> InventoryVerdict:
    now, lifetimes = context.inventory.collected_at, Lifetimes(context.inventory)
    everybody = [(one, _lives(one, now, lifetimes)) for one in holders(context.inventory)]
    rows = [row for one, lives in everybody for row in _long(one, lives)]
    rows.sort(key=lambda row: row[0], reverse=True)
    limit = "half a year"
    if lifetimes.limited:
        limit = "the tenant's policy allows, or half a year where it sets no limit"
    verdict = found(
        context,
        _LISTINGS,
        (one for _, one in rows),
        bad="Registrations and enterprise apps with credentials that live longer than "
        f"{limit}: {{count}}.",
        good=f"No credential lives longer than {limit}.",
    )
    why = "Registrations and enterprise apps with credentials whose allowed life or own is not "
    verdict = unless_doubtful(verdict, _doubtful(everybody), f"{why}known: {{count}}.")
    return _unless_unread(verdict, lifetimes.unread)


def _unless_unread(verdict: InventoryVerdict, unread: Unknown | None) -> InventoryVerdict:
    """Say that the tenant may allow more or less than half a year."""
    if unread is None:
        return verdict
    needs = " and ".join(unread.needs)
    text = f"What the tenant allows could not be read ({unread.detail}): grant {needs}."
    met = verdict.outcome is Judgement.MET
    return replace(
        verdict,
        outcome=Judgement.UNKNOWN if met else verdict.outcome,
        message=f"{verdict.message} {text}",
    )


def _lives(one: Holder, now: datetime, lifetimes: Lifetimes) -> list[_Life]:
    return [
        _Life(each, _life(each), lifetimes.of(one, each))
        for each in one.credentials
        if each.kind in SIGN_IN and not each.is_over(now)
    ]


def _long(one: Holder, lives: list[_Life]) -> Iterator[tuple[timedelta, Affected]]:
    found_ones = [(each.life, each) for each in lives if each.life and each.is_long]
    if found_ones:
        longest, worst = max(found_ones, key=lambda pair: pair[0])
        text = counted([each.credential for _, each in found_ones])
        allowed = worst.longest.most
        limit = f"; the tenant allows {allowed.days - 1:,}" if allowed != HALF_A_YEAR else ""
        yield longest, one.affected(f"{text}, the longest of {longest.days:,} days{limit}")


def _doubtful(everybody: Iterable[tuple[Holder, list[_Life]]]) -> Iterator[Affected]:
    for one, lives in everybody:
        endless = [each.credential for each in lives if each.life is None]
        between = [each.credential for each in lives if each.life and each.is_doubtful]
        texts = (
            (endless, "without start or end"),
            (between, "of which it is not known whether the tenant's limit is for them"),
        )
        said = "; ".join(f"{counted(group)} {text}" for group, text in texts if group)
        if said:
            yield one.affected(said)


def _life(one: Credential) -> timedelta | None:
    """Return how long a credential lives; None where its times are not known or make no sense."""
    return one.ends - one.starts if one.starts and one.ends and one.starts < one.ends else None


CHECK = InventoryCheck(
    id="credentials-are-short-lived",
    title="Client secrets and certificates live no longer than the tenant allows, or half a year",
    severity=Severity.LOW,
    judge=_judge,
    controls=("Zero Trust 21773",),
)
