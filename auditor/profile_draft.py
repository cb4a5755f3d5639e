"""A first version of a profile: from a link, from an app in a tenant, or from what a person says.

What nobody said stays absent. What the format demands and nobody said asks for nothing: every kind
of account is accepted, no credential is wanted.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from urllib.parse import urlsplit

from auditor.app_permissions import granted, listed
from auditor.consent import explain
from auditor.errors import UsageError
from auditor.facts import TenantFacts
from auditor.model.fact import Fact, Unknown
from auditor.model.profile import (
    Feature,
    ProfileKind,
    Registration,
    Requirement,
    VendorProfile,
)
from auditor.model.tenant import Application
from auditor.pasted_link import LinkKind, PastedLink
from auditor.permissions import PermissionTable, resource_name
from auditor.profile_file import (
    APP_ID_VARIABLE,
    AUDIENCES,
    published_name,
    redirect_problem,
    scope_problem,
)
from auditor.scopes import parse_scope, scope_of

_T = TypeVar("_T")

_ID_LENGTH = 60
_NAME_LENGTH = 100
_FOREIGN = (
    "The app is registered in another tenant, so the list of its registration cannot be read. The "
    "permissions here are those that an administrator has consented to for everybody: the app may "
    "ask for more, or no longer for all of them."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of an app so far; empty or None where nobody said it."""

    source: str
    retrieved: date
    name: str = ""
    app_id: str | None = None
    scopes: tuple[str, ...] = ()
    """As in an OAuth request."""
    kind: ProfileKind = ProfileKind.VENDOR_APP
    platform: str = ""
    redirect_uris: tuple[str, ...] = ()
    audiences: tuple[str, ...] = AUDIENCES
    credential: bool = False
    here: bool = False
    """Its registration was seen in the tenant."""
    notes: tuple[str, ...] = ()


def from_link(link: PastedLink, today: date) -> Draft:
    """Take from a link what it says about an app."""
    kind = {LinkKind.AUTHORIZE: "sign-in", LinkKind.ADMIN_CONSENT: "admin consent"}
    where = kind.get(link.kind, "error")
    version = f" (version {link.version})" if link.version else ""
    return Draft(
        source=f"The app's {where} link{version}",
        retrieved=today,
        name=urlsplit(link.redirect_uri).hostname or "",
        app_id=link.app_id or None,
        scopes=link.scopes,
        redirect_uris=(link.redirect_uri,) if link.redirect_uri else (),
        notes=tuple(_link_notes(link)),
    )


def _link_notes(link: PastedLink) -> Iterable[str]:
    yield (
        "Made from one link: the app may ask for more at another moment, such as when a person "
        "switches a feature on."
    )
    if link.default_scope:
        yield (
            "The link asks for .default, which is what the app's registration lists: that list is "
            "not in the link. Audit with --default-scope."
        )
    if link.prompt_consent:
        yield "The link asks with prompt=consent: audit with --prompt-consent."


def from_tenant(facts: TenantFacts, app_id: str, table: PermissionTable) -> Draft:
    """Take from a tenant what it says about an app.

    Raises:
        UsageError: It could not be read, or the tenant does not know the app.
    """
    day = facts.collected_at.date()
    found = facts.application(app_id)
    app = _known(found, app_id)
    if app is not None:
        return _from_registration(facts, app, day, table)
    return _from_grants(facts, app_id, day, table)


def _from_registration(
    facts: TenantFacts, app: Application, day: date, table: PermissionTable
) -> Draft:
    if "requiredResourceAccess" in app.missing:
        raise UsageError(
            f"the registration of {app.app_id} does not say which permissions it lists"
        )
    entries = listed(facts, app, table)
    pairs = [(one.resource_app_id, one.value, one.permission_id) for one in entries]
    scopes, notes = _scopes(pairs, table)
    platform, uris, more = _platform(app)
    if any(one.kind.casefold() == "role" for one in app.declared):
        more += ("The registration also lists application permissions, which no user meets.",)
    return Draft(
        source="The app's registration in a tenant (requiredResourceAccess)",
        retrieved=day,
        name=plain(app.display_name),
        app_id=app.app_id,
        scopes=scopes,
        kind=ProfileKind.OWN_REGISTRATION,
        platform=platform,
        redirect_uris=uris,
        audiences=(app.audience,) if app.audience in AUDIENCES else AUDIENCES,
        credential=bool(app.credentials) and platform == "web",
        here=True,
        notes=notes + more,
    )


def _from_grants(facts: TenantFacts, app_id: str, day: date, table: PermissionTable) -> Draft:
    """Take what an administrator has consented to: nobody here can read another tenant's list."""
    client = _known(facts.client(app_id), app_id)
    if client is None:
        raise UsageError(f"the tenant does not know the app {app_id}: name its permissions instead")
    grants = granted(facts, app_id)
    if isinstance(grants, Unknown):
        raise UsageError(explain.missing(grants))
    wide = [one for one in grants.value.permissions if one.tenant_wide]
    pairs = [(one.resource_app_id, one.value, one.resource_object_id) for one in wide]
    scopes, notes = _scopes(pairs, table)
    if not scopes:
        msg = (
            f"the app {app_id} is registered in another tenant, and nothing is consented here for "
            "everybody: name its permissions instead"
        )
        raise UsageError(msg)
    return Draft(
        source="The consent for everybody that the app has in a tenant",
        retrieved=day,
        name=plain(client.display_name),
        app_id=app_id,
        scopes=scopes,
        notes=(_FOREIGN, *notes),
    )


