"""Owners of privileged apps are people who may be Global Administrators.

What it asks. Who owns the apps that have a path to Global Administrator?

Why it matters. An owner may add a credential to an app without any directory role, and then acts
with all that the app holds. Somebody who registered an app as a developer years ago can so become
Global Administrator.

Met when. Each owner is a Global Administrator or Privileged Role Administrator now, or an app that
has such a path itself. Apps without an owner are counted in the answer: nobody can take them over
this way, but nobody answers for them either. Zero Trust 21867 asks for two owners.

Not met when. An owner is a guest, a disabled account, a person who holds neither role now, or an
app with neither such a path nor one of the roles. Who may activate a role counts too: as an owner
they need not.

Unknown when. The owners of such an app could not be read or were not asked for, who holds the two
roles could not be read, or a group may hold one of them, whose members are not read; or an owner
holds one of the roles, and Graph does not show whether that is a guest or a disabled account
(User.Read.All lets it). It does not apply where no app has a path to Global Administrator.

Reads. All service principals, the application permissions that they hold, and the owners of those
that have such a path, and of their registrations (Application.Read.All); at most 2,000 apps. The
holders of the two roles (Directory.Read.All); whether an owner is a guest or disabled
(User.Read.All). Owners of other apps are not asked for.

Remedy. Remove who should not be an owner: Entra ID > App registrations, or Enterprise apps > the
app > Owners; it takes a Cloud Application Administrator. Undo: add the owner again.

References. https://learn.microsoft.com/graph/api/serviceprincipal-list-owners
"""

from dataclasses import dataclass, replace

from auditor.baselines.settings import unread as unread_settings
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
    unless_doubtful,
    unread,
)
from auditor.inventory.second_step import TRUSTED_ROLES
from auditor.listings import (
    app_owners,
    application_permissions,
    registration_owners,
    service_principals,
)
from auditor.model.fact import Unknown
from auditor.model.inventory import Affected, App, AppOwner, AppOwners, Owner
from auditor.model.report import Judgement, Severity
from auditor.phrases import first_and_rest

_BEFORE = (service_principals.LISTING.name, application_permissions.LISTING.name)
_OWNERS = (app_owners.LISTING.name, registration_owners.LISTING.name)
_USER, _APP = "user", "servicePrincipal"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Judged:
    """The owners of one privileged app."""

    app: App
    owners: AppOwners
    bad: tuple[str, ...]
    """One text for each owner who should be none."""
    open: tuple[str, ...]
    """One text for each owner of whom that is not known."""

    @property
    def finding(self) -> Affected:
        return of_app(self.app, f"owned by {first_and_rest(self.bad, _SHOWN)}")

    @property
    def doubt(self) -> str:
        texts = [f"owned by {first_and_rest(self.open, _SHOWN)}"] if self.open else []
        return "; ".join([*texts, *([self.owners.unread] if self.owners.unread else [])])


def _judge(context: InventoryContext) -> InventoryVerdict:
    apps = [app for app, _ in context.privileged if app.owner is not Owner.MICROSOFT]
    if not apps:
        none = found(
            context, _BEFORE, (), bad="", good="No app has a path to Global Administrator."
        )
        met = none.outcome is Judgement.MET
        return replace(none, outcome=Judgement.NOT_APPLICABLE) if met else none
    trust = _Trust(context)
    judged = sorted((_judged(context, app, trust) for app in apps), key=_worst)
    refused = unread(context, *_OWNERS)
    verdict = found(
        context,
        _BEFORE if refused else (*_BEFORE, *_OWNERS),
        (one.finding for one in judged if one.bad),
        bad="Apps with a path to Global Administrator that somebody owns who should not: {count}.",
        good="Whoever owns an app with a path to Global Administrator may be one anyway.",
    )
    doubts = tuple(of_app(one.app, one.doubt) for one in judged if one.doubt)
    reason = f" {refused.message}" if refused else f"{trust.why}{_hidden_from_all(judged)}"
    why = f"Apps with a path to Global Administrator whose owners are in doubt: {{count}}.{reason}"
    verdict = unless_doubtful(verdict, doubts, why)
    if verdict.outcome is Judgement.UNKNOWN:
        verdict = replace(verdict, affected=doubts)
    return replace(verdict, message=f"{verdict.message}{_ownerless(judged)}")


class _Trust:
    """Tells owners apart."""

    def __init__(self, context: InventoryContext) -> None:
        facts = [context.facts.role_holders(one) for one in TRUSTED_ROLES]
        holders = [one for fact in facts if not isinstance(fact, Unknown) for one in fact.value]
        apps = {one.id for one in context.inventory.apps}
        self._holders = {one.id for one in holders if one.tenant_wide}
        self._privileged = {one.id for one, _ in context.privileged}
        self._whole = context.inventory.covers(*_BEFORE)
        groups = any(one.tenant_wide and not one.is_user and one.id not in apps for one in holders)
        self._sure = not groups and not any(isinstance(fact, Unknown) for fact in facts)
        self.why = ""
        if missing := [one for one in facts if isinstance(one, Unknown)]:
            self.why = f" {unread_settings(*missing).why}"
        elif groups:
            self.why = " A group may hold one of the two roles; its members are not read."

    def judge(self, one: AppOwner) -> tuple[bool | None, str]:
        """Say whether somebody may own a privileged app, and why not; None is not known."""
        if one.type == _APP:
            trusted = one.id in self._privileged or one.id in self._holders
            sure = self._sure and self._whole
            return trusted or (False if sure else None), "an app without such a path"
        if one.type != _USER:
            return None, "of a kind that is not known here"
        if one.guest:
            return False, "a guest"
        if one.enabled is False:
            return False, "disabled"
        if one.id not in self._holders:
            return (False if self._sure else None), "no Global Administrator now"
        hidden = _hidden(one)
        return (None if hidden else True), hidden


def _hidden(one: AppOwner) -> str:
    """Say what Graph does not show of a person."""
    texts = ((one.guest, "a guest"), (one.enabled, "disabled"))
    unknown = " or ".join(text for value, text in texts if value is None)
    return f"Graph does not show whether {unknown}" if unknown else ""


def _judged(context: InventoryContext, app: App, trust: _Trust) -> _Judged:
    owners = context.inventory.owners.get(app.id) or AppOwners((), "its owners were not asked for")
    said = [(one, *trust.judge(one)) for one in owners.people]
    bad = (f"{one.name} ({why})" for one, trusted, why in said if trusted is False)
    doubtful = (f"{one.name} ({why})" for one, trusted, why in said if trusted is None)
    return _Judged(app, owners, tuple(bad), tuple(doubtful))


def _worst(one: _Judged) -> tuple[int, str, str]:
    return -len(one.bad), one.app.name.casefold(), one.app.id


def _hidden_from_all(judged: list[_Judged]) -> str:
    """Name the permission that is missing where Graph hides what every account has."""
    people = (person for one in judged for person in one.owners.people if person.type == _USER)
    hidden = any(person.enabled is None for person in people)
    return " Graph hides whether owners are guests or disabled: grant User.Read.All." * hidden


def _ownerless(judged: list[_Judged]) -> str:
    number = sum(not one.owners.people and not one.owners.unread for one in judged)
    return f" Such apps without any owner: {number:,}." if number else ""


CHECK = InventoryCheck(
    id="privileged-apps-have-trusted-owners",
    title="Owners of privileged apps are people who may be Global Administrators",
    severity=Severity.MEDIUM,
    judge=_judge,
)
