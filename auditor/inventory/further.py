"""What the second step read, and other reports, put beside the apps of an inventory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import cast

from auditor.facts import derive
from auditor.inventory.fold import Fold
from auditor.inventory.owners import Owners
from auditor.listings import app_management, load, sign_ins
from auditor.listings.application_permissions import AssignmentRow
from auditor.listings.moments import moment
from auditor.listings.sign_ins import SignInRow
from auditor.model.app_management import AppManagement
from auditor.model.cloud import Cloud
from auditor.model.fact import Known
from auditor.model.inventory import Coverage, Inventory, ListingCoverage
from auditor.model.snapshot import Reading, Snapshot

_NO_LICENCE = "premiumtenant"
"""Part of Graph's error code ``Authentication_RequestFromNonPremiumTenantOrB2CTenant``."""


def with_further(
    inventory: Inventory, fold: Fold, assignments: Iterable[AssignmentRow]
) -> Inventory:
    """Add owners, sign-ins and the policies about credentials.

    Args:
        inventory: Without them.
        fold: Finished; sign-ins are let go of.
        assignments: Who holds application permissions.
    """
    owners = Owners(inventory, fold)
    absent = {one.name for one in load() if inventory.cloud in one.absent_in}
    listings = tuple(
        _not_here(one) if one.name in absent else owners.coverage(_licensed(one))
        for one in inventory.listings
    )
    return replace(
        inventory,
        listings=listings,
        owners=owners.by_app(),
        sign_ins=_sign_ins(cast("list[SignInRow]", fold.rows(sign_ins.LISTING))),
        held_since=_held_since(assignments),
        app_management=_app_management(inventory.cloud, inventory.collected_at, fold.settings),
    )


def _not_here(one: ListingCoverage) -> ListingCoverage:
    return replace(one, coverage=Coverage.NOT_ASKED, needs=(), detail="this cloud does not have it")


def _licensed(one: ListingCoverage) -> ListingCoverage:
    """Name no permission where only a licence would help."""
    if _NO_LICENCE not in one.detail.casefold():
        return one
    detail = "the tenant has no licence of Microsoft Entra ID P1, which it takes"
    return replace(one, needs=(), detail=detail)


def _sign_ins(rows: list[SignInRow]) -> dict[str, datetime | None]:
    found: dict[str, datetime | None] = {}
    while rows:
        row = rows.pop()
        app_id = (row.app_id or "").lower()
        times = [one for one in (row.latest, found.get(app_id)) if one]
        found[app_id] = max(times, default=None)
    return found


def _held_since(assignments: Iterable[AssignmentRow]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for one in assignments:
        since = moment(one.created_date_time)
        if since:
            holder = one.principal_id.lower()
            found[holder] = min(since, found.get(holder, since))
    return found


def _app_management(cloud: Cloud, at: datetime, settings: Iterable[Reading]) -> AppManagement:
    names = {one.name for one in app_management.SOURCES}
    mine = tuple(one for one in settings if one.source in names)
    facts = derive(Snapshot("", cloud, at, mine), app_management.SOURCES)
    custom = facts.fact(app_management.CUSTOM)
    ids = [one.id for one in custom.value] if isinstance(custom, Known) else []
    return AppManagement(
        default=facts.fact(app_management.DEFAULT),
        custom=custom,
        targets={one: facts.fact(app_management.TARGETS, one) for one in ids},
    )
