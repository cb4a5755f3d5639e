"""What a new user may consent to, app by app, under the settings as they are."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from auditor.consent.exposure import Kind, Place, exposure
from auditor.facts import TenantFacts
from auditor.model.fact import Known, Unknown
from auditor.model.inventory import App, Owner
from auditor.model.profile import Asker, ConsentRequest, ProfileKind, Publisher
from auditor.sources import resource_service_principal

_ANY = ConsentRequest(
    profile_id="",
    name="",
    kind=ProfileKind.AD_HOC,
    version="",
    source="",
    retrieved=None,
    notes=(),
    app_id=None,
    permissions=(),
    registration=None,
    asker=Asker(),
    publisher=Publisher.UNKNOWN,
    prompt_consent=False,
    default_scope=False,
)
"""What an exposure is asked for; its app and permissions do not matter."""


@dataclass(frozen=True, slots=True)
class Consentable:
    """What new users may consent to, or may perhaps; names in lower case."""

    published: frozenset[Place]
    """Every permission that could be judged."""
    by_kind: dict[Kind, frozenset[Place]]
    by_name: dict[str, frozenset[Place]]
    """For apps that a policy names, by app ID."""

    def closed(self, app: App) -> list[str]:
        """List what users consented to by themselves and new ones cannot.

        Nobody can consent for themselves to an app that requires assignment.
        """
        mine = frozenset[Place]() if app.assignment_required else self._of(app)
        found = (name for place, name in _own(app) if place in self.published and place not in mine)
        return list(dict.fromkeys(found))

    def open(self, app: App) -> set[tuple[Place, str]]:
        """List what users consented to by themselves and new ones can, too."""
        mine = frozenset[Place]() if app.assignment_required else self._of(app)
        return {one for one in _own(app) if one[0] in self.published and one[0] in mine}

    def leaves_open(self, app: App) -> bool:
        """Say whether users consented to something that cannot be judged."""
        return app.assignment_required is None or any(
            place not in self.published for place, _ in _own(app)
        )

    def _of(self, app: App) -> frozenset[Place]:
        if app.app_id in self.by_name:
            return self.by_name[app.app_id]
        return self.by_kind.get(_kind(app), self.by_kind[Kind.UNVERIFIED])


def make_consentable(
    facts: TenantFacts, apps: Iterable[App], without: Collection[str] = ()
) -> Consentable:
    """Evaluate the assigned policies for each kind of app; the settings have to be known.

    Args:
        facts: The tenant's settings.
        apps: Those that are asked about.
        without: Ids of assigned policies that are looked away from.
    """
    found = exposure(facts, _ANY, {one.app_id: _kind(one) for one in apps}, without)
    return Consentable(
        frozenset(_published(facts)),
        {kind: _folded(places) for kind, places in found.by_kind.items()},
        {app_id: _folded(places) for app_id, places in found.by_name.items()},
    )


def _kind(app: App) -> Kind:
    if app.owner is Owner.HERE:
        return Kind.OWN
    return Kind.VERIFIED if app.publisher_id else Kind.UNVERIFIED


def missing(facts: TenantFacts) -> list[Unknown]:
    """List what could not be read, and may close to new users what seems open."""
    settings = facts.authorization_policy()
    policies = settings.value.user_consent if isinstance(settings, Known) else ()
    resources = facts.subjects(resource_service_principal.SOURCE)
    asked: Iterable[object] = chain(
        [settings],
        map(facts.policy, policies),
        map(facts.resource, resources),
        map(facts.classifications, resources if policies else ()),
    )
    return [one for one in asked if isinstance(one, Unknown)]


def _published(facts: TenantFacts) -> Iterator[Place]:
    for app_id in facts.subjects(resource_service_principal.SOURCE):
        resource = facts.resource(app_id)
        if isinstance(resource, Known) and resource.value is not None:
            for one in resource.value.published:
                if one.enabled and one.value:
                    yield app_id.casefold(), one.value.casefold()


def _folded(places: frozenset[Place]) -> frozenset[Place]:
    return frozenset((app_id.casefold(), name.casefold()) for app_id, name in places)


def _own(app: App) -> Iterator[tuple[Place, str]]:
    """List what users consented to and nobody for everybody, with the name as Graph gives it."""
    for one in app.delegated:
        app_id = one.resource_app_id.casefold()
        for_all = {name.casefold() for name in one.for_all} if one.by_users else ()
        for name in one.by_users:
            folded = name.casefold()
            if folded not in for_all:
                yield (app_id, folded), name
