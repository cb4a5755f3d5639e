"""What a run reads because of what it has read: owners of privileged apps, above all.

Every answer passes by here on its way to the file. Of the pages, only those of application
permissions are decoded, and, where somebody is privileged, three members of service principals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from auditor.inventory.risk import load_risks
from auditor.inventory.rows import Rows
from auditor.listings import (
    app_management,
    app_owners,
    application_permissions,
    registration_owners,
    service_principals,
)
from auditor.listings.application_permissions import AssignmentRow
from auditor.listings.listing import Listing, Page, Row
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
    _policies: list[str] = field(default_factory=list)
    _done: set[tuple[str, str]] = field(default_factory=set)
    _passed: bool = False
    """Service principals went by."""
    missed: bool = False
    """Some went by before it was known that they are privileged: they have to be read again."""

    def note(self, reading: Reading) -> None:
        """Look at an answer."""
        read = reading.status == HTTPStatus.OK and not reading.failure
        if reading.source in _LATER:
            self._end(reading, read=read)
        if not read:
            return
        match reading.source:
            case application_permissions.LISTING.name:
                self._hold(reading)
            case _APPS.name:
                self._pass(reading)
            case name if name == changes_of(_APPS):
                self._apps.change(reading.body)
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
        apps = sorted(self._paths, key=lambda one: (-len(self._paths[one]), one))[:MOST_APPS]
        found = [Item(app_management.TARGETS, one) for one in dict.fromkeys(self._policies)]
        found += [Item(role_holders.SOURCE, one) for one in TRUSTED_ROLES]
        found += [Item(app_owners.LISTING.source, one) for one in apps]
        rows = (self._found.get(one) for one in apps)
        ids = (row.app_id.lower() for row in rows if row and row.app_id and self._is_here(row))
        found += [Item(registration_owners.LISTING.source, one) for one in dict.fromkeys(ids)]
        return self._left(found)

    def _left(self, found: Iterable[Item]) -> list[Item]:
        return [one for one in found if (one.source.name, one.subject) not in self._done]

    def _end(self, reading: Reading, *, read: bool) -> None:
        """Take note of what was read to its end, and of settings that were refused."""
        key = reading.source, reading.subject
        if read and goes_on(reading.body):
            self._done.discard(key)
        elif read or reading.source in _ONCE:
            self._done.add(key)

    def _pass(self, reading: Reading) -> None:
        self._passed = True
        if reading.page == 0:
            self.missed = False
            self._apps.again()
        if self._paths:
            self._keep(self._apps.page(reading.body) or ())

    def _hold(self, reading: Reading) -> None:
        rows = Rows(application_permissions.LISTING).page(reading.body) or ()
        for row in rows:
            if isinstance(row, AssignmentRow) and row.is_of_app:
                role = row.app_role_id.lower()
                rated = self._risks.rate(reading.subject, Kind.APPLICATION, role)
                if rated.path_to_admin:
                    self._give(row.principal_id.lower(), role)

    def _give(self, holder: str, role: str) -> None:
        self.missed |= self._passed and holder not in self._paths
        self._paths.setdefault(holder, set()).add(role)

    def _keep(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if isinstance(row, _App) and row.id.lower() in self._paths:
                self._found[row.id.lower()] = row

    def _is_here(self, row: _App) -> bool:
        """Say whether an app may be registered in this tenant."""
        owner = (row.app_owner_organization_id or "").lower()
        return not owner or not self.tenant or owner == self.tenant

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
"""Settings that a resumed run does not ask for twice: two first pages contradict each other."""
_LATER = {app_owners.LISTING.name, registration_owners.LISTING.name, *_ONCE}
