"""Is an own app registration in order? Redirect URI, audience, credential, permissions.

Source: learn.microsoft.com/entra/identity-platform/reply-url (read 2026-08): redirect URIs are
compared exactly, letter case included.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import msgspec

from auditor.consent import explain
from auditor.consent.case import Case, is_unseen, left_out, owner, undeclared
from auditor.consent.logic import NO, YES, Opinion, all_of, open_question
from auditor.model.decision import Answer, Reason, RegistrationCheck
from auditor.model.fact import Known, Unknown
from auditor.model.profile import Registration
from auditor.model.tenant import Application, Credential

_PLATFORMS = {
    "web": ("web", "web_redirect_uris"),
    "spa": ("spa", "spa_redirect_uris"),
    "public": ("publicClient", "public_redirect_uris"),
}
_AUDIENCES = frozenset(
    {
        "AzureADMyOrg",
        "AzureADMultipleOrgs",
        "AzureADandPersonalMicrosoftAccount",
        "PersonalMicrosoftAccount",
    }
)


class Demand(msgspec.Struct, frozen=True):
    """One demand on the registration, whether it is fulfilled, and whether it must be."""

    check: RegistrationCheck
    opinion: Opinion
    decides: bool
    """Users cannot connect when it is not fulfilled."""


def demands(case: Case) -> tuple[Demand, ...]:
    """Check the registration that the request needs; none for a vendor's own app."""
    wanted = case.request.registration
    if wanted is None:
        return ()
    found = case.application
    if isinstance(found, Unknown):
        return (_demand("registered", open_question(found), explain.missing(found)),)
    if found.value is None:
        return _not_here(case, wanted)
    one = found.value
    return (
        _demand("registered", YES, f"The app is registered here as “{one.display_name}”."),
        _active(one),
        _audience(wanted, one),
        *_redirects(wanted, one),
        *_credentials(wanted, one, case.facts.collected_at),
        *_declared(case, one),
        *_service_principal(case),
    )


def in_order(found: Iterable[Demand]) -> Opinion:
    """Say whether every demand that decides is fulfilled."""
    return all_of(one.opinion for one in found if one.decides)


def _demand(name: str, opinion: Opinion, text: str, *, decides: bool = True) -> Demand:
    return Demand(RegistrationCheck(name, opinion.answer, text), opinion, decides)


def _failed(code: str, text: str) -> Opinion:
    return replace(NO, reasons=(Reason(code, text),))


def _not_here(case: Case, wanted: Registration) -> tuple[Demand, ...]:
    text = f"This tenant has no app registration with the app ID {case.request.app_id}."
    client, own = case.client, owner(case).own
    if isinstance(client, Unknown) and not wanted.elsewhere:
        return (_demand("registered", open_question(client), explain.missing(client)),)
    gone = own.answer is Answer.YES or (is_unseen(case) and not wanted.elsewhere)
    if gone:
        return (_demand("registered", _failed("app-not-registered", text), text),)
    elsewhere = f"{text} It may be registered in another tenant, where it cannot be read."
    check = RegistrationCheck("registered", Answer.UNKNOWN, elsewhere)
    return (Demand(check, YES, decides=True),)


def hedges(case: Case) -> frozenset[str]:
    """Name what no one could check about an app, so that it is never surely ready."""
    wanted = case.request.registration
    absent = isinstance(case.application, Known) and case.application.value is None
    return frozenset(
        caveat
        for caveat, holds in (
            ("app-not-seen", is_unseen(case)),
            ("registration-not-readable", wanted is not None and absent),
            ("redirect-uri-not-checked", wanted is not None and bool(wanted.unchecked)),
        )
        if holds
    )


def _active(one: Application) -> Demand:
    if "isDisabled" in one.missing:
        missing = left_out("Whether the registration is active", "isDisabled")
        return _demand("active", open_question(missing), explain.missing(missing))
    if one.is_disabled:
        text = "The app registration is deactivated."
        return _demand("active", _failed("registration-deactivated", text), text)
    return _demand("active", YES, "The app registration is active.")


