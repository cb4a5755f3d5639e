"""Apps that hold permissions are in use.

What it asks. Has each enabled app that holds permissions been used within the last 90 days, by
people or by itself?

Why it matters. An app that nobody uses any more keeps its grants and credentials, and nobody
notices when somebody else uses them.

Met when. Graph's report of sign-ins has a sign-in of the last 90 days for each of them, or the app
was registered here or got its first application permission within these days.

Not met when. The last sign-in of at least one is older. Or the report has none at all, and the app
has been here for longer: its registration in this tenant, or one of its application permissions,
is older than 90 days.

Unknown when. The report could not be read: it is in Graph's beta version and the global cloud
alone, and takes a licence of Microsoft Entra ID P1. Also unknown is an app without a sign-in in the
report of which nothing says since when it is here: it may be new.

Reads. All service principals and app registrations (Application.Read.All), all grants
(Directory.Read.All), and GET /beta/reports/servicePrincipalSignInActivities, which
Directory.Read.All or AuditLog.Read.All opens. Microsoft may change what is beta. Microsoft's apps,
managed identities and disabled apps are left out. It does not apply where no other app holds a
permission.

Remedy. Ask whoever knows the app; some run once a year. Then disable it (Cloud Application
Administrator; undo: enable it), and delete it a while later. Entra ID > Enterprise apps > Usage and
insights shows the same report.

References. https://learn.microsoft.com/graph/api/reportroot-list-serviceprincipalsigninactivities
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
    unless_doubtful,
    unread,
)
from auditor.inventory.ownership import is_managed_identity
from auditor.listings import application_permissions, delegated_grants, service_principals, sign_ins
from auditor.model.inventory import Affected, App, Inventory, Owner
from auditor.model.report import Judgement, Severity

_LISTINGS = (
    service_principals.LISTING.name,
    delegated_grants.LISTING.name,
    application_permissions.LISTING.name,
)
_REPORT = sign_ins.LISTING.name
_LONG = timedelta(days=90)


def _judge(context: InventoryContext) -> InventoryVerdict:
    if verdict := unread(context, *_LISTINGS):
        return verdict
    apps = [one for one in context.inventory.apps if _counts(one)]
    if not apps and context.inventory.covers(*_LISTINGS):
        return InventoryVerdict(Judgement.NOT_APPLICABLE, "No app holds a permission.")
    if verdict := _without_report(context, len(apps)):
        return verdict
    here = _here_since(context.inventory)
    idle = sorted(_idle(context.inventory, apps, here), key=lambda one: (one[0], one[1].name))
    verdict = found(
        context,
        (*_LISTINGS, _REPORT),
        (one for _, one in idle),
        bad="Apps that hold permissions and were not used for 90 days: {count}.",
        good="Every app that holds permissions was used within 90 days, or is younger.",
    )
    silent = (of_app(one, "no sign-in is reported") for one in apps if _is_open(context, one, here))
    why = "Apps without a reported sign-in, which may be new: {count}."
    return unless_doubtful(verdict, silent, why)


def _counts(app: App) -> bool:
    holds = bool(app.delegated or app.held) and not app.is_disabled
    return holds and app.owner is not Owner.MICROSOFT and not is_managed_identity(app)


def _without_report(context: InventoryContext, number: int) -> InventoryVerdict | None:
    """Say what lets the report be read; None where it was."""
    verdict = unread(context, _REPORT)
    if verdict is None:
        return None
    what = f"When the apps that hold permissions ({number:,}) were last used is not known."
    return replace(verdict, message=f"{what} {verdict.message}")


def _here_since(inventory: Inventory) -> dict[str, datetime]:
    """Say since when an app is here at least, by object id."""
    created = {one.app_id: one.created for one in inventory.registrations}
    found_times = (
        (app.id, [created.get(app.app_id), inventory.held_since.get(app.id)])
        for app in inventory.apps
    )
    known = ((key, [one for one in times if one]) for key, times in found_times)
    return {key: min(times) for key, times in known if times}


def _idle(
    inventory: Inventory, apps: list[App], here: dict[str, datetime]
) -> Iterator[tuple[datetime, Affected]]:
    """List the apps that were surely not used, each with the time since when."""
    limit = inventory.collected_at - _LONG
    whole = inventory.covers(_REPORT)
    for one in apps:
        last = inventory.sign_ins.get(one.app_id)
        since = here.get(one.id)
        if last and last < limit:
            yield last, of_app(one, f"the last sign-in was on {last:%Y-%m-%d}")
        elif _is_silent(inventory, one) and whole and since and since < limit:
            yield (
                since,
                of_app(one, f"no sign-in is reported; here since {since:%Y-%m-%d} at least"),
            )


def _is_open(context: InventoryContext, app: App, here: dict[str, datetime]) -> bool:
    """Say whether nothing is known of an app's use, and it may be younger than 90 days."""
    since = here.get(app.id)
    young = since is not None and since >= context.inventory.collected_at - _LONG
    return _is_silent(context.inventory, app) and not young


def _is_silent(inventory: Inventory, app: App) -> bool:
    """Say whether the report has no row for an app; a row without a time says nothing."""
    return inventory.sign_ins.get(app.app_id) is None


CHECK = InventoryCheck(
    id="apps-are-in-use",
    title="Apps that hold permissions are in use",
    severity=Severity.INFO,
    judge=_judge,
)
