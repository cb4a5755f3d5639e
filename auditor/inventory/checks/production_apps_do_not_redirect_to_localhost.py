"""Web apps in production do not redirect to the developer's machine.

What it asks. Does a registration with a public web address also send codes and tokens of its web or
single-page platform to localhost?

Why it matters. Whatever listens on that port of a person's machine receives the sign-in of the
production app. It is left over from development, where a registration of its own belongs.

Met when. No registration has both, or localhost is registered for native apps, where it is right.

Not met when. At least one has both on its web or single-page platform.

Unknown when. The registrations were not read, or not to their ends, and nothing was found; or an
address cannot be understood.

Reads. All app registrations (Application.Read.All).

Remedy. Give developers a registration of their own, then remove the localhost URI: Entra ID > App
registrations > the app > Authentication; an owner or Cloud Application Administrator can do it.
Undo: put it back.

References. https://learn.microsoft.com/entra/identity-platform/security-best-practices-for-app-registration
"""

from collections.abc import Iterator

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_registration,
    unless_doubtful,
)
from auditor.inventory.redirects import Redirect
from auditor.listings import applications
from auditor.model.inventory import Affected, Registration
from auditor.model.report import Severity

_WEB = frozenset({"web", "spa"})


def _judge(context: InventoryContext) -> InventoryVerdict:
    verdict = found(
        context,
        (applications.LISTING.name,),
        (row for one, uris in context.redirects for row in _both(one, uris)),
        bad="Registrations with public web addresses that also redirect to localhost: {count}.",
        good="No registration with a public web address redirects to localhost.",
    )
    return unless_doubtful(
        verdict, context.unclear_redirects, "Redirect URIs that cannot be understood: {count}."
    )


def _both(one: Registration, uris: tuple[Redirect, ...]) -> Iterator[Affected]:
    web = [uri for uri in uris if uri.platform in _WEB and uri.is_http]
    local = [uri.text for uri in web if uri.is_loopback]
    public = [uri.text for uri in web if uri.is_public]
    if local and public:
        yield of_registration(one, f"{local[0]} beside {public[0]}")


CHECK = InventoryCheck(
    id="production-apps-do-not-redirect-to-localhost",
    title="Web apps in production do not redirect to the developer's machine",
    severity=Severity.LOW,
    judge=_judge,
)
