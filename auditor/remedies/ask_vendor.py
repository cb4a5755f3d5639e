"""What only the vendor, or whoever runs this program, can say."""

from auditor.model.plan import Step
from auditor.remedies.context import Context


def steps(context: Context) -> tuple[Step, ...]:
    """Ask for the permissions where none of those named exists, and for a person who does."""
    return (*_permissions(context), *_person(context))


def _permissions(context: Context) -> tuple[Step, ...]:
    codes = {"permission-not-published", "scope-not-supported", "permission-disabled"}
    if not context.because(*codes):
        return ()
    step = Step(
        id="ask-permissions",
        title=f"Ask the vendor which permissions {context.request.name} really asks for",
        why="As they are named here no tenant can grant them: "
        + " ".join(one.text for one in context.decision.reasons),
        wait="It depends on the vendor.",
    )
    return (step,)


def _person(context: Context) -> tuple[Step, ...]:
    if "person-not-found" not in context.codes:
        return ()
    step = Step(
        id="check-person",
        title="Check the object ID of --user-id",
        why=context.sentence("person-not-found"),
        role="Directory Readers",
        portal_path="Entra ID > Users > All users",
    )
    return (step,)
