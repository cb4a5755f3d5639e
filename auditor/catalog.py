"""Requirement profiles, and the request that is decided made from one.

Shipped profiles lie in ``policies/profiles/``; a person's own in a folder of their choice, in the
working directory, or wherever a path says.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from auditor.errors import ProfileError, UsageError
from auditor.files import shown
from auditor.model.profile import (
    Asked,
    Asker,
    ConsentRequest,
    Feature,
    KnownApp,
    ProfileKind,
    Publisher,
    Registration,
    Requirement,
    Variable,
    VendorProfile,
)
from auditor.own_profiles import OwnFile, files_here, files_of, own_files, read_own
from auditor.permissions import load_permissions, resource_name
from auditor.profile_file import VARIABLE, profile_errors, read_profile
from auditor.resources import children, resource
from auditor.scopes import GUID, parse_scope
from auditor.toml_file import TomlFile, read_toml

AD_HOC = "ad-hoc"
"""The profile id of a request that was named on the command line."""

SHIPPED = "shipped"

_SUFFIX = ".toml"
_DOMAIN = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_TEXT = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_FORMATS = {
    "guid": (GUID, "a GUID such as 8ab1b2c3-0000-4000-8000-00000000000d"),
    "domain": (_DOMAIN, "a host name alone, such as app.example.com"),
    "text": (_TEXT, "letters, digits and . _ ~ - only"),
}
_SHOWN = 80


class Entry(msgspec.Struct, frozen=True):
    """A profile, and where it comes from."""

    profile: VendorProfile
    place: str
    """``shipped``, or the path of its file, fit to be shown."""


def profile_ids() -> tuple[str, ...]:
    """List the shipped profiles by id, sorted."""
    folder = resource("policies", "profiles")
    return tuple(file.name.removesuffix(_SUFFIX) for file in children(folder, _SUFFIX))


def known_apps() -> tuple[KnownApp, ...]:
    """List the vendors' apps whose ids the shipped profiles state, without loading these whole."""
    folder = resource("policies", "profiles")
    heads = (
        # The keys of a TOML file's root stand before its first table.
        tomllib.loads(file.read_text(encoding="utf-8").partition("\n[")[0])
        for file in children(folder, _SUFFIX)
    )
    return tuple(
        KnownApp(str(head["name"]), str(head["app_id"]).lower())
        for head in heads
        if "app_id" in head and head["kind"] == ProfileKind.VENDOR_APP
    )


def load_profile(id_or_path: str, folder: str = "") -> VendorProfile:
    """Load a profile by its id, or by the path of its file.

    An id is looked for among the shipped profiles, in ``folder`` and in the working directory;
    only one of them may have it.

    Args:
        id_or_path: A path ends with ``.toml`` or holds a slash.
        folder: A person's own profiles; empty for none.

    Raises:
        UsageError: There is no such folder.
        ProfileError: There is no such profile, more than one, or it is not valid.
    """
    if id_or_path.endswith(_SUFFIX) or "/" in id_or_path or "\\" in id_or_path:
        return validate(id_or_path)
    own = files_of(id_or_path, folder)
    if id_or_path in profile_ids():
        for path in own:
            raise _taken(path, f"the shipped profile {id_or_path}")
        return _load_shipped(id_or_path)
    if len(own) > 1:
        names = " and ".join(shown(one) for one in own)
        msg = f"{names} are both named {id_or_path}: remove one, or give the path of one"
        raise ProfileError(msg)
    if not own:
        raise ProfileError(_no_profile(id_or_path, folder))
    return read_own(OwnFile(id_or_path, own[0]), load_permissions())


