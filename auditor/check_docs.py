"""The documentation of checks: the docstrings of their files, one package for each kind."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from inspect import cleandoc
from typing import Protocol

from auditor.errors import UsageError
from auditor.model.report import Severity

HEADINGS = (
    "What it asks.",
    "Why it matters.",
    "Met when.",
    "Not met when.",
    "Unknown when.",
    "Reads.",
    "Remedy.",
    "References.",
)
"""The headings of every check's docstring, in order; each begins a paragraph."""


class Documented(Protocol):
    """A check of any kind. Its file is named like its id, with underscores."""

    @property
    def id(self) -> str:
        """The wanted state."""

    @property
    def title(self) -> str:
        """One line."""

    @property
    def severity(self) -> Severity:
        """How much it matters when it is not met."""


def explain(check_id: str, kinds: Mapping[str, Sequence[Documented]]) -> str:
    """Return a check's documentation: a line, then one paragraph for each heading.

    Args:
        check_id: Of any of the kinds.
        kinds: The checks of each package, by its name.

    Raises:
        UsageError: There is no such check; the message lists those there are.
    """
    packages = {check.id: package for package, checks in kinds.items() for check in checks}
    if check_id not in packages:
        msg = f"there is no check {check_id!a}: choose one of {', '.join(packages)}"
        raise UsageError(msg)
    return docstring(packages[check_id], check_id)


def docstring(package: str, check_id: str) -> str:
    """Return the docstring of a check's file."""
    module = import_module(f"{package}.{check_id.replace('-', '_')}")
    return cleandoc(module.__doc__ or "")


def page(introduction: str, package: str, checks: Iterable[Documented]) -> str:
    """Return a page with a chapter for each check of a package."""
    return "\n".join((introduction, *(_chapter(package, check) for check in checks)))


def _chapter(package: str, check: Documented) -> str:
    first, *paragraphs = docstring(package, check.id).split("\n\n")
    severity = f"Severity: {check.severity}."
    shown = (_marked(paragraph) for paragraph in paragraphs)
    return "\n\n".join((f"## {check.id}", f"{first} {severity}", *shown)) + "\n"


def _marked(paragraph: str) -> str:
    """Set a paragraph's heading in bold."""
    for heading in HEADINGS:
        if paragraph.startswith(heading):
            return f"**{heading}**{paragraph.removeprefix(heading)}"
    return paragraph
