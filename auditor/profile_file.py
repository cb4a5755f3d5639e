"""Turns one TOML file into a ``VendorProfile``; strict, so that a typing error is never ignored.

The format is described in docs/profiles.md.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated

import msgspec

from auditor.errors import UsageError
from auditor.model.profile import (
    WAYS,
    Feature,
    ProfileKind,
    Registration,
    Requirement,
    Variable,
    VendorProfile,
)
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.permissions import UNSUPPORTED_OPENID_SCOPES, PermissionTable, resource_name
from auditor.scopes import GUID, parse_scope
from auditor.toml_file import TomlFile

VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VARIABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KINDS = (ProfileKind.VENDOR_APP, ProfileKind.OWN_REGISTRATION)
_PLATFORMS = ("web", "spa", "public")
_VARIABLE_KINDS = ("guid", "domain", "text")
_AUDIENCES = (
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
)
# What Entra accepts as a redirect URI: learn.microsoft.com/entra/identity-platform/reply-url
_WEB_URI = re.compile(r"https://[^/]+.*|http://(?:localhost|127\.0\.0\.1)(?:[:/].*)?")
_URI_REFUSED = re.compile(r"[^!-~]|[!$'(),;\"<>\\^`|]")
_URI_LENGTH = 256

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Permission(msgspec.Struct, forbid_unknown_fields=True):
    scope: _Text
    documented_as: str = ""
    note: str = ""
    assumed: bool = False


class _Feature(msgspec.Struct, forbid_unknown_fields=True):
    id: _Text
    name: _Text
    required: bool
    default: bool
    permissions: list[_Text | _Permission]


class _Variable(msgspec.Struct, forbid_unknown_fields=True):
    name: _Text
    description: _Text
    kind: _Text
    required: bool


class _Registration(msgspec.Struct, forbid_unknown_fields=True):
    platform: _Text
    redirect_uris: list[_Text]
    audiences: list[_Text]
    credential: bool
    elsewhere: bool


class _Profile(msgspec.Struct, forbid_unknown_fields=True):
    id: _Text
    name: _Text
    version: _Text
    kind: _Text
    summary: _Text
    source: _Text
    retrieved: date
    features: list[_Feature]
    app_id: str | None = None
    registration: _Registration | None = None
    variables: list[_Variable] = []
    notes: list[_Text] = []
    documented_way: str | None = None


_TABLES = {
    "": _Profile,
    "features": _Feature,
    "permissions": _Permission,
    "variables": _Variable,
    "registration": _Registration,
}
_WORDS = {"str": "text", "object": "table", "array": "list", "bool": "true or false"}


class _FaultError(Exception):
    """Something is wrong at a key path."""

    def __init__(self, path: str, problem: str, quoted: str = "") -> None:
        super().__init__(problem)
        self.path = path
        self.problem = problem
        self.quoted = quoted


def read_profile(file: TomlFile, permissions: PermissionTable) -> VendorProfile:
    """Check a parsed file from top to bottom and return the profile.

    Raises:
        ProfileError: The first thing that is wrong, with file, line and key path.
    """
    try:
        profile = _profile(msgspec.convert(file.data, _Profile), permissions)
        _check_variables(profile)
    except msgspec.ValidationError as error:
        fault = _shape_fault(str(error))
        raise file.error(fault.path, fault.problem) from error
    except _FaultError as error:
        raise file.error(error.path, error.problem, quoted=error.quoted) from error
    return profile


def _profile(raw: _Profile, table: PermissionTable) -> VendorProfile:
    if not raw.features:
        raise _FaultError("features", "name at least one feature")
    _check_unique("features", "feature", (feature.id for feature in raw.features), "id")
    _check_unique("variables", "variable", (item.name for item in raw.variables), "name")
    return VendorProfile(
        id=_identifier("id", raw.id),
        name=_text("name", raw.name),
        version=_text("version", raw.version),
        kind=ProfileKind(_one_of("kind", raw.kind, _KINDS)),
        summary=_text("summary", raw.summary),
        source=_text("source", raw.source),
        retrieved=raw.retrieved,
        app_id=_app_id(raw.app_id),
        registration=_registration(raw),
        variables=tuple(_variable(f"variables[{n}]", v) for n, v in enumerate(raw.variables)),
        features=tuple(_feature(f"features[{n}]", f, table) for n, f in enumerate(raw.features)),
        notes=tuple(_text(f"notes[{n}]", note) for n, note in enumerate(raw.notes)),
        documented_way=_one_of("documented_way", raw.documented_way, WAYS)
        if raw.documented_way is not None
        else "",
    )


def _feature(path: str, raw: _Feature, table: PermissionTable) -> Feature:
    if not raw.permissions:
        raise _FaultError(f"{path}.permissions", "name at least one permission")
    requirements = tuple(
        _requirement(f"{path}.permissions[{n}]", item, table)
        for n, item in enumerate(raw.permissions)
    )
    seen: set[tuple[str, str]] = set()
    for n, found in enumerate(requirements):
        key = (found.resource_app_id, found.value.lower())
        if key in seen:
            problem = f"{found.value} is in this feature twice; remove one"
            raise _FaultError(f"{path}.permissions[{n}]", problem)
        seen.add(key)
    return Feature(
        id=_identifier(f"{path}.id", raw.id),
        name=_text(f"{path}.name", raw.name),
        required=raw.required,
        default=raw.default,
        permissions=requirements,
    )


def _requirement(path: str, raw: str | _Permission, table: PermissionTable) -> Requirement:
    item = raw if isinstance(raw, _Permission) else _Permission(raw)
    try:
        app_id, value = parse_scope(item.scope)
    except UsageError as error:
        raise _FaultError(path, str(error), item.scope) from error
    return Requirement(
        resource_app_id=app_id,
        resource=resource_name(app_id),
        value=_published_name(path, item.scope, app_id, value, table),
        documented_as=_text(f"{path}.documented_as", item.documented_as),
        note=_text(f"{path}.note", item.note),
        assumed=item.assumed,
    )


def _published_name(path: str, scope: str, app_id: str, value: str, table: PermissionTable) -> str:
    """Return the name in its published letter case; a resource without a table is not checked."""
    found = table.find(app_id, value)
    if found is not None:
        return found.value
    if not table.covers(app_id):
        return value
    if app_id == MICROSOFT_GRAPH and value.lower() in UNSUPPORTED_OPENID_SCOPES:
        return value.lower()
    near = table.nearest(app_id, value)
    advice = f"did you mean {near}?" if near else "look the name up in Microsoft's reference"
    problem = f"{resource_name(app_id)} has no delegated permission {value}; {advice}"
    raise _FaultError(path, problem, scope)


def _registration(raw: _Profile) -> Registration | None:
    own = raw.kind == ProfileKind.OWN_REGISTRATION
    if raw.registration is None:
        if own:
            raise _FaultError("", "an own-registration profile needs a [registration] table")
        return None
    if not own:
        raise _FaultError("registration", f"only for own-registration profiles, this is {raw.kind}")
    found = raw.registration
    if not found.audiences:
        raise _FaultError("registration.audiences", f"name at least one of {', '.join(_AUDIENCES)}")
    for n, audience in enumerate(found.audiences):
        _one_of(f"registration.audiences[{n}]", audience, _AUDIENCES)
    platform = _one_of("registration.platform", found.platform, _PLATFORMS)
    for n, uri in enumerate(found.redirect_uris):
        _check_redirect_uri(f"registration.redirect_uris[{n}]", uri, platform)
    return Registration(
        platform=platform,
        redirect_uris=tuple(found.redirect_uris),
        audiences=tuple(found.audiences),
        credential=found.credential,
        elsewhere=found.elsewhere,
    )


def _check_redirect_uri(path: str, uri: str, platform: str) -> None:
    plain = VARIABLE.sub("x", uri)
    if "{" in plain or "}" in plain:
        raise _FaultError(path, "a variable is written {name} in lower case", uri)
    if _URI_REFUSED.search(plain) or len(uri) > _URI_LENGTH:
        problem = f"no URI that Entra accepts: {_URI_LENGTH} characters, none of ! $ ' ( ) , ;"
        raise _FaultError(path, problem)
    if platform != "public" and not _WEB_URI.fullmatch(plain):
        raise _FaultError(path, "must begin with https:// (http:// only for localhost)", uri)


def _variable(path: str, raw: _Variable) -> Variable:
    if not _VARIABLE_NAME.fullmatch(raw.name):
        raise _FaultError(f"{path}.name", "use lower-case letters, digits and _")
    kind = _one_of(f"{path}.kind", raw.kind, _VARIABLE_KINDS)
    if raw.name == "app_id" and kind != "guid":
        raise _FaultError(f"{path}.kind", "the variable app_id is of kind guid")
    description = _text(f"{path}.description", raw.description)
    return Variable(raw.name, description, kind, raw.required)


def _check_variables(profile: VendorProfile) -> None:
    """Every ``{variable}`` is declared, and every variable but ``app_id`` is used."""
    declared = {variable.name for variable in profile.variables}
    uris = profile.registration.redirect_uris if profile.registration else ()
    for n, uri in enumerate(uris):
        for name in VARIABLE.findall(uri):
            if name not in declared:
                problem = f"{{{name}}} is not declared; add a [[variables]] entry for it"
                raise _FaultError(f"registration.redirect_uris[{n}]", problem, uri)
    used = {"app_id", *(name for uri in uris for name in VARIABLE.findall(uri))}
    for n, variable in enumerate(profile.variables):
        if variable.name not in used:
            problem = f"{variable.name} is declared but no redirect URI uses it; remove it"
            raise _FaultError(f"variables[{n}]", problem)


def _check_unique(path: str, noun: str, names: Iterable[str], key: str) -> None:
    seen: set[str] = set()
    for n, name in enumerate(names):
        if name in seen:
            raise _FaultError(f"{path}[{n}].{key}", f"there is another {noun} {name!a}; rename one")
        seen.add(name)


def _identifier(path: str, text: str) -> str:
    if not _ID.fullmatch(text):
        raise _FaultError(path, f"{text!a}: use lower-case letters, digits and single dashes")
    return text


def _app_id(text: str | None) -> str | None:
    if text is not None and not GUID.fullmatch(text):
        raise _FaultError("app_id", f"{text!a} is not a GUID")
    return text and text.lower()


def _one_of(path: str, text: str, accepted: tuple[str, ...]) -> str:
    if text not in accepted:
        raise _FaultError(path, f"{text!a} is none of {', '.join(accepted)}")
    return text


def _text(path: str, text: str) -> str:
    """Fold white space, and refuse what could disturb a terminal or hide text."""
    folded = " ".join(text.split())
    if text and not folded:
        raise _FaultError(path, "holds white space only")
    if not folded.isprintable():
        raise _FaultError(path, "holds a control or formatting character; remove it")
    return folded


def _shape_fault(message: str) -> _FaultError:
    """Translate msgspec's message, ``... - at `$.features[0].name` ``."""
    problem, _, place = message.partition(" - at `$")
    path = place.rstrip("`").lstrip(".")
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", problem, re.DOTALL):
        known = ", ".join(_known_keys(path))
        key = ".".join(filter(None, (path, unknown[1])))
        return _FaultError(key, f"unknown key; known are {known}")
    if missing := re.fullmatch(r"Object missing required field `(.*)`", problem):
        return _FaultError(path, f"the key {missing[1]} is missing")
    if path == "retrieved":
        return _FaultError(path, "write a date such as 2026-11-21, without quotes or time")
    if "length" in problem:
        return _FaultError(path, "must not be empty")
    plain = re.sub(r"`([^`]*)`", lambda match: _in_words(match[1]), problem)
    return _FaultError(path, plain[0].lower() + plain[1:])


def _in_words(types: str) -> str:
    """Say ``text or table`` for msgspec's ``str | object``."""
    return " or ".join(_WORDS.get(name, name) for name in types.split(" | "))


def _known_keys(path: str) -> Iterator[str]:
    table = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
    yield from _TABLES[table].__struct_fields__
