"""What a run reads because of what it has read: owners of privileged apps, above all.

Every answer passes by here on its way to the file. Of the pages, only those of application
permissions are decoded, and, where somebody is privileged, three members of service principals.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from auditor.inventory.risk import load_risks
from auditor.inventory.rows import Rows
from auditor.listings import (
    app_management,
    app_owners,
    application_permissions,
    applications,
    owners_together,
    registration_owners,
    service_principals,
)
from auditor.listings.application_permissions import AssignmentRow
from auditor.listings.listing import Listing, Page, Row
from auditor.listings.owners_together import Together, fits
from auditor.listings.pages import changes_of, goes_on
from auditor.model.cloud import Cloud
from auditor.model.risk import Kind, RiskTable
from auditor.model.snapshot import Reading
from auditor.model.well_known import CONSENT_ROLES
from auditor.sources import organization, role_holders
from auditor.sources.source import Item, MalformedError

MOST_APPS = 2000
"""Owners are read of no more apps than this."""
TRUSTED_ROLES = tuple(
    CONSENT_ROLES[name] for name in ("Global Administrator", "Privileged Role Administrator")
)
"""Who holds one of these may make anybody Global Administrator anyway."""


class _App(Row):
    app_id: str | None = None
    app_owner_organization_id: str | None = None


_APPS: Listing[_App] = Listing(
    name=service_principals.LISTING.name,
    title=service_principals.LISTING.title,
    path=service_principals.LISTING.path,
    select=("id", "appId", "appOwnerOrganizationId"),
    needs=service_principals.LISTING.needs,
    why=service_principals.LISTING.why,
    row=_App,
    page=Page[_App],
)
"""The service principals, of each of which little is decoded."""


class _Registered(msgspec.Struct):
    app_id: str | None = msgspec.field(default=None, name="appId")


class _Registrations(msgspec.Struct):
    """A page of app registrations, or of what changed in them."""

    value: list[_Registered]


_REGISTRATIONS = msgspec.json.Decoder(_Registrations)


@dataclass(slots=True)
class SecondStep:
    """Looks at what is read, in the order of the file."""

    cloud: Cloud
    tenant: str = ""
    """Its id, in lower case; empty where the answers so far do not say it."""
    _risks: RiskTable = field(default_factory=load_risks)
    _paths: dict[str, set[str]] = field(default_factory=dict)
    """Roles with a path to Global Administrator, by who holds them."""
    _apps: Rows = field(default_factory=lambda: Rows(_APPS))
    _found: dict[str, _App] = field(default_factory=dict)
    """Privileged apps by object id."""
    _registered: set[str] | None = field(default_factory=set)
    """App IDs that a page of registrations had; None where one could not be understood."""
    _all_registered: bool = False
    """The last page of the registrations went by."""
    _policies: list[str] = field(default_factory=list)
    _done: set[tuple[str, str]] = field(default_factory=set)
    _doubts: set[tuple[str, str]] = field(default_factory=set)
    """Owners that a read of several apps left open."""
    _passed: set[str] = field(default_factory=set)
    """Parts of the service principals that went by."""
    missed: set[str] = field(default_factory=set)
    """Parts that went by before it was known who is privileged: they have to be read again."""

    def note(self, reading: Reading) -> None:
        """Look at an answer."""
        if together := owners_together.BY_NAME.get(reading.source):
            self._take_apart(together, reading)
        if reading.source in _LATER:
            self._end(reading)
        if not reading.is_read:
            return
        match reading.source:
            case application_permissions.LISTING.name:
                self._hold(reading)
            case _APPS.name:
                self._pass(reading)
            case name if name == changes_of(_APPS):
                self._apps.change(reading.body)
            case name if name in _OF_REGISTRATIONS:
                self._register(reading)
            case organization.SOURCE.name | app_management.CUSTOM.name:
                self._settle(reading)
            case _:
                pass

    def settings(self) -> list[Item]:
        """List settings that no audit reads."""
        first = (app_management.DEFAULT, app_management.CUSTOM)
        return self._left(Item(one, "") for one in first if self.cloud not in one.absent_in)

    def further(self) -> list[Item]:
        """List what is to be read behind everything else, the most privileged apps first."""
        self._keep(self._apps.added() if self._paths else ())
        found = [Item(app_management.TARGETS, one) for one in dict.fromkeys(self._policies)]
        found += [Item(role_holders.SOURCE, one) for one in TRUSTED_ROLES]
        found = self._left(found)
        for together, apps in self._owned():
            found += together.items([one for one in apps if self._fits(together, one)])
        return found

    def doubtful(self) -> list[Item]:
        """List the owners to be read app by app; asked for behind what ``further`` lists."""
        return [
            Item(together.listing.source, one)
            for together, apps in self._owned()
            for one in apps
            if not self._fits(together, one)
        ]

    def _owned(self) -> Iterator[tuple[Together, list[str]]]:
        """List the apps, and then the registrations, whose owners are still to be read."""
        apps = sorted(self._paths, key=lambda one: (-len(self._paths[one]), one))[:MOST_APPS]
        rows = (self._found.get(one) for one in apps)
        ids = (row.app_id.lower() for row in rows if row and row.app_id and self._is_here(row))
        wanted = ((owners_together.APPS, apps), (owners_together.REGISTRATIONS, dict.fromkeys(ids)))
        for together, each in wanted:
            name = together.listing.name
            yield together, [one for one in each if (name, one) not in self._done]

    def _fits(self, together: Together, subject: str) -> bool:
        """Say whether one app's owners can come with those of others."""
        return fits(subject) and (together.listing.name, subject) not in self._doubts

    def _left(self, found: Iterable[Item]) -> list[Item]:
        return [one for one in found if (one.source.name, one.subject) not in self._done]

    def _take_apart(self, together: Together, reading: Reading) -> None:
        """Take note of the owners of several apps, and of whose may not be all."""
        open_ = {(together.listing.name, one) for one in together.asked(reading)}
        for one in together.apart(reading):
            open_.discard((one.source, one.subject))
            self._end(one)
        self._doubts |= open_

    def _end(self, reading: Reading) -> None:
        """Take note of what was read to its end, and of settings that were refused."""
        key = reading.source, reading.subject
        if reading.is_read and goes_on(reading.body):
            self._done.discard(key)
        elif reading.is_read or (reading.source in _ONCE and reading.status in _REFUSED):
            self._done.add(key)

    def _pass(self, reading: Reading) -> None:
        part = reading.subject
        self._passed.add(part)
        if reading.page == 0:
            self.missed = self.missed - {part} if part else set()
            self._apps.again(part)
        if self._paths:
            self._keep(self._apps.page(reading.body, part) or ())

    def _hold(self, reading: Reading) -> None:
        rows = Rows(application_permissions.LISTING).page(reading.body) or ()
        for row in rows:
            if isinstance(row, AssignmentRow) and row.is_of_app:
                role = row.app_role_id.lower()
                rated = self._risks.rate(reading.subject, Kind.APPLICATION, role)
                if rated.path_to_admin:
                    self._give(row.principal_id.lower(), role)

    def _give(self, holder: str, role: str) -> None:
        if holder not in self._paths:
            self.missed |= self._passed
        self._paths.setdefault(holder, set()).add(role)

    def _keep(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if isinstance(row, _App) and row.id.lower() in self._paths:
                self._found[row.id.lower()] = row

    def _register(self, reading: Reading) -> None:
        """Take note of registrations; one that is gone does no harm."""
        try:
            rows = _REGISTRATIONS.decode(reading.body).value
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._registered = None
            return
        if self._registered is not None:
            self._registered.update(row.app_id.lower() for row in rows if row.app_id)
        if reading.source == applications.LISTING.name and not goes_on(reading.body):
            self._all_registered = True

    def _is_here(self, row: _App) -> bool:
        """Say whether an app may be registered in this tenant."""
        owner = (row.app_owner_organization_id or "").lower()
        if owner and self.tenant and owner != self.tenant:
            return False
        known = self._registered if self._all_registered else None
        return known is None or (row.app_id or "").lower() in known

    def _settle(self, reading: Reading) -> None:
        try:
            if reading.source == organization.SOURCE.name:
                self.tenant = organization.SOURCE.parse((reading.body,)).id.lower()
            else:
                policies = app_management.CUSTOM.parse((reading.body,))
                self._policies += [one.id for one in policies]
        except MalformedError:
            return


_ONCE = {role_holders.SOURCE.name} | {one.name for one in app_management.SOURCES}
"""Settings of which a resumed run takes a refusal for an answer."""
_OF_REGISTRATIONS = {applications.LISTING.name, changes_of(applications.LISTING)}
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
_LATER = {app_owners.LISTING.name, registration_owners.LISTING.name, *_ONCE}
