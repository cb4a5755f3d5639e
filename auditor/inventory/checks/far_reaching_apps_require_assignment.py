"""Other organisations' apps with far-reaching consent require assignment.

What it asks. Does each app of another organisation that holds far-reaching permissions for
everybody require that people are assigned to it?

Why it matters. Consent for everybody takes the question away that each user would have been asked.
Without assignment any user who signs in to the app lends it what was granted, people included who
never needed it. Assignment keeps the vendor to those who use the app.

Met when. Each such app requires assignment, or there is none that is enabled.

Not met when. At least one is open to all users.

Unknown when. The service principals or grants were not read, or not to their ends, and nothing was
found; or Graph does not say whether such an app requires assignment.

Reads. All service principals (Application.Read.All) and all delegated permission grants
(Directory.Read.All). Who is assigned is not read: an app that requires assignment may still have a
group of all users assigned.

Remedy. First assign those who use the app, then Entra ID > Enterprise apps > the app > Properties >
Assignment required: Yes; it takes a Cloud Application Administrator. Who is not assigned cannot
sign in to it any more. Undo: No.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/application-properties
"""

from auditor.inventory import far_reaching
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
    publisher,
    unless_doubtful,
)
from auditor.listings import delegated_grants, service_principals
from auditor.model.inventory import App, Owner
from auditor.model.report import Severity

_LISTINGS = (service_principals.LISTING.name, delegated_grants.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    hits = [one for one in context.far_reaching if _is_open(one[0])]
    rows = [
        (app, of_app(app, f"{far_reaching.words(names)}; {publisher(app)}")) for app, names in hits
    ]
    sure = {one.id for app, one in rows if _is_surely(app)}
    verdict = found(
        context,
        _LISTINGS,
        (one for _, one in rows if one.id in sure),
        bad="Apps of other organisations with far-reaching consent, open to all users: {count}.",
        good="Apps of other organisations with far-reaching consent all require assignment.",
    )
    why = "Apps with far-reaching consent of which Graph does not say whose or how open: {count}."
    return unless_doubtful(verdict, (one for _, one in rows if one.id not in sure), why)


def _is_open(app: App) -> bool:
    return not app.is_disabled and app.assignment_required is not True


def _is_surely(app: App) -> bool:
    return app.owner is Owner.OTHER and app.assignment_required is False


CHECK = InventoryCheck(
    id="far-reaching-apps-require-assignment",
    title="Other organisations' apps with far-reaching consent require assignment",
    severity=Severity.MEDIUM,
    judge=_judge,
)
