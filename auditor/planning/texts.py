"""What is said about a plan: for whom it holds, and what to send to whom."""

from auditor.consent.codes import REASONS
from auditor.consent.explain import joined
from auditor.model.decision import Outcome
from auditor.model.plan import People
from auditor.model.profile import ProfileKind
from auditor.remedies.action import Action
from auditor.remedies.context import Context

CHECK = (
    "Run the same audit again: it has to say Yes. Then let one of the users who were stuck sign "
    "in to {app}."
)

_FOR = {
    People.ONE_PERSON: "this person",
    People.ASSIGNED: "everybody who is assigned to the app",
    People.MEMBERS: "every member of the tenant",
    People.MEMBERS_AND_GUESTS: "every member and every guest of the tenant",
    People.NOBODY: "nobody",
}


def holds_for(people: People, *, pilot: bool) -> str:
    """Say for whom a plan is proven."""
    return "the pilot user alone" if pilot else _FOR[people]


def for_user(app: str, outcome: Outcome) -> str:
    """Write the sentence for the user who was stuck."""
    if outcome is Outcome.NO_PROMPT:
        return (
            f"You can connect {app} now: close the old window and sign in to it again; you will "
            "not be asked for anything."
        )
    return (
        f"You can connect {app} now: close the old window, sign in to it again, read what it asks "
        "for, and choose Accept."
    )


def for_vendor(context: Context, actions: tuple[Action, ...]) -> str:
    """Write to the vendor's support, without a word about the tenant's identity."""
    request, decision = context.request, context.decision
    names = [one.requirement.value for one in request.permissions]
    error = f" ({decision.predicted_error})" if decision.predicted_error else ""
    asks = [f"- {one.step.title}" for one in actions if one.outside]
    own = request.kind is ProfileKind.OWN_REGISTRATION
    lines = (
        f"Our users cannot connect {request.name}{error}.",
        "The app is our own registration."
        if own
        else f"App ID that we looked at: {request.app_id or 'not known'}",
        f"Delegated permissions that we take it to ask for: {joined(names)}",
        f"Why it stops: {' '.join(REASONS[one.code] for one in decision.reasons)}",
        *(("What we need from you:", *asks) if asks else (_CONFIRM_LIST if own else _CONFIRM,)),
    )
    return "\n".join(lines)


_CONFIRM_LIST = (
    "Please confirm that the list is complete and asks for no more than is needed, and what the "
    "registration has to look like."
)
_CONFIRM = (
    "Please confirm that this is your app ID, that the list is complete and asks for no more than "
    "is needed, and whether your publisher is verified."
)
