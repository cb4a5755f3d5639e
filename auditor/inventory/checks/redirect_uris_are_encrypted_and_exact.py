"""Redirect URIs are encrypted and exact.

What it asks. Does any redirect URI of a registration use http beyond the person's own machine, or
hold a wildcard?

Why it matters. Entra sends codes and tokens to the redirect URI. Over http anybody on the way reads
them; with a wildcard they go to any host or page that fits, one that an attacker made included.

Met when. Every redirect URI is https, http to the person's own machine, or an address of a native
app, and none holds a wildcard.

Not met when. At least one is http to another host, or holds a wildcard.

Unknown when. The registrations were not read, or not to their ends, and nothing was found; or an
address cannot be understood.

Reads. All app registrations (Application.Read.All). Redirect URIs of other organisations' apps are
theirs to keep.

Remedy. Entra ID > App registrations > the app > Authentication: add exact https URIs, let the app
use them, then remove the old one; an owner or Cloud Application Administrator can do it. Undo: put
it back.

References. https://learn.microsoft.com/entra/identity-platform/reply-url
"""

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
from auditor.model.report import Severity


def _judge(context: InventoryContext) -> InventoryVerdict:
    rows = [
        (fault, of_registration(one, f"{fault}: {uri.text}"))
        for one, uris in context.redirects
        for uri in uris
        if (fault := _fault(uri))
    ]
    verdict = found(
        context,
        (applications.LISTING.name,),
        (one for fault, one in rows if fault != _UNCLEAR),
        bad="Redirect URIs with a wildcard or without encryption: {count}.",
        good="No redirect URI has a wildcard or goes without encryption.",
    )
    unclear = (one for fault, one in rows if fault == _UNCLEAR)
    return unless_doubtful(verdict, unclear, "Redirect URIs that cannot be understood: {count}.")


_UNCLEAR = "not understood"


def _fault(uri: Redirect) -> str:
    if uri.is_http and "*" in uri.text:
        return "wildcard"
    if uri.is_unclear:
        return _UNCLEAR
    return "http" if uri.scheme == "http" and not uri.is_loopback else ""


CHECK = InventoryCheck(
    id="redirect-uris-are-encrypted-and-exact",
    title="Redirect URIs are encrypted and exact",
    severity=Severity.MEDIUM,
    judge=_judge,
    controls=("Zero Trust 21885",),
)
