"""Reads the link that a person met: a sign-in, an admin consent, or the redirect after an error.

A link that a mail filter has wrapped is taken out of its wrapper once, and never opened.
Only what is needed is taken out of the link. Codes, tokens, ``state``, ``nonce``, secrets and
names of people in it are neither kept nor shown, and no message quotes the link.

Sources: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, v2-admin-consent and
authentication-national-cloud (read 2026-08).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from urllib.parse import SplitResult, parse_qsl, urlsplit

from auditor.errors import UsageError
from auditor.model.cloud import Cloud
from auditor.scopes import guid, parse_scope
from auditor.wrapped_link import unwrapped

MAX_CHARACTERS = 32_000
MAX_PARAMETERS = 100

_GOV = frozenset({Cloud.US_GOV_L4, Cloud.US_GOV_L5})
_HOSTS = {
    "login.microsoftonline.com": frozenset({Cloud.GLOBAL}),
    "login.windows.net": frozenset({Cloud.GLOBAL}),
    "login.microsoft.com": frozenset({Cloud.GLOBAL}),
    "login.microsoftonline.us": _GOV,
    "login.partner.microsoftonline.cn": frozenset({Cloud.CHINA}),
    "login.chinacloudapi.cn": frozenset({Cloud.CHINA}),
}
_ANY_TENANT = frozenset({"common", "organizations"})
_PERSONAL = frozenset({"consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"})
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\.[a-z0-9-]{2,63}", re.ASCII)
_PATHS = {
    "oauth2/authorize": (False, 1),
    "oauth2/v2.0/authorize": (False, 2),
    "adminconsent": (True, 1),
    "v2.0/adminconsent": (True, 2),
}
_FORMS = (
    "give the link of the sign-in (…/authorize?…), of the admin consent (…/adminconsent?…), or of "
    "the page after an error (…?error=…)"
)
_REDIRECT = re.compile(r"[a-z][a-z0-9+.-]{0,40}:[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]{1,400}")
_SAFE = re.compile(r"[A-Za-z0-9._:/-]{1,120}")
_APP_IN_TEXT = re.compile(
    r"(?:application(?: with (?:the )?(?:id|identifier))?|client app id):? ?['\"]?"
    r"([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
    re.IGNORECASE | re.ASCII,
)


@unique
class LinkKind(StrEnum):
    """What a link is for."""

    AUTHORIZE = "authorize"
    ADMIN_CONSENT = "admin-consent"
    ERROR = "error-redirect"


@dataclass(frozen=True, slots=True)
class PastedLink:
    """What a link asks for; nothing else of the link is kept."""

    kind: LinkKind
    version: int
    """1 or 2, the endpoint's; 0 for the redirect after an error."""
    clouds: frozenset[Cloud]
    """Where the sign-in host may belong to; empty where the link has none."""
    tenant: str
    """A GUID or a domain, lower case; empty for any tenant, or where the link names none."""
    personal: bool
    """It is for personal Microsoft accounts alone."""
    app_id: str
    """Lower case; empty where the link names none."""
    scopes: tuple[str, ...]
    """Single permissions, as the link writes them."""
    default_scope: bool
    """It asks for ``.default``, or with ``resource=`` for what the registration lists."""
    prompt_consent: bool
    redirect_uri: str
    """Empty where the link has none, or one that no registration could be compared with."""
    wrapper: str = ""
    """The mail filter that had wrapped the link; empty where none had."""


def parse_link(text: str) -> PastedLink:
    """Read a link.

    Raises:
        UsageError: It is no such link, or a part of it cannot be read. The message quotes at most
            the name of a parameter or a scope.
    """
    whole, wrapper = unwrapped(_checked(text.strip().strip("<>\"'")))
    return replace(_link(_parts(_checked(whole))), wrapper=wrapper)


def _link(parts: SplitResult) -> PastedLink:
    query = _parameters(parts.query)
    fragment = _parameters(parts.fragment) if "=" in parts.fragment else {}
    every = {**fragment, **query}
    clouds = _HOSTS.get((parts.hostname or "").lower(), frozenset())
    if "error" in every:
        return _after_error(parts, every, clouds)
    if not clouds or parts.scheme != "https":
        raise UsageError(f"--url: that is no link to a sign-in host of Microsoft: {_FORMS}")
    return _request(parts, query, clouds)


