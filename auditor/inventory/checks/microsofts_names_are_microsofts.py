"""No other organisation's app bears the name of one of Microsoft's apps.

What it asks. Does an app of another organisation look by its name like one of Microsoft's own, such
as Microsoft Teams?

Why it matters. Whoever registers an app chooses its name, and users and administrators read the
name alone. An app called like a Microsoft app is asked no questions.

Met when. No app of another organisation bears such a name. Names are compared without case, blanks,
accents and invisible characters, and letters that look alike count as one.

Not met when. At least one does, is enabled and has no verified publisher. Where all of them have
one or are disabled the answer is *manual*: the publisher is known, and the name may still deceive;
nobody can sign in to a disabled app, and what it did before is still to be looked at.

Unknown when. The service principals were not read, or not to their end, and no such app was found
that is enabled and not verified; or Graph names no owner of an app with such a name. In clouds that
verify no publishers the answer is *manual*.

Reads. All service principals (Application.Read.All) and the names in policies/first-party/, which
are not all of Microsoft's. Apps of this tenant and managed identities are left out.

Remedy. Find out who wanted the app. Disable it: Entra ID > Enterprise apps > the app > Properties >
Enabled for users to sign-in: No, as a Cloud Application Administrator (undo: Yes); look at its
sign-ins and grants; report it to Microsoft. Do not delete it: it could be consented to again.

References. https://learn.microsoft.com/defender-office-365/detect-and-remediate-illicit-consent-grants
"""

from collections.abc import Iterator

from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand,
    by_hand_if_sure,
    found,
    of_app,
    publisher,
    unless_doubtful,
)
from auditor.inventory.first_party import load_first_party, look
from auditor.listings import service_principals
from auditor.model.cloud import ENDPOINTS
from auditor.model.inventory import Affected, App, Owner
from auditor.model.report import Severity
from auditor.model.well_known import MICROSOFT_GRAPH

_CORPORATION = frozenset({"microsoft", "microsoft corporation"})
_LISTINGS = (service_principals.LISTING.name,)


def _judge(context: InventoryContext) -> InventoryVerdict:
    rows = sorted(_imitations(context), key=lambda one: (_is_harmless(one[0]), one[0].is_disabled))
    known = [(app, one) for app, one in rows if app.owner is Owner.OTHER]
    verdict = found(
        context,
        _LISTINGS,
        (one for _, one in known),
        bad="Apps of other organisations with the name of a Microsoft app: {count}.",
        good="No app of another organisation bears the name of a Microsoft app.",
    )
    verifies = ENDPOINTS[context.inventory.cloud].verifies_publishers
    nameless = [(app, one) for app, one in rows if app.owner is Owner.UNKNOWN]
    why = "Apps with the name of a Microsoft app whose owner Graph does not name: {count}."
    if not verifies:
        verdict = by_hand(verdict)
    elif all(_is_harmless(app) for app, _ in known):
        open_ones = (one for app, one in nameless if not _is_harmless(app))
        verdict = by_hand_if_sure(verdict, context, _LISTINGS, open_ones, why)
    return unless_doubtful(verdict, (one for _, one in nameless), why)


def _imitations(context: InventoryContext) -> Iterator[tuple[App, Affected]]:
    apps, microsoft = context.inventory.apps, load_first_party()
    owners = {one.owner_tenant for one in apps if one.app_id == MICROSOFT_GRAPH} - {""}
    for app in context.strangers:
        if _is_microsofts(app) or app.app_id in microsoft.ids or app.owner_tenant in owners:
            continue
        if name := microsoft.names.get(look(app.name)):
            written = "" if app.name.isascii() else f", written {app.name!a}"
            where = f"registered in {app.owner_tenant or 'a tenant that is not named'}"
            state = "; disabled" if app.is_disabled else ""
            yield app, of_app(app, f"like {name}{written}; {where}; {publisher(app)}{state}")


def _is_harmless(app: App) -> bool:
    return bool(app.publisher_id) or app.is_disabled


def _is_microsofts(app: App) -> bool:
    return bool(app.publisher_id) and app.publisher.casefold() in _CORPORATION


CHECK = InventoryCheck(
    id="microsofts-names-are-microsofts",
    title="No other organisation's app bears the name of one of Microsoft's apps",
    severity=Severity.HIGH,
    judge=_judge,
)
