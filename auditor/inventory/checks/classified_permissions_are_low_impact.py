"""Permissions that are classified low are of low risk.

What it asks. Is each permission that somebody classified as low rated low by our table of risks?

Why it matters. Where users may consent to selected permissions, what is classified low opens to
every verified publisher's app by one click of any user. Vendors' documents ask for mail and files
to be classified low, and what is meant for one app holds for all.

Met when. Every permission that is classified low is rated low, or nothing is classified low.

Not met when. At least one is rated medium, high or critical. MS.AAD.5.2v1 asks for less risk still:
its tool fails on permissions that it lists with the mark low, too.

Unknown when. Classifications could not be read and the others are fine, or a permission is
classified low that no table rates.

Reads. The permission classifications of Microsoft Graph, Exchange Online and SharePoint Online
(Application.Read.All). Those of other resources are not read.

Remedy. Entra ID > Enterprise apps > Consent and permissions > Permission classifications: remove
the permission; it takes a Cloud Application Administrator. Consent for the one app that needs it
instead. What users have consented to stays. Undo: classify it again.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-permission-classifications
"""

from collections.abc import Iterator

from auditor.baselines.settings import unread as unread_settings
from auditor.consent.explain import joined
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    unless_doubtful,
)
from auditor.model.fact import Known, Unknown
from auditor.model.inventory import Affected
from auditor.model.report import Judgement, Severity
from auditor.model.risk import WORST_FIRST, Kind, Rated, Risk
from auditor.permissions import resource_name
from auditor.sources import permission_classifications

_LOW = "low"
_Classified = tuple[Rated, Affected]


def _judge(context: InventoryContext) -> InventoryVerdict:
    facts = context.facts
    read = [(one, facts.classifications(one)) for one in _resources(context)]
    missing = [fact for _, fact in read if isinstance(fact, Unknown)]
    if not read:
        return InventoryVerdict(Judgement.UNKNOWN, "Permission classifications were not read.")
    rated = sorted(_rated(context), key=lambda one: WORST_FIRST.index(one[0].risk))
    risky = tuple(one for rate, one in rated if rate.risk not in {Risk.LOW, Risk.UNRATED})
    if risky:
        text = f"Permissions classified low that are no low risk: {len(risky):,}."
        return InventoryVerdict(Judgement.NOT_MET, text, risky)
    if missing:
        return InventoryVerdict(Judgement.UNKNOWN, unread_settings(*missing).why)
    unrated = (one for rate, one in rated if rate.risk is Risk.UNRATED)
    text = f"Permissions classified low, all of low risk: {len(rated):,}."
    looked_at = joined([resource_name(app_id) for app_id, _ in read])
    met = InventoryVerdict(
        Judgement.MET, f"{text if rated else 'No permission is classified low.'} Read: {looked_at}."
    )
    return unless_doubtful(met, unrated, "Classified low, and rated by no table: {count}.")


def _resources(context: InventoryContext) -> tuple[str, ...]:
    return context.facts.subjects(permission_classifications.SOURCE)


def _rated(context: InventoryContext) -> Iterator[_Classified]:
    for app_id in _resources(context):
        fact = context.facts.classifications(app_id)
        for one in (fact.value or ()) if isinstance(fact, Known) else ():
            if one.level.casefold() == _LOW:
                rate = context.risks.rate(app_id, Kind.DELEGATED, one.permission_id)
                if rate.risk is Risk.UNRATED:
                    rate = context.risks.rate(app_id, Kind.DELEGATED, one.permission_name)
                name = f"{one.permission_name} ({resource_name(app_id)})"
                yield rate, Affected(one.permission_id, name, f"{rate.risk}: {rate.reason}")


CHECK = InventoryCheck(
    id="classified-permissions-are-low-impact",
    title="Permissions that are classified low are of low risk",
    severity=Severity.HIGH,
    judge=_judge,
    controls=("MS.AAD.5.2v1",),
)
