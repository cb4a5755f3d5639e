"""When each app was last used, by its app ID.

Graph has this report in its beta version and the global cloud alone, for tenants with Microsoft
Entra ID P1 or P2; ``auditor.graph.guard`` lets this one beta address pass. It documents no
``$select`` and no delta. A tenant that refuses it loses one answer and nothing else.

Source: learn.microsoft.com/graph/api/reportroot-list-serviceprincipalsigninactivities
(read 2026-11).
"""

from datetime import datetime

import msgspec

from auditor.listings.listing import Listing, Page, Row
from auditor.listings.moments import moment
from auditor.model.cloud import Cloud


class Activity(msgspec.Struct, rename="camel", gc=False):
    """The last sign-ins of one kind."""

    last_sign_in_date_time: str | None = None
    last_non_interactive_sign_in_date_time: str | None = None
    last_successful_sign_in_date_time: str | None = None


class SignInRow(Row):
    """One app; as a client or as a resource, for people or by itself."""

    app_id: str | None = None
    last_sign_in_activity: Activity | None = None
    application_authentication_client_sign_in_activity: Activity | None = None
    application_authentication_resource_sign_in_activity: Activity | None = None
    delegated_client_sign_in_activity: Activity | None = None
    delegated_resource_sign_in_activity: Activity | None = None

    def __post_init__(self) -> None:
        """Keep the latest time alone: there is a row for each of many thousand apps."""
        found = [time for one in self._activities() for time in _times(one)]
        latest = max(found, default=None)
        self.last_sign_in_activity = Activity(latest.isoformat()) if latest else None
        self.application_authentication_client_sign_in_activity = None
        self.application_authentication_resource_sign_in_activity = None
        self.delegated_client_sign_in_activity = None
        self.delegated_resource_sign_in_activity = None

    @property
    def latest(self) -> datetime | None:
        """When the app was used last; None where the row does not say."""
        found = self.last_sign_in_activity
        return moment(found.last_sign_in_date_time) if found else None

    def _activities(self) -> tuple[Activity, ...]:
        found = (
            self.last_sign_in_activity,
            self.application_authentication_client_sign_in_activity,
            self.application_authentication_resource_sign_in_activity,
            self.delegated_client_sign_in_activity,
            self.delegated_resource_sign_in_activity,
        )
        return tuple(one for one in found if one)


def _times(one: Activity) -> list[datetime]:
    """List what is said; Microsoft's reports give the year 1 for never.

    Raises:
        ValueError: A time cannot be understood: it may be the latest, so the row says nothing.
    """
    texts = (
        one.last_sign_in_date_time,
        one.last_non_interactive_sign_in_date_time,
        one.last_successful_sign_in_date_time,
    )
    found = [moment(text) for text in texts if text is not None]
    if None in found:
        msg = "a time that cannot be understood"
        raise ValueError(msg)
    return [time for time in found if time and time.year > 1]


LISTING = Listing(
    name="sign-ins",
    title="Last sign-ins of apps",
    path="/reports/servicePrincipalSignInActivities",
    select=(),
    needs=("AuditLog.Read.All",),
    why="which apps are not in use any more",
    row=SignInRow,
    page=Page[SignInRow],
    countable=False,
    absent_in=frozenset(Cloud) - {Cloud.GLOBAL},
)
