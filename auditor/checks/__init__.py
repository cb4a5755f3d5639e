"""Questions about a tenant beyond the single app, one file each.

A check's file is named like its id, with underscores; it holds ``CHECK`` and a docstring with the
headings of ``auditor.check_docs``, which is its documentation.
"""

import pkgutil
from importlib import import_module

from auditor.check_docs import page
from auditor.checks.check import Check, CheckContext, find
from auditor.model.report import Finding

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


def documentation() -> str:
    """Return the text of ``docs/checks.md``."""
    return page(_INTRODUCTION, __name__, load())
