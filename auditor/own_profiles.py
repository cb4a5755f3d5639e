"""Finds a person's own profiles: in a folder of their choice, and in the working directory.

A file is named as the profile's id: ``acme.profile.toml``, or ``acme.toml`` in the chosen folder.
So a profile is found without opening another file, and a damaged file hides no other one.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from auditor.errors import ProfileError, UsageError
from auditor.files import shown
from auditor.model.profile import VendorProfile
from auditor.permissions import PermissionTable
from auditor.profile_file import id_problem, read_profile
from auditor.toml_file import read_toml

MAX_FILES = 1_000
"""In one folder."""

_SUFFIX = ".toml"
_MARK = ".profile.toml"
"""In the working directory, so that ``pyproject.toml`` is never taken for a profile."""


class OwnFile(msgspec.Struct, frozen=True):
    """A file that is named like a profile; nobody has opened it yet."""

    id: str
    """What its name says; may be no id at all."""
    path: Path


def own_files(folder: str) -> tuple[OwnFile, ...]:
    """List the profiles of the chosen folder, by id; none where ``folder`` is empty.

    Raises:
        UsageError: There is no such folder, it cannot be read, or it holds too many files.
    """
    return _listed(Path(folder), _SUFFIX, f"--profiles {shown(folder)}") if folder else ()


def files_here(folder: str = "") -> tuple[OwnFile, ...]:
    """List the profiles of the working directory that ``folder`` does not hold anyway, by id.

    Raises:
        UsageError: It cannot be read, or holds too many of them.
    """
    known = {os.path.realpath(one.path) for one in own_files(folder)}
    found = _listed(Path(), _MARK, "the working directory")
    return tuple(one for one in found if os.path.realpath(one.path) not in known)


def files_of(profile_id: str, folder: str) -> tuple[Path, ...]:
    """Return the files of one's own that are named like a profile, each once.

    Raises:
        UsageError: There is no such folder.
    """
    if folder and not os.path.isdir(folder):  # noqa: PTH112 - pathlib raises for odd names
        raise UsageError(f"--profiles {shown(folder)}: no such folder")
    if id_problem(profile_id):
        return ()
    names = [Path(f"{profile_id}{_MARK}")]
    if folder:
        names += [Path(folder, f"{profile_id}{end}") for end in (_SUFFIX, _MARK)]
    found = {os.path.realpath(one): one for one in names if os.path.lexists(one)}
    return tuple(found.values())


def read_own(file: OwnFile, permissions: PermissionTable) -> VendorProfile:
    """Read a profile that is found by its file's name.

    Raises:
        ProfileError: It cannot be read, breaks a rule of the format, or has another id.
    """
    name = shown(file.path)
    if problem := id_problem(file.id):
        raise ProfileError(f"{name}: the file is not named like a profile: {problem}")
    toml = read_toml(file.path, name)
    profile = read_profile(toml, permissions)
    if profile.id != file.id:
        raise toml.error("id", f"must be {file.id}, as the file is named")
    return profile


def _listed(folder: Path, suffix: str, name: str) -> tuple[OwnFile, ...]:
    found: list[OwnFile] = []
    try:
        for path in _entries(folder, suffix):
            if len(found) == MAX_FILES:
                msg = f"{name}: more than {MAX_FILES:,} profiles; give a folder with fewer"
                raise UsageError(msg)
            ending = _MARK if path.name.endswith(_MARK) else _SUFFIX
            found.append(OwnFile(path.name.removesuffix(ending), path))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no path"
        raise UsageError(f"{name}: the folder cannot be read: {why}") from error
    return tuple(sorted(found, key=lambda one: (one.id, one.path)))


def _entries(folder: Path, suffix: str) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            named = entry.name.endswith(suffix) and entry.name != suffix
            if named and not os.path.isdir(entry):  # noqa: PTH112 - as above
                yield folder / entry.name
