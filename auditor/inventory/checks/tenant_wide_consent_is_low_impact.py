"""No app of another organisation holds far-reaching permissions for everybody.

What it asks. Which apps of other organisations have been granted delegated permissions for the
whole tenant that our table rates critical or high?

Why it matters. Consent for everybody reaches the mail or files of each person who signs in to the
app, people included who never heard of it. The vendor's security is then part of yours.

Met when. No app of another tenant has such a permission for everybody.

Not met when. At least one has. That can be right and wanted: the list is what to review.

Unknown when. The service principals or grants were not read to their ends and nothing was found, or
could not be read at all.

Reads. All service principals (Application.Read.All) and all delegated permission grants
(Directory.Read.All). Permissions that no table rates are not counted.

Remedy. Review each app with its owner in the business. Take away what is not needed (PATCH the
grant's scope, Cloud Application Administrator; undo: the old scope), or let the app require
assignment, so that it reaches assigned people only.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/manage-application-permissions
"""

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
)
from auditor.listings import delegated_grants, service_principals
from auditor.model.inventory import App, Owner
from auditor.model.report import Severity
from auditor.model.risk import WORST_FIRST, Kind, Risk

_LISTINGS = (service_principals.LISTING.name, delegated_grants.LISTING.name)
_HIGH = frozenset({Risk.CRITICAL, Risk.HIGH})
_SHOWN = 5


def _judge(context: InventoryContext) -> InventoryVerdict:
    rated = ((app, _far_reaching(context, app)) for app in context.inventory.apps)
    hits = [one for one in rated if one[1]]
    hits.sort(key=lambda one: (WORST_FIRST.index(one[1][0][0]), -len(one[1])))
    return found(
        context,
        _LISTINGS,
        (of_app(app, _detail(app, names)) for app, names in hits),
        bad="{count} apps of other organisations hold far-reaching permissions for everybody.",
        good="No app of another organisation holds a far-reaching permission for everybody.",
    )


def _far_reaching(context: InventoryContext, app: App) -> list[tuple[Risk, str]]:
    if app.owner in {Owner.MICROSOFT, Owner.HERE}:
        return []
    names = (
        (context.risks.rate(one.resource_app_id, Kind.DELEGATED, name).risk, name)
        for one in app.delegated
        for name in one.for_all
    )
    return sorted(
        (one for one in names if one[0] in _HIGH), key=lambda one: WORST_FIRST.index(one[0])
    )


def _detail(app: App, names: list[tuple[Risk, str]]) -> str:
    first = ", ".join(f"{name} ({risk})" for risk, name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    publisher = f"verified: {app.publisher}" if app.publisher_id else "publisher not verified"
    return f"{first}{more}; {publisher}"


CHECK = InventoryCheck(
    id="tenant-wide-consent-is-low-impact",
    title="No other organisation's app holds far-reaching permissions for everybody",
    severity=Severity.MEDIUM,
    judge=_judge,
)
