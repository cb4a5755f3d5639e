"""Questions about a whole tenant, one file each.

A check's file is named like its id, with underscores; it holds ``CHECK`` and a docstring with the
headings of ``auditor.checks``, which is its documentation.
"""

import pkgutil
from importlib import import_module

from auditor.inventory.check import InventoryCheck, InventoryContext, find
from auditor.model.inventory import InventoryFinding


def load() -> tuple[InventoryCheck, ...]:
    """Import every check of this package, sorted by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found: list[InventoryCheck] = [import_module(f"{__name__}.{one}").CHECK for one in names]
    return tuple(sorted(found, key=lambda check: check.id))


def judge_all(context: InventoryContext) -> tuple[InventoryFinding, ...]:
    """Ask every check, sorted by id.

    Raises:
        InventoryCheckError: A check crashed.
    """
    return tuple(find(check, context) for check in load())
