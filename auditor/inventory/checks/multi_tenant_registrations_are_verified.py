"""Own registrations that other organisations may use have a verified publisher.

What it asks. Is the publisher verified of each registration of this tenant that accounts of other
organisations can sign in to?

Why it matters. Users of other tenants cannot consent to an app without a verified publisher where
risk-based step-up is on. And an app that is open to other tenants by mistake accepts strangers, if
its code does not look where they come from.

Met when. Each registration for several tenants has a verified publisher.

Not met when. At least one has none. Where it was never meant for others, its audience is the fault.

Unknown when. The registrations were not read, or not to their ends, and nothing was found; or a
registration has an audience that Graph does not document. It does not apply in clouds that verify
no publishers.

Reads. All app registrations (Application.Read.All).

Remedy. For this tenant alone: Entra ID > App registrations > the app > Authentication > Supported
account types: single tenant; an owner or Cloud Application Administrator can do it; undo: several
tenants. For others: Branding & properties > Publisher domain, then add the verified publisher.

References. https://learn.microsoft.com/entra/identity-platform/publisher-verification-overview
"""

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_registration,
    unless_doubtful,
)
from auditor.listings import applications
from auditor.model.cloud import ENDPOINTS
from auditor.model.inventory import Affected, Registration
from auditor.model.report import Judgement, Severity

_SEVERAL = frozenset({"azureadmultipleorgs", "azureadandpersonalmicrosoftaccount"})
_OTHERS = frozenset({"azureadmyorg", "personalmicrosoftaccount"})


def _judge(context: InventoryContext) -> InventoryVerdict:
    if not ENDPOINTS[context.inventory.cloud].verifies_publishers:
        text = "This cloud verifies no publishers."
        return InventoryVerdict(Judgement.NOT_APPLICABLE, text)
    unverified = [one for one in context.inventory.registrations if not one.publisher_id]
    verdict = found(
        context,
        (applications.LISTING.name,),
        (_affected(one) for one in unverified if one.audience.casefold() in _SEVERAL),
        bad="Registrations for several tenants without a verified publisher: {count}.",
        good="Every registration for several tenants has a verified publisher.",
    )
    odd = (one for one in unverified if one.audience.casefold() not in _SEVERAL | _OTHERS)
    why = "Registrations whose audience is not documented or not said: {count}."
    return unless_doubtful(verdict, map(_affected, odd), why)


def _affected(one: Registration) -> Affected:
    return of_registration(one, one.audience or "no audience is said")


CHECK = InventoryCheck(
    id="multi-tenant-registrations-are-verified",
    title="Own registrations that other organisations may use have a verified publisher",
    severity=Severity.LOW,
    judge=_judge,
)