def _audience(wanted: Registration, one: Application) -> Demand:
    name, found = "audience", one.audience
    if "signInAudience" in one.missing or found is None:
        missing = left_out("The supported account types", "signInAudience")
        return _demand(name, open_question(missing), explain.missing(missing))
    accepted = explain.joined(list(wanted.audiences))
    if found in wanted.audiences:
        return _demand(name, YES, f"The supported account types are {found}.")
    if found not in _AUDIENCES:
        text = f"The supported account types are {found}, which is not documented."
        return _demand(name, open_question(caveat="unknown-value"), text)
    text = f"The supported account types are {found}; the app needs {accepted}."
    return _demand(name, _failed("audience-does-not-fit", text), text)


def _redirects(wanted: Registration, one: Application) -> tuple[Demand, ...]:
    member, attribute = _PLATFORMS[wanted.platform]
    registered: tuple[str, ...] = getattr(one, attribute)
    if member in one.missing:
        missing = left_out("The redirect URIs", member)
        opinion = open_question(missing)
        return tuple(
            _demand("redirect-uri", opinion, explain.missing(missing)) for _ in wanted.redirect_uris
        )
    return tuple(_redirect(uri, registered, wanted.platform) for uri in wanted.redirect_uris)


def _redirect(uri: str, registered: tuple[str, ...], platform: str) -> Demand:
    if uri in registered:
        return _demand("redirect-uri", YES, f"{uri} is registered for the platform {platform}.")
    near = [one for one in registered if one.casefold().rstrip("/") == uri.casefold().rstrip("/")]
    hint = f"; {near[0]} is, which differs (letter case and a final / count)" if near else ""
    text = f"{uri} is not registered for the platform {platform}{hint}."
    return _demand("redirect-uri", _failed("redirect-uri-not-registered", text), text)


def _credentials(wanted: Registration, one: Application, now: datetime) -> tuple[Demand, ...]:
    if not wanted.credential:
        return ()
    absent = one.missing & {"passwordCredentials", "keyCredentials"}
    if absent:
        missing = left_out("The registration's credentials", explain.joined(sorted(absent)))
        return (_demand("credential", open_question(missing), explain.missing(missing)),)
    return (_credential(one.credentials, now),)


def _credential(found: tuple[Credential, ...], now: datetime) -> Demand:
    name = "credential"
    if not found:
        text = "The app registration has neither a client secret nor a certificate."
        return _demand(name, _failed("credential-missing", text), text)
    undated = [one for one in found if one.ends is None or one.ends.tzinfo is None]
    dated = [one.ends for one in found if one.ends is not None and one.ends.tzinfo is not None]
    last = max(dated, default=None)
    if last is not None and last > now:
        days = (last - now).days
        return _demand(name, YES, f"A credential is valid until {last:%Y-%m-%d}: {days} days left.")
    if undated or last is None:
        missing = left_out("When the registration's credentials expire", "endDateTime")
        return _demand(name, open_question(missing), explain.missing(missing))
    text = f"The last credential expired on {last:%Y-%m-%d}."
    return _demand(name, _failed("credential-expired", text), text)


def _declared(case: Case, one: Application) -> tuple[Demand, ...]:
    """Compare the declared permissions; an app that asks by name connects without them."""
    name = "declared-permissions"
    if "requiredResourceAccess" in one.missing:
        missing = left_out("The declared permissions", "requiredResourceAccess")
        return (_demand(name, open_question(missing), explain.missing(missing), decides=False),)
    unread = [one.published for one in case.targets if isinstance(one.published, Unknown)]
    if unread:
        opinion, text = open_question(*unread), explain.missing(unread[0])
        return (_demand(name, opinion, text, decides=False),)
    absent = undeclared(one, case.targets)
    if not absent:
        text = "Every permission that the app needs is on the registration's list."
        return (_demand(name, YES, text, decides=False),)
    text = f"Not on the registration's list: {explain.joined(absent)}."
    return (_demand(name, NO, text, decides=False),)


def _service_principal(case: Case) -> tuple[Demand, ...]:
    name = "service-principal"
    client = case.client
    if isinstance(client, Unknown):
        return (_demand(name, open_question(client), explain.missing(client), decides=False),)
    text = "The registration has a service principal in this tenant."
    if client.value is None:
        text = "The registration has no service principal in this tenant yet."
    opinion = Opinion(Answer.YES if client.value else Answer.NO)
    return (_demand(name, opinion, text, decides=False),)
