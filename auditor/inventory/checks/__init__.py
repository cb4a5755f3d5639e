"""Questions about a whole tenant, one file each.

A check's file is named like its id, with underscores; it holds ``CHECK`` and a docstring with the
headings of ``auditor.check_docs``, which is its documentation.
"""

import pkgutil
from importlib import import_module

from auditor.check_docs import page
from auditor.inventory.check import InventoryCheck, InventoryContext, find
from auditor.model.inventory import InventoryFinding

_INTRODUCTION = """\
# Checks of an inventory

`consent-auditor inventory` asks each of these questions about the whole tenant, and those of
[checks.md](checks.md) that concern its settings. A check's id says the wanted state. The answer is
*met*, *not met*, *not applicable*, *manual* where a person has to look, or *unknown* where a fact
that decides could not be read. Who is affected is listed, the worst first.
`consent-auditor checks explain ID` shows one of these texts.

How dangerous a permission is says the table `policies/risk/permissions.csv`, with a reason and a
source for each.
"""


def load() -> tuple[InventoryCheck, ...]:
    """Import every check of this package, sorted by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found: list[InventoryCheck] = [import_module(f"{__name__}.{one}").CHECK for one in names]
    return tuple(sorted(found, key=lambda check: check.id))


def judge_all(context: InventoryContext) -> tuple[InventoryFinding, ...]:
    """Ask every check, sorted by id.

    Raises:
        CheckError: A check crashed.
    """
    return tuple(find(check, context) for check in load())


def documentation() -> str:
    """Return the text of ``docs/inventory-checks.md``."""
    return page(_INTRODUCTION, __name__, load())
