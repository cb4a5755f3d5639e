"""An own app registration that does not fit what the vendor needs."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from auditor.model.change import Call, Change, Guard, Lookup, Method, Operation, Ref
from auditor.model.decision import Answer
from auditor.model.plan import Step
from auditor.model.profile import Registration
from auditor.model.tenant import Application
from auditor.remedies import portal
from auditor.remedies.action import Action, World, by_requests, patch
from auditor.remedies.context import APP_ADMINISTRATOR, APP_DEVELOPER, MINUTES, Context
from auditor.scopes import guid
from auditor.simulate import edited, simulate
from auditor.sources import client_service_principal

PLATFORMS = {
    "web": ("web", "web_redirect_uris"),
    "spa": ("spa", "spa_redirect_uris"),
    "public": ("publicClient", "public_redirect_uris"),
}
"""Graph's member and ours for the redirect URIs of each platform."""

_SCOPES = ("Application.ReadWrite.All",)
_OWNER = (
    f"Whoever owns the registration can do it; for somebody else's it takes a {APP_ADMINISTRATOR}."
)
_HERE = "AzureADMyOrg"
_ELSEWHERE = "It opens sign-in to accounts of other organizations. "
_MONTHS = 6


class _Place(msgspec.Struct, frozen=True):
    """The registration and what it has to look like."""

    context: Context
    app: Application

    @property
    def path(self) -> str:
        return f"/applications/{self.app.id}"

    def failed(self, name: str) -> str:
        """Say in the decision's words what is wrong; empty where nothing is."""
        checks = self.context.decision.registration
        texts = [one.text for one in checks if one.name == name and one.answer is Answer.NO]
        return " ".join(dict.fromkeys(texts))


def actions(context: Context) -> tuple[Action, ...]:
    """Activate the registration, change the audience, add redirect URIs, renew the credential."""
    app, wanted = context.application, context.request.registration
    if app is None or not guid(app.id):
        return ()
    place = _Place(context, app)
    active = _active(place)
    if wanted is None:
        return active
    found = (_audience(place, wanted), _redirects(place, wanted), _credential(place))
    return (*active, *(one for one in found if one is not None))


def _active(place: _Place) -> tuple[Action, ...]:
    client = place.context.client
    marked = client is not None and client.is_disabled is True
    if not place.app.is_disabled and not marked:
        return ()
    context = place.context
    do, undo = patch(place.path, "The registration is off", "isDisabled", old=True, new=False)
    step = Step(
        id="activate-registration",
        title=f"Activate the app registration {context.app}",
        why=(
            "Somebody deactivated it, so Entra issues no tokens for it. Find out first why. Its "
            "service principal is marked too; the mark follows the registration."
        ),
        role=APP_ADMINISTRATOR,
        portal_path=portal.registration_path(context, "Overview", "Activate"),
        portal_url=portal.registration(context, "Overview"),
        change=Change(_SCOPES, do, undo),
        undo="Deactivate it again on the same page.",
        wait=MINUTES,
        check="The Overview page no longer says that it is deactivated.",
    )
    if not place.app.is_disabled:
        step = _lagging(context)
    return (Action(step, lambda world: _followed(world, step, "isDisabled", None)),)


def _lagging(context: Context) -> Step:
    """Wait for a mark that only follows the registration's."""
    return Step(
        id="wait-for-activation",
        title=f"Wait until the service principal of {context.app} is active too",
        why=(
            "The app registration is active, but its service principal is still marked as "
            "deactivated. The mark follows the registration. Where it stays, deactivate the "
            "registration and activate it again."
        ),
        role=APP_ADMINISTRATOR,
        portal_path=portal.registration_path(context, "Overview", "Activate"),
        portal_url=portal.registration(context, "Overview"),
        wait=MINUTES,
        check="A new audit no longer says that the app is deactivated.",
    )


def _followed(world: World, step: Step, member: str, value: str | None) -> World:
    """Change the registration; its service principal's copy of a member follows by itself."""
    facts = simulate(world.facts, step.change.do.calls if step.change else ())
    app_id, source = world.request.app_id or "", client_service_principal.SOURCE
    if facts.document(source, app_id) is not None:
        facts = edited(facts, source, app_id, lambda found: {**found, member: value})
    return replace(world, facts=facts)


