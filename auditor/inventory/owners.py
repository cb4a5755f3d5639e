"""Who owns privileged apps, from what the second step read, and how far that went."""

from collections.abc import Iterable
from dataclasses import replace

from auditor.inventory.fold import Fold
from auditor.inventory.risk import load_risks, privileged
from auditor.listings import (
    app_owners,
    application_permissions,
    applications,
    registration_owners,
    service_principals,
)
from auditor.listings.app_owners import OwnerRow
from auditor.listings.listing import Row
from auditor.model.inventory import (
    App,
    AppOwner,
    AppOwners,
    Coverage,
    Inventory,
    ListingCoverage,
    Owner,
)

LISTINGS = (app_owners.LISTING.name, registration_owners.LISTING.name)
_BEFORE = (application_permissions.LISTING.name, service_principals.LISTING.name)
_KIND = "#microsoft.graph."
_GUESTS = {"guest": True, "member": False}
_NOT_ASKED = "its owners were not asked for"


class Owners:
    """Compares what should have been asked for with what was."""

    def __init__(self, inventory: Inventory, fold: Fold) -> None:
        """Take an inventory without owners, and the readings of theirs."""
        self._whole = inventory.covers(*_BEFORE)
        registered = {one.app_id for one in inventory.registrations}
        sure = inventory.covers(applications.LISTING.name)
        self._apps = [app for app, _ in privileged(inventory.apps, load_risks())]
        self._own = [
            one
            for one in self._apps
            if one.owner in {Owner.HERE, Owner.UNKNOWN} and (one.app_id in registered or not sure)
        ]
        self._read = fold.by_part(app_owners.LISTING)
        self._read_here = fold.by_part(registration_owners.LISTING)

    def by_app(self) -> dict[str, AppOwners]:
        """Return the owners of each privileged app that was asked about, by object id."""
        own = {one.id for one in self._own}
        return {
            one.id: self._of(one, registered=one.id in own)
            for one in self._apps
            if one.id in self._read or one.app_id in self._read_here
        }

    def coverage(self, found: ListingCoverage) -> ListingCoverage:
        """Say of the two listings of owners whether all privileged apps were asked about."""
        if found.name not in LISTINGS:
            return found
        first = found.name == LISTINGS[0]
        wanted = {one.id for one in self._apps} if first else {one.app_id for one in self._own}
        read = self._read if first else self._read_here
        left = wanted.difference(read)
        if read and not any(trouble for one, (_, trouble) in read.items() if one in wanted):
            found = replace(found, coverage=Coverage.READ, detail="")
        if not self._whole:
            why = "which apps are privileged could not be read"
            return _incomplete(found, why)
        if not left:
            nothing = found.coverage is Coverage.NOT_ASKED
            return replace(found, coverage=Coverage.READ) if nothing else found
        if len(left) == len(wanted):
            return replace(found, coverage=Coverage.NOT_ASKED)
        return _incomplete(found, f"of {len(left):,} of {len(wanted):,} they were not asked for")

    def _of(self, app: App, *, registered: bool) -> AppOwners:
        rows, problem = self._read.get(app.id, ([], _NOT_ASKED))
        here, other = self._read_here.get(app.app_id, ([], _NOT_ASKED))
        return AppOwners(_people([*rows, *here]), problem or (other if registered else ""))


def _incomplete(found: ListingCoverage, why: str) -> ListingCoverage:
    asked = found.coverage is not Coverage.NOT_ASKED
    coverage = Coverage.INCOMPLETE if asked else Coverage.NOT_ASKED
    detail = f"{found.detail}; {why}" if found.detail else why
    return replace(found, coverage=coverage, detail=detail)


def _people(rows: Iterable[Row]) -> tuple[AppOwner, ...]:
    found = {row.id.lower(): _owner(row) for row in rows if isinstance(row, OwnerRow)}
    return tuple(found[key] for key in sorted(found))


def _owner(row: OwnerRow) -> AppOwner:
    return AppOwner(
        id=row.id.lower(),
        name=row.user_principal_name or row.display_name or row.id,
        type=(row.type or "").removeprefix(_KIND),
        guest=_GUESTS.get((row.user_type or "").casefold()),
        enabled=row.account_enabled,
    )