def _known(fact: Fact[_T | None], app_id: str) -> _T | None:
    if isinstance(fact, Unknown):
        raise UsageError(f"{app_id}: {explain.missing(fact)}")
    return fact.value


def _scopes(
    found: Iterable[tuple[str | None, str | None, str]], table: PermissionTable
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the scopes that a profile can hold, and a note about each other permission.

    Args:
        found: The resource's app ID, the permission's name, and an id for what of both is None.
        table: The names that a profile may use.
    """
    scopes: list[str] = []
    notes: list[str] = []
    for resource, name, other in found:
        if resource is None or name is None:
            what = f"the permission {name or other}"
            where = f"of {resource_name(resource)}" if resource else f"of the resource {other}"
            notes.append(f"Not in this profile: {what} {where}, whose name is not known here.")
        elif scope_problem(scope := scope_of(resource, name), table):
            what = f"{plain(name)} of {resource_name(resource)}"
            notes.append(f"Not in this profile: {what}, which this program does not know.")
        else:
            scopes.append(scope)
    return tuple(scopes), tuple(map(_seen, notes))


def _platform(app: Application) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the platform, its redirect URIs, and notes about what is left out."""
    every = {
        "web": app.web_redirect_uris,
        "spa": app.spa_redirect_uris,
        "public": app.public_redirect_uris,
    }
    used = [name for name, uris in every.items() if uris]
    platform = used[0] if used else "web" if app.credentials else "public"
    good = tuple(one for one in every[platform] if is_plain_uri(one, platform))
    notes = []
    if used[1:]:
        notes.append(f"The registration has redirect URIs for {explain.joined(used)}.")
    if len(good) < len(every[platform]):
        notes.append("Redirect URIs that a profile cannot hold are left out.")
    return platform, good, tuple(notes)


def is_plain_uri(uri: str, platform: str) -> bool:
    """Say whether a redirect URI can stand in a profile as it is."""
    return "{" not in uri and not redirect_problem(uri, platform)


def made(draft: Draft, profile_id: str, table: PermissionTable) -> VendorProfile:
    """Make the profile; it is as valid as what the draft holds.

    Args:
        draft: With at least one scope.
        profile_id: Empty to derive it from the name.
        table: Where permissions have their published letter case.

    Raises:
        UsageError: A scope cannot be read or does not exist, or there is none.
    """
    name = draft.name or f"App {draft.app_id}"
    return VendorProfile(
        id=profile_id or derived_id(draft.name, draft.app_id or ""),
        name=name,
        version=f"{draft.retrieved.year}.{draft.retrieved.month}.1",
        kind=draft.kind,
        summary=f"Connects {name}; say here in one sentence what the product does.",
        source=draft.source,
        retrieved=draft.retrieved,
        app_id=draft.app_id,
        registration=_registration(draft),
        variables=(APP_ID_VARIABLE,),
        features=(_feature(draft.scopes, table),),
        notes=draft.notes,
    )


def _registration(draft: Draft) -> Registration | None:
    if draft.kind is not ProfileKind.OWN_REGISTRATION:
        return None
    return Registration(
        platform=draft.platform,
        redirect_uris=draft.redirect_uris,
        audiences=draft.audiences,
        credential=draft.credential,
        elsewhere=not draft.here,
    )


def _feature(scopes: Iterable[str], table: PermissionTable) -> Feature:
    found: dict[tuple[str, str], Requirement] = {}
    for scope in scopes:
        if problem := scope_problem(scope, table):
            raise UsageError(problem)
        app_id, value = parse_scope(scope)
        name = published_name(app_id, value, table) or value
        found.setdefault((app_id, name.lower()), Requirement(app_id, resource_name(app_id), name))
    if not found:
        raise UsageError("no permission to write down: name what the app asks for with --scope")
    permissions = tuple(found.values())
    return Feature("connection", "Connection", required=True, default=True, permissions=permissions)


def derived_id(name: str, app_id: str) -> str:
    """Make an id of a name or a host; of the app ID where no letter or digit is left."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_only.lower())
    short = "-".join(words)[:_ID_LENGTH].strip("-")
    return short or f"app-{app_id.partition('-')[0] or 'without-a-name'}"


def plain(name: str) -> str:
    """Return a tenant's name without what cannot be seen, on one line and not too long."""
    return _seen(name)[:_NAME_LENGTH].strip()


def _seen(text: str) -> str:
    """Return a text without what cannot be seen, on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def remarks(draft: Draft) -> tuple[str, ...]:
    """Say, for whoever goes on with the file, what to look at."""
    found = ["Look at every value before you use this profile; docs/profiles.md explains them."]
    if draft.kind is ProfileKind.VENDOR_APP:
        found += [f"Redirect URI of the link: {one}" for one in draft.redirect_uris]
    elif not draft.here:
        found.append(
            "Nobody said which account types and which credential the registration needs: every "
            "type is accepted and no credential is asked for."
        )
    return tuple(found)
