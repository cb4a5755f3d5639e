"""What only somebody outside this tenant can change, and what is not proven to help."""

from auditor.model.plan import Step
from auditor.remedies.context import Context

_ASKS = {
    "tenant-type-cannot-consent": (
        "Connect the app to a workforce tenant",
        "In a tenant for customers users cannot consent; no setting changes that.",
    ),
    "single-tenant-app-of-another-tenant": (
        "Ask the app's owner to open it to other organizations",
        "Its supported account types name one tenant alone, and that is not this one.",
    ),
    "personal-accounts-only": (
        "Ask the app's owner to accept work accounts",
        "Its supported account types name personal Microsoft accounts alone.",
    ),
    "app-deactivated-by-owner": (
        "Ask the app's owner to activate it again",
        "It was deactivated in the tenant that owns it, and only there it can be activated.",
    ),
    "app-disabled-by-microsoft": (
        "Do not use the app; ask its vendor",
        "Microsoft disabled it, and no setting of this tenant changes that. Revoke what it has.",
    ),
}


def steps(context: Context) -> tuple[Step, ...]:
    """Name whom to ask, where no setting of this tenant helps."""
    codes = context.codes
    if context.application is not None:
        codes -= {"app-deactivated-by-owner", "personal-accounts-only"}
    return tuple(
        Step(id=f"ask-{code}", title=title, why=why, wait="It depends on others.")
        for code, (title, why) in _ASKS.items()
        if code in codes
    )
