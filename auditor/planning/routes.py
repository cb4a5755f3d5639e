"""The ways to a connected app, each a handful of remedies; which of them lead there is proven.

Every route may also use the repairs: what stands in the way before consent is looked at.
"""

from collections.abc import Callable

import msgspec

from auditor.remedies import (
    admin_consent_workflow,
    app_consent_policy,
    approve_request,
    assign_low_policy,
    assign_users,
    classify_low,
    create_service_principal,
    enable_app,
    grant_one_user,
    grant_tenant_wide,
    repair_registration,
    verify_publisher,
)
from auditor.remedies.action import Action
from auditor.remedies.context import Context

Remedy = Callable[[Context], tuple[Action, ...]]


class Route(msgspec.Struct, frozen=True):
    """One way, and what it is called."""

    id: str
    title: str
    """``{app}`` stands for the app's name."""
    summary: str
    remedies: tuple[Remedy, ...]
    pilot: bool = False
    """It is for one person, who has to be named where the request names nobody."""


REPAIRS: tuple[Remedy, ...] = (
    repair_registration.actions,
    create_service_principal.actions,
    enable_app.actions,
    assign_users.actions,
)
"""In the order in which their steps have to be taken; before those of the route."""

REPAIR = "repair"
"""The way that needs nothing but repairs."""

ROUTES = (
    Route(
        REPAIR,
        "Remove what keeps users from {app}",
        "Consent is not the problem: these steps remove what comes before it.",
        (),
    ),
    Route(
        "tenant-wide-consent",
        "Consent to {app} for everybody",
        "An administrator consents to this one app for exactly what it asks; no setting changes.",
        (grant_tenant_wide.actions,),
    ),
    Route(
        "request-approval",
        "Let a user ask for {app}, and approve the request",
        "The same consent by way of the admin consent workflow, which works for later apps too.",
        (admin_consent_workflow.actions, approve_request.actions),
    ),
    Route(
        "app-consent-policy",
        "Let users consent to {app} alone",
        "Users consent for themselves, to this one app and these permissions.",
        (app_consent_policy.actions,),
    ),
    Route(
        "one-user-consent",
        "Consent to {app} for one person",
        "An administrator consents for a single person; everybody else meets what they meet now.",
        (grant_one_user.actions,),
        pilot=True,
    ),
    Route(
        "publisher-verification",
        "Wait until the publisher of {app} is verified",
        "Nothing changes here: the settings let users consent once the vendor is verified.",
        (verify_publisher.actions,),
    ),
    Route(
        "low-classification",
        "Let users consent to what is classified Low, and classify what {app} asks for",
        "A rule for the whole tenant: it opens these permissions to every app of any verified "
        "publisher and to every app registered here.",
        (assign_low_policy.actions, classify_low.actions, verify_publisher.actions),
    ),
)
