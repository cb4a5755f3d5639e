"""Owners of privileged apps are people who may be Global Administrators.

What it asks. Who owns the apps that have a path to Global Administrator?

Why it matters. An owner may add a credential to an app without any directory role, and then acts
with all that the app holds. Somebody who registered an app as a developer years ago can so become
Global Administrator.

Met when. This check cannot say so: owners are not read.

Not met when. This check cannot say so either.

Unknown when. There are such apps. The answer names them, and the request that lists the owners of
one. It does not apply where no app has a path to Global Administrator.

Reads. All service principals and the application permissions that they hold (Application.Read.All).
Owners would be one request for each app and for its registration, under the same permission.

Remedy. GET /servicePrincipals/{id}/owners, and for an own app GET
/applications(appId='{appId}')/owners. Remove who should not be one: Entra ID > App registrations >
the app > Owners; it takes a Cloud Application Administrator. Undo: add the owner again.

References. https://learn.microsoft.com/graph/api/serviceprincipal-list-owners
"""

from auditor.inventory import privilege
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
)
from auditor.listings import application_permissions, service_principals
from auditor.model.report import Judgement, Severity

_LISTINGS = (service_principals.LISTING.name, application_permissions.LISTING.name)
_TEXT = (
    "Owners are not read. Apps with a path to Global Administrator whose owners to look at: "
    "{count}. GET /servicePrincipals/{{id}}/owners lists them (Application.Read.All)."
)


def _judge(context: InventoryContext) -> InventoryVerdict:
    verdict = found(
        context,
        _LISTINGS,
        (of_app(app, privilege.words(names)) for app, names in privilege.privileged(context)),
        bad=_TEXT,
        good="No app has a path to Global Administrator.",
    )
    outcomes = {
        Judgement.NOT_MET: Judgement.UNKNOWN,
        Judgement.MET: Judgement.NOT_APPLICABLE,
    }
    outcome = outcomes.get(verdict.outcome, verdict.outcome)
    return InventoryVerdict(outcome, verdict.message, verdict.affected)


CHECK = InventoryCheck(
    id="privileged-apps-have-trusted-owners",
    title="Owners of privileged apps are people who may be Global Administrators",
    severity=Severity.MEDIUM,
    judge=_judge,
    controls=("Zero Trust 21867",),
)
