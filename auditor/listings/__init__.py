"""What an inventory reads of a whole tenant: one file for each listing of Graph.

Every file has one ``LISTING``: its path, exactly the members that are used, the least-privileged
application permission, and the shape that its rows are decoded to. ``load()`` finds them all.
"""

import pkgutil
from importlib import import_module

from auditor.listings.listing import AnyListing


def load() -> tuple[AnyListing, ...]:
    """Import every listing of this package, sorted by name."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names if name != "listing")
    found = (getattr(module, "LISTING", None) for module in modules)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.name))
