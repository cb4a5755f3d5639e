"""Finds ``reports/`` and ``policies/`` in an installed wheel or in a checkout."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from auditor.errors import ResourceError


def resource(*parts: str) -> Traversable:
    """Return a shipped file or folder, such as ``resource("policies", "profiles")``.

    Raises:
        ResourceError: It is in neither place, so the installation is incomplete.
    """
    package = files("auditor")
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


def children(folder: Traversable, suffix: str) -> tuple[Traversable, ...]:
    """List the files of a folder that end with ``suffix``, sorted by name."""
    found = (item for item in folder.iterdir() if item.is_file() and item.name.endswith(suffix))
    return tuple(sorted(found, key=lambda item: item.name))
