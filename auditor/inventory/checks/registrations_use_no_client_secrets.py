"""Own apps do without client secrets.

What it asks. Which registrations of this tenant, and which enterprise apps of theirs, have a valid
client secret?

Why it matters. A client secret is a password in a file: it ends up in logs, tickets and
repositories. Where the app runs in Azure, in another cloud or in a pipeline, a managed identity or
a federated credential needs no secret at all.

Met when. No registration and no enterprise app of this tenant has a valid client secret.

Not met when. This check does not say so. Whether a secret could be replaced depends on where the
app runs, which Graph does not know; so the answer is *manual*, and names the registrations that
have nothing but secrets first. Federated credentials are not in the listing, so some of those
named may have one already.

Unknown when. The registrations or service principals were not read, or not to their ends, and
nothing was found; or Graph names no owner of an enterprise app that has a secret, or the tenant's
own id was not read.

Reads. All app registrations and all service principals (Application.Read.All). The federated
credentials of one registration are under the same permission: GET
/applications/{id}/federatedIdentityCredentials. What an enterprise app has beside its registration
is not in the admin center: az ad sp credential list --id ID shows it.

Remedy. Add a federated credential (Entra ID > App registrations > the app > Certificates & secrets
> Federated credentials), let the app use it, then delete the secret; an owner or Cloud Application
Administrator can do it. There is no undo for the secret: a new one is made.

References. https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand,
    found,
    of_app,
    of_registration,
    unless_doubtful,
)
from auditor.inventory.credentials import CredentialKind, counted, credentials
from auditor.inventory.ownership import is_managed_identity, is_own
from auditor.listings import applications, service_principals
from auditor.model.inventory import Affected, App, Owner, Registration
from auditor.model.report import Severity

_LISTINGS = (applications.LISTING.name, service_principals.LISTING.name)


def _judge(context: InventoryContext) -> InventoryVerdict:
    now = context.inventory.collected_at
    apps = (one for one in context.inventory.apps if is_own(one) and not is_managed_identity(one))
    everybody: Iterable[App | Registration] = chain(context.inventory.registrations, apps)
    rows = [row for one in everybody if one.secrets for row in _secrets(one, now)]
    rows.sort(key=lambda row: row[0])
    verdict = found(
        context,
        _LISTINGS,
        (one for _, one in rows),
        bad="Own apps with a valid client secret, to look at by hand: {count}.",
        good="No own app has a valid client secret.",
    )
    nameless = (one for one in context.inventory.apps if one.owner is Owner.UNKNOWN)
    strange = (one for one in nameless if one.secrets and not is_own(one))
    doubtful = (row for one in strange for _, row in _secrets(one, now))
    why = "Apps with a valid client secret that may be this tenant's: {count}."
    return unless_doubtful(by_hand(verdict), doubtful, why)


def _secrets(one: App | Registration, now: datetime) -> Iterator[tuple[bool, Affected]]:
    valid = [each for each in credentials(one.secrets) if not each.is_over(now)]
    secrets = [each for each in valid if each.kind is CredentialKind.CLIENT]
    if secrets:
        others = any(each.kind is CredentialKind.CERTIFICATE for each in valid)
        rest = ", certificates beside it" if others else ", no certificate"
        yield others, _named(one, f"{counted(secrets)}{rest}")


def _named(one: App | Registration, detail: str) -> Affected:
    if isinstance(one, App):
        return of_app(one, f"enterprise app: {detail}")
    return of_registration(one, detail)


CHECK = InventoryCheck(
    id="registrations-use-no-client-secrets",
    title="Own apps do without client secrets",
    severity=Severity.INFO,
    judge=_judge,
    controls=("Zero Trust 21772",),
)
