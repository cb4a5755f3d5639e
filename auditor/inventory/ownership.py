"""Whose an app is, where its owner alone does not say."""

from auditor.model.inventory import App, Owner

_MANAGED_IDENTITY = "managedidentity"
_HERE = frozenset({_MANAGED_IDENTITY, "legacy", "serviceidentity"})
"""Types of service principals that exist in one tenant alone, though they may name no owner."""

_OTHERS = (Owner.OTHER, Owner.UNKNOWN)


def is_managed_identity(app: App) -> bool:
    """Say whether an app is an identity that Azure keeps for a resource of this tenant."""
    return app.type.casefold() == _MANAGED_IDENTITY


def is_own(app: App) -> bool:
    """Say whether an app is of this tenant, by its owner or by its type."""
    if app.owner is Owner.HERE or is_managed_identity(app):
        return True
    nobodys = app.owner is Owner.UNKNOWN and not app.owner_tenant
    return nobodys and app.type.casefold() in _HERE


def is_strange(app: App) -> bool:
    """Say whether an app is neither Microsoft's nor this tenant's, as far as is known."""
    return app.owner in _OTHERS and not is_own(app)
