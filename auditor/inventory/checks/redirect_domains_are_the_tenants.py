"""Single-tenant registrations redirect to the tenant's own domains.

What it asks. Which registrations for this tenant alone have redirect URIs on a domain that is not
among its verified domains?

Why it matters. Codes and tokens of your users go to whoever holds that domain. For a service that
you bought this is right; a domain that a project once had and nobody renewed is not.

Met when. Every redirect URI of a registration for this tenant alone lies on a verified domain, on
Microsoft's domains, on the person's own machine, or is one of a native app.

Not met when. This check does not say so. Many services are registered by their customers and answer
on the vendor's domain; so the answer is *manual*, and lists the domains.

Unknown when. The registrations were not read, or not to their ends, and nothing was found; or the
tenant's domains, or the audience of a registration with other domains, are not known; or an address
cannot be understood.

Reads. All app registrations (Application.Read.All) and the tenant's verified domains
(Organization.Read.All). Hosts on shared domains are another check's.

Remedy. Ask the registration's owner whose domain it is. If nobody knows, remove the URI: Entra ID >
App registrations > the app > Authentication, as an owner or Cloud Application Administrator. Undo:
put it back.

References. https://learn.microsoft.com/entra/identity-platform/security-best-practices-for-app-registration
"""

from collections.abc import Iterator

from auditor.baselines.settings import unread as unread_settings
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand,
    found,
    of_registration,
    unless_doubtful,
)
from auditor.inventory.redirects import Redirect, ascii_host, is_microsofts, is_on_shared_domain
from auditor.listings import applications
from auditor.model.fact import Unknown
from auditor.model.inventory import Affected, Registration
from auditor.model.report import Judgement, Severity
from auditor.phrases import first_and_rest

_SINGLE = "azureadmyorg"
_OTHERS = frozenset(
    {"azureadmultipleorgs", "azureadandpersonalmicrosoftaccount", "personalmicrosoftaccount"}
)
_SHOWN = 3


def _judge(context: InventoryContext) -> InventoryVerdict:
    here = context.facts.organization()
    if isinstance(here, Unknown):
        return InventoryVerdict(Judgement.UNKNOWN, unread_settings(here).why)
    domains = tuple(filter(None, map(ascii_host, here.value.verified_domains)))
    if not domains:
        return InventoryVerdict(Judgement.UNKNOWN, "Graph names no verified domain of the tenant.")
    rows = [row for one, uris in context.redirects for row in _foreign(one, uris, domains)]
    verdict = found(
        context,
        (applications.LISTING.name,),
        (row for audience, row in rows if audience == _SINGLE),
        bad="Registrations that redirect to other domains, to look at by hand: {count}.",
        good="Single-tenant registrations redirect to domains of the tenant, of Microsoft or of "
        "hosting services alone.",
    )
    odd = (row for audience, row in rows if audience != _SINGLE)
    why = "Registrations on other domains whose audience is not documented or not said: {count}."
    verdict = unless_doubtful(by_hand(verdict), odd, why)
    return unless_doubtful(
        verdict, context.unclear_redirects, "Redirect URIs that cannot be understood: {count}."
    )


def _foreign(
    one: Registration, uris: tuple[Redirect, ...], domains: tuple[str, ...]
) -> Iterator[tuple[str, Affected]]:
    audience = one.audience.casefold()
    if audience in _OTHERS:
        return
    hosts = dict.fromkeys(
        uri.host
        for uri in uris
        if uri.is_public
        and not uri.is_under(domains)
        and not is_microsofts(uri)
        and not is_on_shared_domain(uri)
    )
    if hosts:
        yield audience, of_registration(one, first_and_rest([*hosts], _SHOWN))


CHECK = InventoryCheck(
    id="redirect-domains-are-the-tenants",
    title="Single-tenant registrations redirect to the tenant's own domains",
    severity=Severity.INFO,
    judge=_judge,
)