def load_profiles(
    folder: str = "", *, here: bool = False
) -> tuple[list[Entry], list[ProfileError]]:
    """Load every shipped profile and those of a folder.

    Args:
        folder: A person's own profiles; empty for none.
        here: Those of the working directory too.

    Returns:
        The profiles, and what is wrong with files of one's own that are none.

    Raises:
        UsageError: The folder or the working directory cannot be read.
    """
    found = [Entry(_load_shipped(one), SHIPPED) for one in profile_ids()]
    taken = {one.profile.id: f"the shipped profile {one.profile.id}" for one in found}
    errors: list[ProfileError] = []
    table = load_permissions()
    for file in (*own_files(folder), *(files_here(folder) if here else ())):
        try:
            if file.id in taken:
                raise _taken(file.path, taken[file.id])
            found.append(Entry(read_own(file, table), shown(file.path)))
        except ProfileError as error:
            errors.append(error)
        taken.setdefault(file.id, shown(file.path))
    return found, errors


def validate(path: str | Path) -> VendorProfile:
    """Load the profile in a file of one's own.

    Raises:
        ProfileError: It cannot be read or breaks a rule of the format.
    """
    return read_profile(_opened(path), load_permissions())


def errors_in(path: str | Path) -> Iterator[UsageError]:
    """Give everything that is wrong with a file of one's own, one after the other.

    Raises:
        ProfileError: It cannot be read at all.
    """
    return profile_errors(_opened(path), load_permissions())


def make_request(  # noqa: PLR0913 - one argument for each thing that a run says
    profile: VendorProfile,
    *,
    features: Sequence[str],
    settings: Mapping[str, str],
    asker: Asker,
    publisher: Publisher,
    prompt_consent: bool,
    default_scope: bool,
) -> ConsentRequest:
    """Make the request of a profile's app.

    Args:
        profile: A loaded profile.
        features: Ids of the features in use; empty for the profile's default ones. Required
            features are always in.
        settings: Values of the profile's variables; ``app_id`` says which app it is.
        asker: Who signs in.
        publisher: Stated for an app that the tenant does not know yet.
        prompt_consent: The app asks with ``prompt=consent``.
        default_scope: The app asks with ``.default``.

    Raises:
        UsageError: An unknown feature or variable, or a value that is missing or malformed.
    """
    chosen = _chosen(profile, features)
    values = _values(profile, settings)
    registration, notes = _filled(profile.registration, values)
    return ConsentRequest(
        profile_id=profile.id,
        name=profile.name,
        kind=profile.kind,
        version=profile.version,
        source=profile.source,
        retrieved=profile.retrieved,
        notes=profile.notes + notes,
        app_id=values.get("app_id", profile.app_id),
        permissions=_asked(chosen),
        registration=registration,
        asker=asker,
        publisher=publisher,
        prompt_consent=prompt_consent,
        default_scope=default_scope,
        documented_way=profile.documented_way,
    )


def ad_hoc_request(
    app_id: str,
    scopes: Sequence[str],
    *,
    asker: Asker,
    publisher: Publisher,
    prompt_consent: bool,
    default_scope: bool,
) -> ConsentRequest:
    """Make the request of an app that has no profile.

    A name that no table knows is kept as written: the tenant's resource decides whether it exists.

    Raises:
        UsageError: The app ID is not a GUID, a scope cannot be read, or there is no scope.
    """
    client = _value("app_id", "guid", app_id, "--app-id ")
    if not scopes:
        msg = "no permission to decide about: name what the app asks for with --scope"
        raise UsageError(msg)
    return ConsentRequest(
        profile_id=AD_HOC,
        name=client,
        kind=ProfileKind.AD_HOC,
        version="",
        source="",
        retrieved=None,
        notes=(),
        app_id=client,
        permissions=_asked((_ad_hoc_feature(scopes),)),
        registration=None,
        asker=asker,
        publisher=publisher,
        prompt_consent=prompt_consent,
        default_scope=default_scope,
    )


def _opened(path: str | Path) -> TomlFile:
    name = str(path)
    return read_toml(Path(path), name if name.isprintable() else _shown(name))


def _taken(path: Path, other: str) -> ProfileError:
    return ProfileError(
        f"{shown(path)} has the id of {other}, which is never replaced: give the file another name "
        "and id, or ask for it by its path"
    )


def _no_profile(name: str, folder: str) -> str:
    places = f"{shown(folder)} or the working directory" if folder else "the working directory"
    return (
        f"no shipped profile {_shown(name)}; there are {', '.join(profile_ids())}; and none "
        f"of your own in {places}; or give the path of a {_SUFFIX} file"
    )


