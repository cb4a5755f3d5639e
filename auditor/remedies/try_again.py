"""After the steps: see whether they were enough."""

from auditor.model.decision import Outcome
from auditor.model.report import Step
from auditor.remedies import admin_consent, assign_users, read_missing
from auditor.remedies.context import Context

_OUTCOME = "Run the same audit again: it says whether more is needed."


def steps(context: Context) -> tuple[Step, ...]:
    """Let the user try again, or audit again where facts are missing or steps precede consent."""
    again = read_missing.again(context)
    found = (again,) if again else ()
    if admin_consent.wanted(context) or context.codes & assign_users.CODES:
        why = "Whoever is stuck signs in again."
        return (_step("Let the user try again", why if again else f"{why} {_OUTCOME}"), *found)
    if context.decision.outcome is Outcome.UNKNOWN:
        return found
    why = f"What stood in the way comes before consent. {_OUTCOME}"
    return (_step("Audit again, then let the user try again", why),)


def _step(title: str, why: str) -> Step:
    return Step(title, why)
