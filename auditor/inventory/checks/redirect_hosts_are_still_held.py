"""Hosts of redirect URIs that anybody could take are still held.

What it asks. Which redirect URIs lie on a shared domain, such as azurewebsites.net or github.io,
where a name is free for anybody once its owner has given it up?

Why it matters. When a web app is deleted and its redirect URI stays, whoever creates a site of the
same name receives the codes and tokens of your users.

Met when. No redirect URI lies on such a domain.

Not met when. This check does not say so: it asks no name server and calls no host. The answer is
*manual*, and lists the hosts to look at by hand.

Unknown when. The registrations were not read, or not to their ends, and nothing was found; or an
address cannot be understood.

Reads. All app registrations (Application.Read.All). Names of azurewebsites.net with a part that
Azure made up and a region are left out: nobody else can get them.

Remedy. For each host ask whether the site is still yours. If not, remove the URI: Entra ID > App
registrations > the app > Authentication; an owner or Cloud Application Administrator can do it.
Undo: put it back. Later use a domain of your own.

References. https://learn.microsoft.com/azure/security/fundamentals/subdomain-takeover
"""

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand,
    found,
    of_registration,
    unless_doubtful,
)
from auditor.inventory.redirects import is_on_shared_domain
from auditor.listings import applications
from auditor.model.report import Severity


def _judge(context: InventoryContext) -> InventoryVerdict:
    hosts = {
        (uri.host, one.id): of_registration(one, uri.host)
        for one, uris in context.redirects
        for uri in uris
        if uri.is_public and is_on_shared_domain(uri)
    }
    verdict = found(
        context,
        (applications.LISTING.name,),
        hosts.values(),
        bad="Redirect URIs on shared domains, to look at by hand: {count}.",
        good="No redirect URI lies on a shared domain.",
    )
    why = "Redirect URIs that cannot be understood: {count}."
    return unless_doubtful(by_hand(verdict), context.unclear_redirects, why)


CHECK = InventoryCheck(
    id="redirect-hosts-are-still-held",
    title="Hosts of redirect URIs that anybody could take are still held",
    severity=Severity.MEDIUM,
    judge=_judge,
    controls=("Zero Trust 21888",),
)
