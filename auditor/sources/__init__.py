"""Where facts come from: one file for each Graph resource that is read.

Every file has one ``SOURCE``: its path, the least-privileged application permission that reads
it, the clouds that lack it, and how its answer is parsed. ``load()`` finds them all.
"""

import pkgutil
from importlib import import_module

from auditor.sources.source import AnySource


def load() -> tuple[AnySource, ...]:
    """Import every source of this package, sorted by name."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names if not name.startswith("_"))
    found = (getattr(module, "SOURCE", None) for module in modules)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.name))
