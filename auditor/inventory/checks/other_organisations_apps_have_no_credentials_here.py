"""No app of Microsoft or of another organisation has credentials of this tenant.

What it asks. Does an enterprise app that is not registered in this tenant have a client secret or a
certificate of its own here?

Why it matters. The credentials of such an app belong in the tenant of those who made it. One that
was added to its service principal here lets whoever added it sign in as the app, with all that the
app holds in this tenant, and nobody looks for it there. Intruders keep their access that way.

Met when. No app of Microsoft or of another organisation has a client secret or certificate here.

Not met when. At least one has a valid one. The answer is *manual* where all of them have expired,
or are certificates that a server's setup puts on Microsoft's app of the same service: a hybrid one
of Exchange Server, SharePoint Server or Skype for Business Server, or that of AD FS or the NPS
extension on Azure Multi-Factor Auth Client.

Unknown when. The service principals were not read, or not to their end, and nothing was found; or
Graph names no owner of an app that has credentials.

Reads. All service principals (Application.Read.All), at the time of the reading. Certificates that
sign SAML tokens or encrypt tokens are left out, as single sign-on needs them; so are managed
identities, and apps of the type Legacy, which are of this tenant.

Remedy. Ask the audit log who added it, and when. Does nobody know? Treat it as an intrusion. Delete
it: az ad sp credential delete --id ID --key-id KEY, with --cert for a certificate; it takes a Cloud
Application Administrator, and there is no undo. Where it is the certificate of an Exchange Server,
set up the dedicated hybrid app first. Vendors keep their apps free of this by an app instance
property lock.

References. https://learn.microsoft.com/entra/identity-platform/howto-configure-app-instance-property-locks
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand,
    found,
    of_app,
    publisher,
    unless_doubtful,
)
from auditor.inventory.credentials import (
    SIGN_IN,
    Credential,
    CredentialKind,
    counted,
    credentials,
)
from auditor.inventory.ownership import is_own
from auditor.listings import service_principals
from auditor.model.inventory import Affected, App, Owner
from auditor.model.report import Judgement, Severity
from auditor.model.risk import WORST_FIRST, Risk
from auditor.model.well_known import EXCHANGE_ONLINE, SHAREPOINT_ONLINE

_LISTINGS = (service_principals.LISTING.name,)
_EXPLAINED = "Apps of others with credentials that expired, or that a server's setup adds: {count}."
_SETUPS = {
    EXCHANGE_ONLINE: "a hybrid setup of Exchange Server",
    SHAREPOINT_ONLINE: "a hybrid setup of SharePoint Server",
    "00000004-0000-0ff1-ce00-000000000000": "a hybrid setup of Skype for Business Server",
    "981f26a1-7f43-403b-a875-f8b09b8cd720": "a setup of AD FS or of the NPS extension",
}
"""Apps on which the setup of a server puts the server's certificate.

The last is documented at learn.microsoft.com/powershell/module/adfs/set-adfsazuremfatenant and
learn.microsoft.com/entra/identity/authentication/howto-mfa-nps-extension (read 2026-11).
"""


class _Found(msgspec.Struct, frozen=True):
    """One app that has credentials here."""

    app: App
    affected: Affected
    explained: bool
    """Nothing valid is left, or a server's setup explains it."""
    place: tuple[int, float]
    """The worst permission first, then what was added last."""


def _judge(context: InventoryContext) -> InventoryVerdict:
    rows = sorted(_rows(context), key=lambda one: one.place)
    open_ones = [one for one in rows if not one.explained]
    verdict = found(
        context,
        _LISTINGS,
        (one.affected for one in open_ones if one.app.owner is not Owner.UNKNOWN),
        bad="Apps of Microsoft or other organisations with valid credentials here: {count}.",
        good="No app of Microsoft or of another organisation has credentials here.",
    )
    verdict = unless_doubtful(
        verdict,
        (one.affected for one in open_ones if one.app.owner is Owner.UNKNOWN),
        "Apps with valid credentials of which Graph does not say whose they are: {count}.",
    )
    explained = tuple(one.affected for one in rows if one.explained)
    if not explained:
        return verdict
    if verdict.outcome is Judgement.MET:
        return by_hand(found(context, _LISTINGS, explained, bad=_EXPLAINED, good=""))
    message = f"{verdict.message} {_EXPLAINED.format(count=f'{len(explained):,}')}"
    return InventoryVerdict(verdict.outcome, message, (*verdict.affected, *explained))


def _rows(context: InventoryContext) -> Iterator[_Found]:
    now = context.inventory.collected_at
    for app in context.inventory.apps:
        if not app.secrets or is_own(app):
            continue
        mine = [one for one in credentials(app.secrets) if one.kind in SIGN_IN]
        if mine:
            valid = [one for one in mine if not one.is_over(now)]
            yield _found(context, app, valid or mine, _server(app, valid) if valid else "expired")


def _found(context: InventoryContext, app: App, shown: list[Credential], why: str) -> _Found:
    newest = max((one.starts for one in shown if one.starts), default=None)
    place = WORST_FIRST.index(context.app_risk(app)), -newest.timestamp() if newest else 0.0
    text = _words(context, app, counted(shown), newest, why)
    return _Found(app, of_app(app, text), bool(why), place)


def _server(app: App, valid: list[Credential]) -> str:
    """Say what explains an app's credentials; empty where nothing does."""
    setup = _SETUPS.get(app.app_id, "") if app.owner is Owner.MICROSOFT else ""
    certificates = all(one.kind is CredentialKind.CERTIFICATE for one in valid)
    return f"as {setup} adds" if setup and certificates else ""


def _words(
    context: InventoryContext, app: App, number: str, newest: datetime | None, why: str
) -> str:
    since = f"the newest of {newest.date()}" if newest else ""
    owner = "Microsoft's app" if app.owner is Owner.MICROSOFT else publisher(app)
    risk = context.app_risk(app)
    rated = f"worst permission {risk}" if risk is not Risk.UNRATED else ""
    state = "disabled" if app.is_disabled else ""
    return "; ".join(one for one in (number, since, why, owner, rated, state) if one)


CHECK = InventoryCheck(
    id="other-organisations-apps-have-no-credentials-here",
    title="No app of Microsoft or of another organisation has credentials of this tenant",
    severity=Severity.HIGH,
    judge=_judge,
    controls=("Zero Trust 21774", "Zero Trust 21896"),
)
