"""Finds ``reports/`` and ``policies/`` in an installed wheel or in a checkout."""

from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import ResourceError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def resource(*parts: str) -> "Traversable":
    """Return a shipped file or folder, such as ``resource("policies", "profiles")``.

    Raises:
        ResourceError: It is in neither place, so the installation is incomplete.
    """
    package = _package()
    checkout = Path(str(package)).parent
    places: list[Traversable] = [package / "_data"]
    if (checkout / "pyproject.toml").is_file():
        places.append(checkout)
    for place in places:
        found = place.joinpath(*parts)
        if found.is_file() or found.is_dir():
            return found
    name = "/".join(parts)
    msg = f"{name} is missing from this installation: install entra-consent-auditor again"
    raise ResourceError(msg)


def _package() -> "Traversable":
    here = Path(__file__).parent
    if here.is_dir():
        return here
    from importlib.resources import files  # noqa: PLC0415 - slow, for a wheel run from its zip

    return files("auditor")


def children(folder: "Traversable", suffix: str) -> "tuple[Traversable, ...]":
    """List the files of a folder that end with ``suffix``, sorted by name."""
    found = (item for item in folder.iterdir() if item.is_file() and item.name.endswith(suffix))
    return tuple(sorted(found, key=lambda item: item.name))
