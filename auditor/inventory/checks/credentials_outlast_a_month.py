"""No app is about to lose its last credential of a kind.

What it asks. Does each registration and enterprise app that has a valid client secret, certificate
or SAML signing certificate have one that is valid for more than another 30 days?

Why it matters. On the day on which the last one ends the app stops: synchronisation stands still,
or nobody can sign in. That comes without a warning in most tenants.

Met when. Of each kind that an app has, the one that ends last is valid for more than 30 days, or
has expired already, which is another check's question.

Not met when. The last valid one of a kind ends within 30 days. Where a longer one of the same kind
is there already, the app counts as renewed.

Unknown when. The registrations or service principals were not read, or not to their ends, and
nothing was found; or Graph does not say when a credential ends on which the answer depends.

Reads. All app registrations and all service principals (Application.Read.All), at the time of the
reading. Left out are disabled apps, with which nothing stops (but not registrations to which others
than this tenant can sign in), Microsoft's apps, what apps of other organisations would sign in with
from here, and what is renewed without you: certificates of managed identities, and those for remote
desktops on the app P2P Server.

Remedy. Add a new credential, give it to the app, then delete the old one: Entra ID > App
registrations > the app > Certificates & secrets, as an owner or Cloud Application Administrator. A
SAML signing certificate also has to be given to the service: Entra ID > Enterprise apps > the app >
Single sign-on. Undo: the old one works until its end.

References. https://learn.microsoft.com/entra/identity/monitoring-health/recommendation-renew-expiring-application-credential
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
from auditor.inventory.credentials import (
    SIGN_IN,
    Credential,
    CredentialKind,
    Holder,
    without_end,
)
from auditor.listings import applications, service_principals
from auditor.model.inventory import Affected
from auditor.model.report import Severity

_LISTINGS = (applications.LISTING.name, service_principals.LISTING.name)
_MONTH = timedelta(days=30)


def _judge(context: InventoryContext) -> InventoryVerdict:
    now = context.inventory.collected_at
    everybody = [one for one in context.holders if not one.is_disabled]
    rows = [row for one in everybody for row in _ending(one, now)]
    rows.sort(key=lambda row: row[0])
    verdict = found(
        context,
        _LISTINGS,
        (one for _, one in rows),
        bad="Last credentials of a kind that end within 30 days: {count}.",
        good="No app loses its last credential of a kind within 30 days.",
    )
    doubtful = (row for one in context.holders if not _lasts(one, now) for row in without_end(one))
    why = "Registrations and enterprise apps with credentials whose end is not known: {count}."
    return unless_doubtful(verdict, doubtful, why)


def _ending(one: Holder, now: datetime) -> Iterator[tuple[datetime, Affected]]:
    if not any(each.ends and now < each.ends <= now + _MONTH for each in one.credentials):
        return
    for kind in CredentialKind:
        ends = [each.ends for each in _needed(one) if each.kind is kind]
        known = [end for end in ends if end is not None]
        if known and len(known) == len(ends) and now < max(known) <= now + _MONTH:
            days = (max(known) - now).days
            text = f"the last {kind} ends on {max(known).date()}, in {days} days"
            yield max(known), one.affected(text)


def _lasts(one: Holder, now: datetime) -> bool:
    """Say whether something of each kind that has an unknown end lasts longer than a month."""
    longer = {each.kind for each in _needed(one) if each.ends and each.ends > now + _MONTH}
    return longer.issuperset(each.kind for each in _needed(one) if each.ends is None)


def _needed(one: Holder) -> Iterator[Credential]:
    return (each for each in one.credentials if not (one.is_foreign and each.kind in SIGN_IN))


CHECK = InventoryCheck(
    id="credentials-outlast-a-month",
    title="No app is about to lose its last credential of a kind",
    severity=Severity.MEDIUM,
    judge=_judge,
)
