"""One permission that an app has on one resource, however it came to it."""

from collections import defaultdict
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


_ALL, _USER, _BOTH = Consent.ALL, Consent.USER, Consent.BOTH


class Permission(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One permission on one resource; many apps hold it, and all of them name this object."""

    resource: str
    """Its name; its app ID where it is not in the tenant."""
    resource_app_id: str
    name: str
    """Its id where no table has a name."""
    kind: Kind
    rated: Rated


class Holding(msgspec.Struct, frozen=True, gc=False):
    """One permission of one app."""

    what: Permission
    consent: Consent
    users: int
    """Who consented for themselves."""

    @property
    def resource(self) -> str:
        """Its name; its app ID where it is not in the tenant."""
        return self.what.resource

    @property
    def resource_app_id(self) -> str:
        """The resource's app ID; empty where its service principal is gone."""
        return self.what.resource_app_id

    @property
    def permission(self) -> str:
        """Its name; its id where no table has it."""
        return self.what.name

    @property
    def kind(self) -> Kind:
        """How it is held."""
        return self.what.kind

    @property
    def rated(self) -> Rated:
        """How much harm it can do."""
        return self.what.rated

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


class Holdings:
    """Lists what apps hold; a large tenant's apps hold a few permissions again and again."""

    def __init__(self, apps: tuple[App, ...], risks: RiskTable) -> None:
        """Learn the names of resources.

        Args:
            apps: All of the inventory: the resources are among them.
            risks: The table of risks.
        """
        self._risks = risks
        self._names = _resource_names(apps)
        self._delegated: defaultdict[str, dict[str, Permission]] = defaultdict(dict)
        self._application: dict[Held, Permission] = {}

    def of(self, app: App) -> list[Holding]:
        """List what an app holds, in the order of its resources."""
        found = [holding for one in app.delegated for holding in self._of_users(one)]
        for held in app.held:
            known = self._application
            what = known.get(held) or known.setdefault(held, self._role(held))
            found.append(Holding(what, Consent.APPLICATION, 0))
        return found

    def _of_users(self, one: Delegated) -> list[Holding]:
        known, for_all, by_users = self._delegated[one.resource_id], one.for_all, one.by_users
        return [
            Holding(
                known.get(name) or known.setdefault(name, self._scope(one, name)),
                _USER if name not in for_all else _BOTH if by_users.get(name) else _ALL,
                by_users.get(name, 0),
            )
            for name in sorted({*for_all, *by_users})
        ]

    def _scope(self, one: Delegated, name: str) -> Permission:
        rated = self._risks.rate(one.resource_app_id, Kind.DELEGATED, name)
        return Permission(one.resource, one.resource_app_id, name, Kind.DELEGATED, rated)

    def _role(self, held: Held) -> Permission:
        app_id = held.resource_app_id
        resource, name = self._names.get(app_id, app_id), held.value or held.role_id
        rated = self._risks.rate(app_id, Kind.APPLICATION, held.role_id)
        return Permission(resource, app_id, name, Kind.APPLICATION, rated)


def _resource_names(apps: tuple[App, ...]) -> dict[str, str]:
    """Return the names of resources on which somebody holds an application permission."""
    wanted = {held.resource_app_id for app in apps for held in app.held}
    return {app.app_id: app.name for app in apps if app.app_id in wanted and app.name}
