"""Apps of unverified publishers have no users.

What it asks. Have users consented to apps of other organisations whose publisher is not verified?

Why it matters. This is what consent phishing leaves behind: an app that nobody knows, with the mail
of everybody who clicked. Verification says who is behind an app; without it the name is a claim.

Met when. No app of another tenant without a verified publisher has grants of single users.

Not met when. At least one has.

Unknown when. The service principals or grants were not read, or not to their ends, and nothing was
found; or apps with such grants have no owner that Graph names.

Reads. All service principals (Application.Read.All) and all delegated permission grants
(Directory.Read.All).

Remedy. Ask who uses the app. Where nobody vouches for it, disable its service principal (Cloud
Application Administrator; undo: enable it), revoke the grants, and look at the sign-in logs. Where
it is wanted, ask the vendor to become a verified publisher.

References. https://learn.microsoft.com/defender-office-365/detect-and-remediate-illicit-consent-grants
"""

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found_of_others,
)
from auditor.listings import delegated_grants, service_principals
from auditor.model.cloud import ENDPOINTS
from auditor.model.inventory import App
from auditor.model.report import Judgement, Severity
from auditor.model.risk import WORST_FIRST, Risk

_LISTINGS = (service_principals.LISTING.name, delegated_grants.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    if not ENDPOINTS[context.inventory.cloud].verifies_publishers:
        text = "This cloud verifies no publishers."
        return InventoryVerdict(Judgement.NOT_APPLICABLE, text)
    apps = sorted(
        filter(_is_unverified, context.strangers),
        key=lambda one: (WORST_FIRST.index(context.app_risk(one)), -one.users),
    )
    return found_of_others(
        context,
        _LISTINGS,
        ((one, _detail(context, one)) for one in apps),
        bad="Apps of unverified publishers with grants of single users: {count}.",
        good="No app of an unverified publisher has grants of single users.",
        nameless="Apps with grants of single users whose owner Graph does not name: {count}.",
    )


def _is_unverified(app: App) -> bool:
    return bool(app.users) and not app.publisher_id


def _detail(context: InventoryContext, app: App) -> str:
    risk = context.app_risk(app)
    rated = f", worst permission {risk}" if risk is not Risk.UNRATED else ""
    state = ", disabled" if app.is_disabled else ""
    return f"{app.users:,} users{rated}{state}"


CHECK = InventoryCheck(
    id="unverified-publishers-have-no-users",
    title="Apps of unverified publishers have no users",
    severity=Severity.HIGH,
    judge=_judge,
)