def _checked(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise UsageError(f"--url: the link is longer than {MAX_CHARACTERS:,} characters")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError(
            "--url: the link has blanks, line breaks or characters that no link has: copy it from "
            "the address bar in one piece"
        )
    return text


def _parts(text: str) -> SplitResult:
    try:
        parts = urlsplit(text.replace("&amp;", "&"))
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if not parts.scheme or "@" in parts.netloc:
        raise UsageError(f"--url: that is no link: {_FORMS}")
    if port not in {None, 443} and (parts.hostname or "") in _HOSTS:
        raise UsageError("--url: a sign-in host of Microsoft has no port of its own")
    return parts


def _parameters(query: str) -> dict[str, str]:
    """Return each parameter once, with names in lower case."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise UsageError(f"--url: more than {MAX_PARAMETERS} parameters in the link") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        if key in _READ and found.setdefault(key, value) != value:
            raise UsageError(f"--url: the link has two different values of {key}")
    return found


_READ = frozenset(
    {
        "client_id",
        "error",
        "error_description",
        "prompt",
        "redirect_uri",
        "resource",
        "scope",
        "tenant",
    }
)
"""The parameters that are looked at; every other one is dropped at once."""


def _request(parts: SplitResult, query: dict[str, str], clouds: frozenset[Cloud]) -> PastedLink:
    tenant, _, path = parts.path.strip("/").lower().partition("/")
    if path not in _PATHS:
        raise UsageError(f"--url: the link leads to another page of the sign-in host: {_FORMS}")
    admin, version = _PATHS[path]
    app_id = guid(query.get("client_id", ""))
    if app_id is None:
        raise UsageError("--url: the link's client_id is missing or no GUID: copy the whole link")
    scopes, default = _scopes(query.get("scope", ""))
    prompts = query.get("prompt", "").lower().split()
    link = PastedLink(
        kind=LinkKind.ADMIN_CONSENT if admin or "admin_consent" in prompts else LinkKind.AUTHORIZE,
        version=version,
        clouds=clouds,
        tenant="",
        personal=False,
        app_id=app_id,
        scopes=scopes,
        default_scope=default or version == 1,
        prompt_consent="consent" in prompts,
        redirect_uri=_redirect_uri(query.get("redirect_uri", "")),
    )
    return _with_tenant(link, tenant)


def _after_error(parts: SplitResult, every: dict[str, str], clouds: frozenset[Cloud]) -> PastedLink:
    described = _APP_IN_TEXT.search(every.get("error_description", ""))
    scopes, default = _scopes(every.get("scope", ""))
    here = "" if clouds else f"{parts.scheme}://{parts.netloc}{parts.path}"
    link = PastedLink(
        kind=LinkKind.ERROR,
        version=0,
        clouds=clouds,
        tenant="",
        personal=False,
        app_id=guid(every.get("client_id", "")) or (described[1].lower() if described else ""),
        scopes=scopes,
        default_scope=default,
        prompt_consent=False,
        redirect_uri=_redirect_uri(here),
    )
    return _with_tenant(link, every.get("tenant", "").lower())


def _with_tenant(link: PastedLink, tenant: str) -> PastedLink:
    if tenant in _PERSONAL:
        return replace(link, personal=True)
    if not tenant or tenant in _ANY_TENANT:
        return link
    if guid(tenant) or _DOMAIN.fullmatch(tenant):
        return replace(link, tenant=tenant)
    raise UsageError("--url: the link's tenant is no GUID, domain, common or organizations")


def _scopes(text: str) -> tuple[tuple[str, ...], bool]:
    """Return the single permissions, and whether ``.default`` is among the scopes."""
    words = list(dict.fromkeys(text.split()))
    single = [one for one in words if one.rpartition("/")[2].lower() != ".default"]
    for number, one in enumerate(single, 1):
        _check_scope(one, number)
    return tuple(single), len(single) < len(words)


def _check_scope(scope: str, number: int) -> None:
    try:
        parse_scope(scope)
    except UsageError as error:
        name = ascii(scope) if _SAFE.fullmatch(scope) else f"number {number}"
        raise UsageError(
            f"--url: the link's scope {name} cannot be read: name the permissions with --app-id "
            "and --scope instead"
        ) from error


def _redirect_uri(text: str) -> str:
    """Return an address that can be compared with a registration, or nothing.

    Entra ignores the port of this computer's own address, and a query may hold secrets.
    """
    try:
        parts = urlsplit(text)
        own = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    except ValueError:
        return ""
    whole = not (parts.query or parts.fragment or "@" in parts.netloc)
    return text if whole and not own and _REDIRECT.fullmatch(text) else ""


def check_place(link: PastedLink, cloud: Cloud, names: Sequence[str]) -> None:
    """Refuse a link of another cloud or tenant than the one that is asked.

    Args:
        link: What was pasted.
        cloud: The asked tenant's.
        names: The asked tenant's id and domains as far as they are known, lower case.

    Raises:
        UsageError: They contradict each other.
    """
    if link.clouds and cloud not in link.clouds:
        raise UsageError(
            f"--url is a link of the cloud {' or '.join(sorted(link.clouds))}, and the tenant is "
            f"in {cloud}: give the link or the tenant of the same cloud"
        )
    if link.personal:
        raise UsageError("--url is a link for personal accounts alone: no tenant decides about it")
    if not link.tenant or link.tenant in names:
        return
    known = [one for one in names if (guid(one) is None) == (guid(link.tenant) is None)]
    if known:
        raise UsageError(
            f"--url is a link of the tenant {link.tenant}, and {known[0]} is asked: sign in there "
            "again, or audit that tenant"
        )
