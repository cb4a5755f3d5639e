"""One permission that an app has on one resource, however it came to it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum, unique

import msgspec

from auditor.model.inventory import App, Delegated, Held
from auditor.model.risk import WORST_FIRST, Kind, Rated, Risk, RiskTable


@unique
class Consent(StrEnum):
    """Who consented."""

    ALL = "all"
    """An administrator, for everybody: tenant-wide."""
    USER = "user"
    """Single users, each for themselves."""
    BOTH = "all-and-user"
    APPLICATION = "application"
    """An administrator; the app has it with nobody signed in."""

    def covers(self, wanted: "Consent") -> bool:
        """Say whether somebody consented in this way; both ways are either of them."""
        both = self is Consent.BOTH and wanted in {Consent.ALL, Consent.USER}
        return both or self is wanted


class Holding(msgspec.Struct, frozen=True, gc=False):
    """One app, one resource, one permission."""

    resource: str
    """Its name; its app ID where it is not in the tenant."""
    resource_app_id: str
    permission: str
    """Its name; its id where no table has it."""
    kind: Kind
    consent: Consent
    users: int
    """Who consented for themselves."""
    rated: Rated

    def place(self) -> tuple[int, int, str]:
        """Say where it comes in a list with the worst first."""
        return WORST_FIRST.index(self.rated.risk), -self.users, self.permission


class Found(msgspec.Struct, frozen=True):
    """An app that somebody asked for, with what it holds of what was asked for."""

    app: App
    risk: Risk
    """The worst of these; unrated where there are none."""
    held: tuple[Holding, ...]
    """The worst first."""


def holdings(app: App, risks: RiskTable, names: Mapping[str, str]) -> Iterator[Holding]:
    """List what an app holds, in the order of its resources.

    Args:
        app: Of the inventory.
        risks: The table of risks.
        names: Of the resources of application permissions, by app ID.
    """
    for delegated in app.delegated:
        yield from _delegated(delegated, risks)
    for held in app.held:
        yield _application(held, risks, names)


def resource_names(apps: tuple[App, ...]) -> dict[str, str]:
    """Return the names of resources on which somebody holds an application permission."""
    wanted = {held.resource_app_id for app in apps for held in app.held}
    return {app.app_id: app.name for app in apps if app.app_id in wanted and app.name}


def _delegated(one: Delegated, risks: RiskTable) -> Iterator[Holding]:
    for_all = frozenset(one.for_all)
    for permission in sorted(for_all.union(one.by_users)):
        users = one.by_users.get(permission, 0)
        consent = Consent.BOTH if users else Consent.ALL
        yield Holding(
            resource=one.resource,
            resource_app_id=one.resource_app_id,
            permission=permission,
            kind=Kind.DELEGATED,
            consent=consent if permission in for_all else Consent.USER,
            users=users,
            rated=risks.rate(one.resource_app_id, Kind.DELEGATED, permission),
        )


def _application(held: Held, risks: RiskTable, names: Mapping[str, str]) -> Holding:
    return Holding(
        resource=names.get(held.resource_app_id, held.resource_app_id),
        resource_app_id=held.resource_app_id,
        permission=held.value or held.role_id,
        kind=Kind.APPLICATION,
        consent=Consent.APPLICATION,
        users=0,
        rated=risks.rate(held.resource_app_id, Kind.APPLICATION, held.role_id),
    )
