"""Questions about a tenant beyond the single app, one file each.

A check's file is named like its id, with underscores; it holds ``CHECK`` and a docstring with
fixed headings, which is its documentation.
"""

import pkgutil
from importlib import import_module
from inspect import cleandoc

from auditor.checks.check import Check, CheckContext, find
from auditor.errors import UsageError
from auditor.model.report import Finding

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

_INTRODUCTION = """\
# Checks

Each check asks one question about the tenant; its id says the wanted state. The answer is *met*,
*not met*, *not applicable*, *manual* where a person has to look, or *unknown* where a fact that
decides could not be read. Some checks say of a finding that it matters less than their severity.
`consent-auditor checks explain ID` shows one of these texts.
"""


def load() -> tuple[Check, ...]:
    """Import every check of this package, sorted by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names if name != "check")
    found: list[Check] = [module.CHECK for module in modules]
    return tuple(sorted(found, key=lambda check: check.id))


def judge_all(context: CheckContext) -> tuple[Finding, ...]:
    """Ask every check, sorted by id.

    Raises:
        CheckError: A check crashed.
    """
    return tuple(find(check, context) for check in load())


def explain(check_id: str) -> str:
    """Return a check's documentation: a line, then one paragraph for each heading.

    Raises:
        UsageError: There is no such check; the message lists those there are.
    """
    ids = [check.id for check in load()]
    if check_id not in ids:
        msg = f"there is no check {check_id!a}: choose one of {', '.join(ids)}"
        raise UsageError(msg)
    module = import_module(f"{__name__}.{check_id.replace('-', '_')}")
    return cleandoc(module.__doc__ or "")


def documentation() -> str:
    """Return the text of ``docs/checks.md``."""
    return "\n".join((_INTRODUCTION, *(_chapter(check) for check in load())))


def _chapter(check: Check) -> str:
    first, *paragraphs = explain(check.id).split("\n\n")
    severity = f"Severity: {check.severity}."
    shown = (_marked(paragraph) for paragraph in paragraphs)
    return "\n\n".join((f"## {check.id}", f"{first} {severity}", *shown)) + "\n"


def _marked(paragraph: str) -> str:
    """Set a paragraph's heading in bold."""
    for heading in HEADINGS:
        if paragraph.startswith(heading):
            return f"**{heading}**{paragraph.removeprefix(heading)}"
    return paragraph
