"""The seven tenants on which the known tools were compared, and shorter words for answers."""

from collections.abc import Callable

from auditor.baselines import evaluate
from auditor.baselines.load import Baselines, load_baselines
from auditor.facts import TenantFacts
from auditor.model.baseline import ControlAnswer, ControlResult
from auditor.model.cloud import Cloud
from tests.unit.consent_case import (
    GRAPH,
    LEGACY,
    LOW,
    MAIL_CLIENTS,
    RECOMMENDED,
    SIGN_IN,
    Json,
    Tenant,
    condition_set,
    permission_ids,
)

SHAREPOINT = "00000003-0000-0ff1-ce00-000000000000"
OWNED = "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team"
MAIL_READWRITE = "024d486e-b451-40bb-833d-3e66d98c5c73"
MAIL_SEND = "e383f46e-2787-4529-855e-0e479a3ffac0"
CALENDARS_READWRITE = "1ec239c2-d7c9-4623-a91a-a9775856bb36"

ANSWERS = {
    ControlAnswer.MET: "P",
    ControlAnswer.NOT_MET: "F",
    ControlAnswer.SKIPPED: "skip",
    ControlAnswer.UNKNOWN: "?",
}


def tenant(cloud: Cloud = Cloud.GLOBAL) -> Tenant:
    """A tenant whose resources were all read; it has no SharePoint Online."""
    found = Tenant(cloud)
    found.absent("resource-service-principal", SHAREPOINT)
    return found.absent("permission-classifications", SHAREPOINT)


def low_with(**classified: str) -> Tenant:
    """The Low policy with the sign-in permissions classified, and further ones by name and id."""
    sign_in: list[Json] = [
        {"permissionId": one, "permissionName": name, "classification": "low"}
        for name, one in zip(SIGN_IN, permission_ids(*SIGN_IN), strict=True)
    ]
    more: list[Json] = [
        {"permissionId": one, "permissionName": name.replace("_", "."), "classification": "low"}
        for name, one in classified.items()
    ]
    found = tenant().policies(LOW, entries=(OWNED,))
    return found.says("permission-classifications", {"value": sign_in + more}, GRAPH)


def custom() -> Tenant:
    """A custom policy that names harmless permissions and verified publishers."""
    narrow = condition_set(
        resourceApplication=GRAPH,
        permissions=permission_ids(*SIGN_IN),
        clientApplicationsFromVerifiedPublisherOnly=True,
    )
    return tenant().policies("custom", entries=(OWNED,)).policy("custom", [narrow])


STATES: dict[str, Callable[[], Tenant]] = {
    "empty list": lambda: tenant().policies(),
    "only entries for owned resources": lambda: tenant().policies(entries=(OWNED,)),
    "Low policy, harmless permissions classified": low_with,
    "Low policy, mail and calendar permissions classified": lambda: low_with(
        Mail_ReadWrite=MAIL_READWRITE,
        Mail_Send=MAIL_SEND,
        Calendars_ReadWrite=CALENDARS_READWRITE,
    ),
    "Microsoft-managed policies": lambda: tenant().policies(
        RECOMMENDED, MAIL_CLIENTS, entries=(OWNED,)
    ),
    "legacy policy": lambda: tenant().policies(LEGACY, entries=(OWNED,)),
    "a custom policy for harmless permissions": custom,
}


def results(
    facts: TenantFacts, baselines: Baselines | None = None
) -> dict[tuple[str, str], ControlResult]:
    """All results by baseline and control."""
    found = evaluate(facts, baselines or load_baselines())
    return {(one.baseline, one.control): one for one in found}
