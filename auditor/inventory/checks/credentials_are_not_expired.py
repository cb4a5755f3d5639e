"""No expired credential is left behind.

What it asks. Has any client secret or certificate of a registration or enterprise app expired?

Why it matters. An expired credential opens nothing. But where it was the last one, either the app
is broken or nobody uses it any more; and old entries hide the ones that count.

Met when. No client secret, certificate or SAML signing certificate has expired.

Not met when. At least one has. Apps that have no valid credential left come first.

Unknown when. The registrations or service principals were not read, or not to their ends, and
nothing was found; or Graph does not say when a credential ends.

Reads. All app registrations and all service principals (Application.Read.All), at the time of the
reading. Left out are Microsoft's apps, and what is renewed without you: certificates of managed
identities, and those for remote desktops on the app P2P Server.

Remedy. Entra ID > App registrations > the app > Certificates & secrets: delete what has expired; an
owner or Cloud Application Administrator can do it. There is no undo, and none is needed. Where
nothing valid is left, ask whether the app is still wanted.

References. https://learn.microsoft.com/entra/identity-platform/security-best-practices-for-app-registration
"""

from collections.abc import Iterator
from datetime import datetime

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    unless_doubtful,
)
from auditor.inventory.credentials import Holder, counted, without_end
from auditor.listings import applications, service_principals
from auditor.model.inventory import Affected
from auditor.model.report import Severity

_LISTINGS = (applications.LISTING.name, service_principals.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    now = context.inventory.collected_at
    rows = [row for one in context.holders for row in _expired(one, now)]
    rows.sort(key=lambda row: row[0])
    verdict = found(
        context,
        _LISTINGS,
        (one for _, one in rows),
        bad="Registrations and enterprise apps with expired credentials: {count}.",
        good="No credential has expired.",
    )
    doubtful = (row for one in context.holders for row in without_end(one))
    why = "Registrations and enterprise apps with credentials whose end is not known: {count}."
    return unless_doubtful(verdict, doubtful, why)


def _expired(one: Holder, now: datetime) -> Iterator[tuple[bool, Affected]]:
    over = [each for each in one.credentials if each.is_over(now)]
    if over:
        last = max(each.ends for each in over if each.ends).date()
        left = len(over) < len(one.credentials)
        rest = "others have not" if left else "nothing valid is left"
        yield left, one.affected(f"{counted(over)} expired, the last on {last}; {rest}")


CHECK = InventoryCheck(
    id="credentials-are-not-expired",
    title="No expired credential is left behind",
    severity=Severity.LOW,
    judge=_judge,
)