def _load_shipped(profile_id: str) -> VendorProfile:
    name = f"{profile_id}{_SUFFIX}"
    file = read_toml(resource("policies", "profiles", name), name)
    profile = read_profile(file, load_permissions())
    if profile.id != profile_id:
        raise file.error("id", f"must be {profile_id}, as the file is named")
    return profile


def _chosen(profile: VendorProfile, wanted: Sequence[str]) -> tuple[Feature, ...]:
    known = [feature.id for feature in profile.features]
    for name in wanted:
        if name not in known:
            msg = f"{profile.id} has no feature {_shown(name)}; there are {', '.join(known)}"
            raise UsageError(msg)
    return tuple(
        feature
        for feature in profile.features
        if feature.required or (feature.id in wanted if wanted else feature.default)
    )


def _asked(features: tuple[Feature, ...]) -> tuple[Asked, ...]:
    """List each permission once, with every feature that wants it."""
    found: dict[tuple[str, str], Asked] = {}
    for feature in features:
        for requirement in feature.permissions:
            key = (requirement.resource_app_id, requirement.value.lower())
            before = found.get(key, Asked(requirement, required=False, features=()))
            found[key] = replace(
                before,
                required=before.required or feature.required,
                features=(*before.features, feature.id),
            )
    return tuple(found.values())


def _ad_hoc_feature(scopes: Sequence[str]) -> Feature:
    table = load_permissions()
    requirements: dict[tuple[str, str], Requirement] = {}
    for scope in scopes:
        app_id, value = parse_scope(scope)
        known = table.find(app_id, value)
        name = known.value if known else value
        requirement = Requirement(app_id, resource_name(app_id), name)
        requirements.setdefault((app_id, name.lower()), requirement)
    permissions = tuple(requirements.values())
    return Feature(AD_HOC, AD_HOC, required=True, default=True, permissions=permissions)


def _values(profile: VendorProfile, settings: Mapping[str, str]) -> dict[str, str]:
    variables = {variable.name: variable for variable in profile.variables}
    for name in settings:
        if name not in variables:
            known = ", ".join(variables) or "none"
            msg = f"{profile.id} has no variable {_shown(name)}; there are {known}"
            raise UsageError(msg)
    for variable in profile.variables:
        if variable.required and variable.name not in settings:
            msg = f"{profile.id} needs {_asked_for(variable)}"
            raise UsageError(msg)
    return {
        name: _value(name, variables[name].kind, text, f"--set {name}=")
        for name, text in settings.items()
    }


def _asked_for(variable: Variable) -> str:
    return f"--set {variable.name}=... ({variable.description})"


def _value(name: str, kind: str, text: str, option: str) -> str:
    """Check a value; GUIDs and host names come back in lower case."""
    pattern, form = _FORMATS[kind]
    value = text if kind == "text" or not text.isascii() else text.lower()
    if not pattern.fullmatch(value):
        msg = f"{option}{_shown(text)}: {name} must be {form}"
        raise UsageError(msg)
    return value


def _filled(
    registration: Registration | None, values: Mapping[str, str]
) -> tuple[Registration | None, tuple[str, ...]]:
    """Fill the redirect URIs; one that lacks a value is left out and explained in a note."""
    if registration is None:
        return None, ()
    uris: list[str] = []
    unchecked: list[str] = []
    notes: list[str] = []
    for uri in registration.redirect_uris:
        lacking = dict.fromkeys(name for name in VARIABLE.findall(uri) if name not in values)
        if lacking:
            options = " ".join(f"--set {name}=..." for name in lacking)
            unchecked.append(uri)
            notes.append(f"The redirect URI {uri} was not checked: run again with {options}")
        else:
            uris.append(VARIABLE.sub(lambda match: values[match[1]], uri))
    filled = replace(registration, redirect_uris=tuple(uris), unchecked=tuple(unchecked))
    return filled, tuple(notes)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