def _audience(place: _Place, wanted: Registration) -> Action | None:
    text = place.failed("audience")
    if not text or not wanted.audiences or place.app.audience is None:
        return None
    new, context = wanted.audiences[0], place.context
    title = "The supported account types"
    do, undo = patch(place.path, title, "signInAudience", old=place.app.audience, new=new)
    step = Step(
        id="change-audience",
        title=f"Change the supported account types to {new}",
        why=f"{text} {'' if new == _HERE else _ELSEWHERE}{_OWNER}",
        role=APP_DEVELOPER,
        portal_path=portal.registration_path(context, "Authentication", title),
        portal_url=portal.registration(context, "Authentication"),
        change=Change(_SCOPES, do, undo),
        undo="Choose the old account types on the same page.",
        wait=MINUTES,
        check="The Overview page shows the new account types.",
    )
    return Action(step, lambda world: _followed(world, step, "signInAudience", new))


def _redirects(place: _Place, wanted: Registration) -> Action | None:
    text = place.failed("redirect-uri")
    if not text:
        return None
    member, attribute = PLATFORMS[wanted.platform]
    old: tuple[str, ...] = getattr(place.app, attribute)
    new = (*old, *(one for one in wanted.redirect_uris if one not in old))
    context, title = place.context, f"The redirect URIs of the platform {wanted.platform}"
    do, undo = patch(place.path, title, f"{member}.redirectUris", old, new)
    step = Step(
        id="add-redirect-uri",
        title=f"Add the redirect URI of {context.request.name}",
        why=f"{text} Entra compares it exactly, letter case included. {_OWNER}",
        role=APP_DEVELOPER,
        portal_path=portal.registration_path(context, "Authentication", "Add a platform"),
        portal_url=portal.registration(context, "Authentication"),
        change=Change(_SCOPES, do, undo),
        undo="Delete the address on the same page.",
        wait=MINUTES,
        check="The Authentication page lists the address.",
    )
    return by_requests(step)


def _credential(place: _Place) -> Action | None:
    text = place.failed("credential")
    if not text:
        return None
    context = place.context
    step = Step(
        id="add-credential",
        title="Add a certificate or client secret, and give it to the vendor's settings",
        why=(
            f"{text} A secret is shown once and is a password: put it into {context.request.name} "
            f"and nowhere else. The commands make one that ends after {_MONTHS} months. Where the "
            f"tenant forbids secrets, use a certificate. {_OWNER}"
        ),
        role=APP_DEVELOPER,
        portal_path=portal.registration_path(context, "Certificates & secrets"),
        portal_url=portal.registration(context, "Credentials"),
        change=_secret(place, context.facts.collected_at),
        undo="Delete the secret on the same page, once nothing uses it any more.",
        wait=MINUTES,
        check="The page lists the new secret with its end.",
    )
    return by_requests(step)


def _secret(place: _Place, now: datetime) -> Change:
    name = f"consent-auditor {now:%Y-%m-%d}"
    where = (("displayName", name),)
    listing = f"{place.path}?$select=passwordCredentials"
    absent = Guard("No secret of this name yet", listing, "keyId", (), "passwordCredentials", where)
    ends = f"{_later(now):%Y-%m-%dT%H:%M:%SZ}"
    body = {"passwordCredential": {"displayName": name, "endDateTime": ends}}
    return Change(
        scopes=_SCOPES,
        do=Operation((absent,), (Call(Method.POST, f"{place.path}/addPassword", body),)),
        undo=Operation(
            (),
            (Call(Method.POST, f"{place.path}/removePassword", {"keyId": Ref("secret")}),),
            (Lookup("secret", listing, "passwordCredentials", where, "keyId"),),
        ),
    )


def _later(now: datetime) -> datetime:
    """Give the day so many months on, the 28th at the latest."""
    month = now.month - 1 + _MONTHS
    day = min(now.day, 28)
    return now.astimezone(UTC).replace(year=now.year + month // 12, month=month % 12 + 1, day=day)
