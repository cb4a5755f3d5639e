"""Which apps of a tenant fit: filters over apps, and over what they hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from auditor.inventory.risk import worst
from auditor.listings import application_permissions, delegated_grants, service_principals
from auditor.model.holding import Consent, Found, Holding, Holdings
from auditor.model.inventory import App, Coverage, Inventory, ListingCoverage, Owner
from auditor.model.risk import WORST_FIRST, Risk, RiskTable

VERIFIED, UNVERIFIED = "verified", "unverified"
_LISTINGS = frozenset(
    one.LISTING.name for one in (application_permissions, delegated_grants, service_principals)
)
"""What an answer rests on."""


@unique
class Sort(StrEnum):
    """What comes first."""

    RISK = "risk"
    USERS = "users"
    PERMISSIONS = "permissions"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; an empty member asks for nothing."""

    app: str = ""
    """Part of a name, or an app ID or object id."""
    permission: str = ""
    """A name; ``*`` stands for anything."""
    publisher: str = ""
    """``verified``, ``unverified``, or part of a verified publisher's name."""
    consent: Consent | None = None
    owner: Owner | None = None
    risk: Risk | None = None
    """This or worse."""
    min_users: int = 0


def unread(inventory: Inventory) -> tuple[ListingCoverage, ...]:
    """Return the listings that were not read to their ends, so that more apps may fit."""
    return tuple(
        one
        for one in inventory.listings
        if one.name in _LISTINGS and one.coverage is not Coverage.READ
    )


def select(inventory: Inventory, risks: RiskTable, query: Query, sort: Sort) -> list[Found]:
    """Return the apps that fit.

    An app fits where one permission that it holds has the name, the consent and the risk that are
    asked for, all three; those permissions come with it, the worst first. Where none of the three
    is asked for, every permission comes with it, and an app without any fits too.
    """
    holdings = Holdings(inventory.apps, risks)
    wanted = _permission_filter(query)
    found = []
    for app in filter(_app_filter(query), inventory.apps):
        held = sorted(filter(wanted, holdings.of(app)), key=Holding.place)
        if held or wanted is None:
            found.append(Found(app, worst([one.rated.risk for one in held]), tuple(held)))
    return sorted(found, key=_ORDERS[sort])


def _permission_filter(query: Query) -> Callable[[Holding], bool] | None:
    if not query.permission and query.consent is None and query.risk is None:
        return None
    parts = (re.escape(part) for part in (query.permission or "*").split("*"))
    name = re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)
    bad = frozenset(WORST_FIRST[: WORST_FIRST.index(query.risk or Risk.UNRATED) + 1])

    def fits(one: Holding) -> bool:
        consented = query.consent is None or one.consent.covers(query.consent)
        return consented and one.rated.risk in bad and name.fullmatch(one.permission) is not None

    return fits


def _app_filter(query: Query) -> Callable[[App], bool]:
    text, publisher = query.app.strip().casefold(), query.publisher.strip().casefold()

    def fits(app: App) -> bool:
        return (
            app.users >= query.min_users
            and (query.owner is None or app.owner is query.owner)
            and (not text or text in app.name.casefold() or text in {app.app_id, app.id})
            and (not publisher or _is_published(app, publisher))
        )

    return fits


def _is_published(app: App, publisher: str) -> bool:
    if publisher == VERIFIED:
        return bool(app.publisher_id)
    if publisher == UNVERIFIED:
        return not app.publisher_id and app.owner is not Owner.MICROSOFT
    return publisher in app.publisher.casefold()


_ORDERS: Mapping[Sort, Callable[[Found], tuple[int, int, str]]] = {
    Sort.RISK: lambda one: (_place(one), -one.app.users, one.app.name.casefold()),
    Sort.USERS: lambda one: (-one.app.users, _place(one), one.app.name.casefold()),
    Sort.PERMISSIONS: lambda one: (-len(one.held), _place(one), one.app.name.casefold()),
    Sort.NAME: lambda one: (0, 0, one.app.name.casefold()),
}


def _place(one: Found) -> int:
    """Rank by risk; who holds nothing comes after what is not rated."""
    return WORST_FIRST.index(one.risk) if one.held else len(WORST_FIRST)
