"""Turns one TOML file into a ``VendorProfile``; strict, so that a typing error is never ignored.

The format is described in docs/profiles.md.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

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
from auditor.profile_shape import (
    Fault,
    RawFeature,
    RawPermission,
    RawProfile,
    RawRegistration,
    shape_faults,
    texts,
    values,
)
from auditor.scopes import GUID, parse_scope
from auditor.toml_file import TomlFile

VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
PROFILE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
KINDS = (ProfileKind.VENDOR_APP, ProfileKind.OWN_REGISTRATION)
PLATFORMS = ("web", "spa", "public")
AUDIENCES = (
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
)
APP_ID_VARIABLE = Variable("app_id", "the app's application (client) ID", "guid", required=False)

_VARIABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLE_KINDS = ("guid", "domain", "text")
# What Entra accepts as a redirect URI: learn.microsoft.com/entra/identity-platform/reply-url
_WEB_URI = re.compile(r"https://[^/]+.*|http://(?:localhost|127\.0\.0\.1)(?:[:/].*)?")
_URI_REFUSED = re.compile(r"[^!-~]|[!$'(),;\"<>\\^`|]")
_URI_LENGTH = 256
_ID_LENGTH = 100
_SHOWN = 80


def read_profile(file: TomlFile, permissions: PermissionTable) -> VendorProfile:
    """Check a parsed file from top to bottom and return the profile.

    Raises:
        ProfileError: The first thing that is wrong, with file, line and key path.
    """
    for error in profile_errors(file, permissions):
        raise error
    return _profile(msgspec.convert(file.data, RawProfile), permissions)


def profile_errors(file: TomlFile, permissions: PermissionTable) -> Iterator[UsageError]:
    """Give one error for each thing that is wrong, with file, line and key path."""
    for fault in profile_faults(file.data, permissions):
        yield file.error(fault.path, fault.problem, quoted=fault.quoted)


def profile_faults(data: dict[str, object], permissions: PermissionTable) -> Iterator[Fault]:
    """Find everything that is wrong: first the shape, then what the values say."""
    shape = tuple(shape_faults(data))
    yield from shape
    misshapen = {fault.path for fault in shape}
    yield from _empty(data)
    yield from _asks_for_nothing(data)
    yield from _repeated(data)
    yield from _kind_faults(data)
    for fault in _value_faults(data, permissions):
        if fault.path not in misshapen:
            yield fault
    yield from _repeated_permissions(data, permissions)
    yield from _variable_faults(data)


def _profile(raw: RawProfile, table: PermissionTable) -> VendorProfile:
    return VendorProfile(
        id=raw.id,
        name=_folded(raw.name),
        version=_folded(raw.version),
        kind=ProfileKind(raw.kind),
        summary=_folded(raw.summary),
        source=_folded(raw.source),
        retrieved=raw.retrieved,
        app_id=raw.app_id and raw.app_id.lower(),
        registration=_registration(raw.registration),
        variables=_variables(raw),
        features=tuple(_feature(one, table) for one in raw.features),
        notes=tuple(map(_folded, raw.notes)),
        documented_way=raw.documented_way or "",
    )


def _variables(raw: RawProfile) -> tuple[Variable, ...]:
    """Return the declared variables; an app that nobody named can always be named by a run."""
    found = tuple(
        Variable(one.name, _folded(one.description), one.kind, one.required)
        for one in raw.variables
    )
    named = raw.app_id is not None or "app_id" in {one.name for one in found}
    return found if named else (APP_ID_VARIABLE, *found)


def _registration(raw: RawRegistration | None) -> Registration | None:
    if raw is None:
        return None
    return Registration(
        platform=raw.platform,
        redirect_uris=tuple(raw.redirect_uris),
        audiences=tuple(raw.audiences),
        credential=raw.credential,
        elsewhere=raw.elsewhere,
    )


def _feature(raw: RawFeature, table: PermissionTable) -> Feature:
    items = (
        one if isinstance(one, RawPermission) else RawPermission(one) for one in raw.permissions
    )
    return Feature(
        id=raw.id,
        name=_folded(raw.name),
        required=raw.required,
        default=raw.default,
        permissions=tuple(_requirement(one, table) for one in items),
    )


def _requirement(item: RawPermission, table: PermissionTable) -> Requirement:
    app_id, value = parse_scope(item.scope)
    return Requirement(
        resource_app_id=app_id,
        resource=resource_name(app_id),
        value=published_name(app_id, value, table) or value,
        documented_as=_folded(item.documented_as),
        note=_folded(item.note),
        assumed=item.assumed,
    )


def published_name(app_id: str, value: str, table: PermissionTable) -> str | None:
    """Return the name in its published letter case; None where the resource has none like it.

    The names of a resource without a table are not checked: they come back as they are.
    """
    found = table.find(app_id, value)
    if found is not None:
        return found.value
    if not table.covers(app_id):
        return value
    if app_id == MICROSOFT_GRAPH and value.lower() in UNSUPPORTED_OPENID_SCOPES:
        return value.lower()
    return None


def scope_problem(scope: str, table: PermissionTable) -> str:
    """Say what is wrong with a scope; empty where nothing is."""
    try:
        app_id, value = parse_scope(scope)
    except UsageError as error:
        return str(error)
    if published_name(app_id, value, table) is not None:
        return ""
    near = table.nearest(app_id, value)
    advice = f"did you mean {near}?" if near else "look the name up in Microsoft's reference"
    return f"{resource_name(app_id)} has no delegated permission {value}; {advice}"


def redirect_problem(uri: str, platform: str) -> str:
    """Say what is wrong with a redirect URI for a platform; empty where nothing is."""
    plain = VARIABLE.sub("x", uri)
    if "{" in plain or "}" in plain:
        return "a variable is written {name} in lower case"
    if _URI_REFUSED.search(plain) or len(uri) > _URI_LENGTH:
        return f"no URI that Entra accepts: {_URI_LENGTH} characters, none of ! $ ' ( ) , ;"
    if platform in {"web", "spa"} and not _WEB_URI.fullmatch(plain):
        return "must begin with https:// (http:// only for localhost)"
    return ""


def text_problem(text: str) -> str:
    """Say whether a text could disturb a terminal or hide something; empty where it is fine."""
    folded = _folded(text)
    if text and not folded:
        return "holds white space only"
    return "" if folded.isprintable() else "holds a control or formatting character; remove it"


def id_problem(text: str) -> str:
    """Say what is wrong with the id of a profile or a feature; empty where nothing is."""
    if PROFILE_ID.fullmatch(text) and len(text) <= _ID_LENGTH:
        return ""
    return f"{_shown(text)}: use lower-case letters, digits and single dashes, {_ID_LENGTH} at most"


def _name_problem(text: str) -> str:
    return "" if _VARIABLE_NAME.fullmatch(text) else "use lower-case letters, digits and _"


def _guid_problem(text: str) -> str:
    return "" if GUID.fullmatch(text) else f"{_shown(text)} is not a GUID"


def _choice_problem(accepted: tuple[str, ...], text: str) -> str:
    return "" if text in accepted else f"{_shown(text)} is none of {', '.join(accepted)}"


_RULES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("id", id_problem),
    ("name", text_problem),
    ("version", text_problem),
    ("kind", partial(_choice_problem, KINDS)),
    ("summary", text_problem),
    ("source", text_problem),
    ("app_id", _guid_problem),
    ("registration.audiences[]", partial(_choice_problem, AUDIENCES)),
    ("registration.platform", partial(_choice_problem, PLATFORMS)),
    ("variables[].name", _name_problem),
    ("variables[].kind", partial(_choice_problem, _VARIABLE_KINDS)),
    ("variables[].description", text_problem),
    ("features[].id", id_problem),
    ("features[].name", text_problem),
    ("features[].permissions[].documented_as", text_problem),
    ("features[].permissions[].note", text_problem),
    ("notes[]", text_problem),
    ("documented_way", partial(_choice_problem, WAYS)),
)
"""What single texts have to be; each rule says what is wrong, or nothing."""


def _value_faults(data: dict[str, object], table: PermissionTable) -> Iterator[Fault]:
    """Apply the rules about one value each."""
    for pattern, rule in _RULES:
        for path, text in texts(data, pattern):
            if problem := rule(text):
                yield Fault(path, problem)
    platform = next((text for _, text in texts(data, "registration.platform")), "")
    for path, uri in texts(data, "registration.redirect_uris[]"):
        if problem := redirect_problem(uri, platform):
            quoted = "" if problem.startswith("no URI") else uri
            yield Fault(path, problem, quoted)
    for path, scope in _scopes(data):
        if problem := scope_problem(scope, table):
            yield Fault(path, problem, scope)


def _scopes(data: object) -> list[tuple[str, str]]:
    """Find every scope, with or without remarks, by the path of its permission."""
    found = []
    for path, one in values(data, "features[].permissions[]"):
        scope = one.get("scope") if isinstance(one, dict) else one
        if isinstance(scope, str) and scope:
            found.append((path, scope))
    return found


def _empty(data: dict[str, object]) -> Iterator[Fault]:
    for pattern, noun in (
        ("features", "feature"),
        ("features[].permissions", "permission"),
        ("registration.audiences", f"of {', '.join(AUDIENCES)}"),
    ):
        for path, items in values(data, pattern):
            if items == []:
                yield Fault(path, f"name at least one {noun}")


def _asks_for_nothing(data: dict[str, object]) -> Iterator[Fault]:
    """A run that names no feature has to ask for something."""
    asked = [one for key in ("required", "default") for _, one in values(data, f"features[].{key}")]
    if asked and all(one is False for one in asked):
        problem = "make one of them required or default, or a run asks for nothing"
        yield Fault("features", problem)


def _repeated(data: dict[str, object]) -> Iterator[Fault]:
    for pattern, noun in (("features[].id", "feature"), ("variables[].name", "variable")):
        seen: set[str] = set()
        for path, name in texts(data, pattern):
            if name and name in seen:
                yield Fault(path, f"there is another {noun} {_shown(name)}; rename one")
            seen.add(name)


def _repeated_permissions(data: dict[str, object], table: PermissionTable) -> Iterator[Fault]:
    seen: set[tuple[str, str, str]] = set()
    for path, scope in _scopes(data):
        try:
            app_id, value = parse_scope(scope)
        except UsageError:
            continue
        name = published_name(app_id, value, table)
        key = (path.partition(".")[0], app_id, value.lower())
        if name and key in seen:
            yield Fault(path, f"{name} is in this feature twice; remove one")
        seen.add(key)


def _kind_faults(data: dict[str, object]) -> Iterator[Fault]:
    """Only an own registration is described, and it has to be."""
    kind = data.get("kind")
    if kind == ProfileKind.OWN_REGISTRATION and "registration" not in data:
        yield Fault("", "an own-registration profile needs a [registration] table")
    if kind == ProfileKind.VENDOR_APP and "registration" in data:
        yield Fault("registration", f"only for own-registration profiles, this is {kind}")


def _variable_faults(data: dict[str, object]) -> Iterator[Fault]:
    """Every ``{variable}`` is declared, and every variable but ``app_id`` is used.

    Where a name or an address is wrong already, that would only say the same again.
    """
    named = [(path.rpartition(".")[0], name) for path, name in texts(data, "variables[].name")]
    kinds = dict(texts(data, "variables[].kind"))
    for path, name in named:
        if name == "app_id" and kinds.get(f"{path}.kind") in {"domain", "text"}:
            yield Fault(f"{path}.kind", "the variable app_id is of kind guid")
    uris = texts(data, "registration.redirect_uris[]")
    names, addresses = [name for _, name in named], [uri for _, uri in uris]
    if any(map(_name_problem, names)) or any(redirect_problem(one, "") for one in addresses):
        return
    declared = set(names)
    for path, uri in uris:
        for name in dict.fromkeys(VARIABLE.findall(uri)):
            if name not in declared:
                problem = f"{{{name}}} is not declared; add a [[variables]] entry for it"
                yield Fault(path, problem, uri)
    used = {"app_id", *(name for _, uri in uris for name in VARIABLE.findall(uri))}
    for path, name in named:
        if name not in used:
            problem = f"{name} is declared but no redirect URI uses it; remove it"
            yield Fault(path, problem)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
