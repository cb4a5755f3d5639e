"""The owners of up to 15 apps in one read: the apps, with their owners expanded.

What Graph documents of that form leaves doubts. Of an app with a doubt nothing is taken, and its
owners are read by themselves, and so are those of an app that the answer leaves out:

- ``$expand`` gives at most 20 objects, and does not say that there are more. Users met lists that
  ended earlier, such as 13 of 26: so ``SURE`` is lower.
- Both resources document ``owners`` with a ``$select`` of its own; the known issues say that no
  directory object has one, and that a query option may be passed over in silence. So a person
  without the members that were asked for is a doubt.

Source:
    learn.microsoft.com/graph/aad-advanced-queries: ``in`` works wherever ``eq`` does, ``$expand``
    in no advanced query; graph/known-issues, "Some limitations apply to query parameters": 15
    values, 20 objects; graph/api/resources/serviceprincipal and application: ``owners``. Shorter
    lists: github.com/microsoftgraph/microsoft-graph-docs/issues/12502 (all read 2026-11).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

import msgspec
from msgspec import UNSET, UnsetType, field

from auditor.listings import app_owners, registration_owners
from auditor.listings.listing import AnyListing, Row
from auditor.listings.pages import envelope
from auditor.model.snapshot import Reading
from auditor.scopes import guid
from auditor.sources.source import Item, Source, Subject

MOST = 15
"""Values that ``in`` takes."""
SURE = 10
"""Fewer expanded owners than this are all."""
_FAILED = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    *(one for one in HTTPStatus if one >= HTTPStatus.INTERNAL_SERVER_ERROR),
}
"""Reads of the single apps would end like this too; another refusal may be about the form."""
_USER = "#microsoft.graph.user"
_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Owner(Row):
    type: str | None = field(default=None, name="@odata.type")
    user_type: str | UnsetType | None = UNSET
    account_enabled: bool | UnsetType | None = UNSET

    @property
    def is_told(self) -> bool:
        """Graph says of a person what it was asked for, if only that it is not to be seen."""
        told = self.user_type is not UNSET and self.account_enabled is not UNSET
        return told or (self.type or _USER) != _USER


class _App(Row):
    """An app or a registration."""

    app_id: str = ""
    owners: msgspec.Raw = msgspec.Raw(b"")
    more: str | None = field(default=None, name="owners@odata.nextLink")

    @property
    def is_sure(self) -> bool:
        """Its owners are all there, with all that was asked for."""
        try:
            owners = msgspec.json.decode(self.owners, type=list[_Owner])
        except _ERRORS:
            return False
        return not self.more and len(owners) < SURE and all(one.is_told for one in owners)


@dataclass(frozen=True, slots=True)
class Together:
    """How one listing of owners is read for several apps at once."""

    listing: AnyListing
    """What reads one app's owners."""
    collection: str
    """The path that lists the apps."""
    key: str
    """The member that the listing's parts name: ``id`` or ``appId``."""

    @property
    def name(self) -> str:
        """The source's name of its readings."""
        return f"{self.listing.name}-together"

    def items(self, subjects: Sequence[str]) -> list[Item]:
        """Divide apps that fit, ``MOST`` to a read; a subject is their ids with commas."""
        return [
            self._item(subjects[start : start + MOST]) for start in range(0, len(subjects), MOST)
        ]

    def asked(self, reading: Reading) -> list[str]:
        """Name the apps that a reading is about, ``MOST`` at most."""
        return [one for one in reading.subject.split(",", MOST) if fits(one)]

    def apart(self, reading: Reading) -> Iterator[Reading]:
        """Give what reads of the single apps would have answered; nothing of one with a doubt."""
        one = replace(reading, source=self.listing.name)
        if reading.failure or reading.status in _FAILED:
            yield from (replace(one, subject=subject) for subject in self.asked(reading))
            return
        page = envelope(reading.body) if reading.status == HTTPStatus.OK else None
        if page is None:
            return
        apps = self._apps(page.value)
        if len(apps) < len(page.value) or not apps.keys() <= {*self.asked(reading)}:
            return  # something else than what was asked for
        for subject in self.asked(reading):
            app = apps.get(subject)
            if app and app.is_sure:
                yield replace(one, subject=subject, body=b'{"value":' + bytes(app.owners) + b"}")

    def _item(self, subjects: Sequence[str]) -> Item:
        listing = self.listing
        values = ",".join(f"'{one}'" for one in subjects)
        select = ",".join(dict.fromkeys(("id", self.key)))
        owners = f"owners($select={','.join(listing.select)})"
        source = Source(
            name=self.name,
            title=listing.title,
            subject=Subject.RESOURCE,
            path=f"{self.collection}?$filter={self.key} in ({values})"
            f"&$select={select}&$expand={owners}",
            needs=listing.needs,
            why=listing.why,
            parse=lambda bodies: bodies,
        )
        return Item(source, ",".join(subjects))

    def _apps(self, rows: Sequence[msgspec.Raw]) -> dict[str, _App]:
        """Return the apps of a page that can be told apart."""
        found: dict[str, _App] = {}
        for row in rows:
            try:
                app = msgspec.json.decode(row, type=_App)
            except _ERRORS:
                continue
            found[(app.id if self.key == "id" else app.app_id).lower()] = app
        return found


def fits(subject: str) -> bool:
    """Say whether an app can be read together with others: its id is the GUID that it should be."""
    return guid(subject) == subject


APPS = Together(app_owners.LISTING, "/servicePrincipals", "id")
REGISTRATIONS = Together(registration_owners.LISTING, "/applications", "appId")
BY_NAME = {one.name: one for one in (APPS, REGISTRATIONS)}
