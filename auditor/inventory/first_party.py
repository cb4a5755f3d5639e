"""Names of Microsoft's own apps, as ``policies/first-party/`` lists them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from auditor.names import words
from auditor.resources import resource

_BRANDS = (
    "azure",
    "dynamics",
    "entra",
    "exchange",
    "intune",
    "m365",
    "microsoft",
    "o365",
    "office",
    "onedrive",
    "outlook",
    "power bi",
    "sharepoint",
    "skype",
    "windows",
)
"""Names without one of these, such as "Connectors", are anybody's."""


@dataclass(frozen=True, slots=True)
class FirstParty:
    """Microsoft's own apps."""

    ids: frozenset[str]
    """App IDs, lower case."""
    names: Mapping[str, str]
    """Names that are Microsoft's alone, by how they look."""


def look(name: str) -> str:
    """Reduce a name to how it looks; two that look alike give the same."""
    return "".join(words(name))


def load_first_party() -> FirstParty:
    """Read the shipped table.

    Raises:
        ResourceError: It is missing from the installation.
    """
    text = resource("policies", "first-party", "apps.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), strict=True))
    branded = (row["name"] for row in rows if any(one in row["name"].lower() for one in _BRANDS))
    return FirstParty(
        frozenset(row["app_id"].lower() for row in rows),
        MappingProxyType({look(name): name for name in branded}),
    )
