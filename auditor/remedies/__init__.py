"""What an administrator can do about a decision: numbered steps, never carried out by us.

One file for each remedy, with one function ``steps(context)`` that returns nothing where the
remedy does not apply. None of them switches risk-based step-up consent off, widens what users
may consent to, or removes anything.
"""

from auditor.consent.explain import joined
from auditor.model.decision import Outcome
from auditor.model.report import Plan
from auditor.remedies import (
    admin_consent,
    ask_owner,
    assign_users,
    create_service_principal,
    enable_app,
    fix_request,
    prepare_resource,
    read_missing,
    register_app,
    repair_registration,
    try_again,
)
from auditor.remedies.context import Context

_REMEDIES = (
    fix_request,
    ask_owner,
    prepare_resource,
    repair_registration,
    register_app,
    create_service_principal,
    enable_app,
    assign_users,
    admin_consent,
    read_missing,
)
"""In the order in which their steps have to be taken."""


def propose(context: Context) -> tuple[Plan, ...]:
    """Propose what to do about a decision.

    Returns:
        Nothing where users connect already, otherwise one plan. Its last step tells whether it
        was enough.
    """
    if context.decision.outcome.ready:
        return ()
    found = tuple(step for remedy in _REMEDIES for step in remedy.steps(context))
    plan_id, title, summary = _heading(context)
    return (Plan(plan_id, title, summary, (*found, *try_again.steps(context))),)


def _heading(context: Context) -> tuple[str, str, str]:
    """Give the plan its id, title and summary."""
    app, outcome = context.app, context.decision.outcome
    undecided = _undecided(context)
    if outcome is Outcome.UNKNOWN and not admin_consent.wanted(context):
        summary = "The answer rests on facts that are missing; these steps supply them."
        return "find-out", f"Find out what decides about {app}", summary
    if outcome is Outcome.BLOCKED:
        summary = f"Approval alone does not help: these steps remove what comes before.{undecided}"
        return "unblock", f"Remove what keeps users from {app}", summary
    summary = f"An administrator consents to this one app; no setting is changed.{undecided}"
    return "tenant-wide-consent", f"Consent to {app} for everybody", summary


def _undecided(context: Context) -> str:
    """Name what the plan leaves aside because it could not be decided."""
    covered = admin_consent.wanted(context)
    names = [
        one.asked.requirement.value
        for one in context.decision.permissions
        if one.outcome is Outcome.UNKNOWN and one not in covered
    ]
    return f" Not decided, and not part of this plan: {joined(names)}." if names else ""
