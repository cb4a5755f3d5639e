"""Registrations do without client secrets.

What it asks. Which registrations of this tenant have a valid client secret?

Why it matters. A client secret is a password in a file: it ends up in logs, tickets and
repositories. Where the app runs in Azure, in another cloud or in a pipeline, a managed identity or
a federated credential needs no secret at all.

Met when. No registration has a valid client secret.

Not met when. This check does not say so. Whether a secret could be replaced depends on where the
app runs, which Graph does not know; so the answer is *manual*, and names the registrations that
have nothing but secrets first. Federated credentials are not in the listing, so some of those
named may have one already.

Unknown when. The registrations were not read, or not to their ends, and nothing was found.

Reads. All app registrations (Application.Read.All). The federated credentials of one registration
are under the same permission: GET /applications/{id}/federatedIdentityCredentials.

Remedy. Add a federated credential (Entra ID > App registrations > the app > Certificates & secrets
> Federated credentials), let the app use it, then delete the secret; an owner or Cloud Application
Administrator can do it. There is no undo for the secret: a new one is made.

References. https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

from collections.abc import Iterator
from datetime import datetime

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand,
    found,
    of_registration,
)
from auditor.inventory.credentials import CredentialKind, counted, credentials
from auditor.listings import applications
from auditor.model.inventory import Affected, Registration
from auditor.model.report import Severity


def _judge(context: InventoryContext) -> InventoryVerdict:
    now = context.inventory.collected_at
    rows = [row for one in context.inventory.registrations for row in _secrets(one, now)]
    rows.sort(key=lambda row: row[0])
    verdict = found(
        context,
        (applications.LISTING.name,),
        (one for _, one in rows),
        bad="Registrations with a valid client secret, to look at by hand: {count}.",
        good="No registration has a valid client secret.",
    )
    return by_hand(verdict)


def _secrets(one: Registration, now: datetime) -> Iterator[tuple[bool, Affected]]:
    valid = [each for each in credentials(one.secrets) if not each.is_over(now)]
    secrets = [each for each in valid if each.kind is CredentialKind.CLIENT]
    if secrets:
        others = any(each.kind is CredentialKind.CERTIFICATE for each in valid)
        rest = ", certificates beside it" if others else ", no certificate"
        yield others, of_registration(one, f"{counted(secrets)}{rest}")


CHECK = InventoryCheck(
    id="registrations-use-no-client-secrets",
    title="Registrations do without client secrets",
    severity=Severity.INFO,
    judge=_judge,
    controls=("Zero Trust 21772",),
)
