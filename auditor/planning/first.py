"""Without a plan: what has to be found out or done before one can be proven."""

from collections.abc import Callable, Sequence

from auditor.model.plan import Step
from auditor.remedies import (
    ask_owner,
    ask_vendor,
    prepare_resource,
    read_missing,
    register_app,
)
from auditor.remedies.context import GLOBAL_READER, Context

_REMEDIES: tuple[Callable[[Context], tuple[Step, ...]], ...] = (
    ask_owner.steps,
    ask_vendor.steps,
    prepare_resource.steps,
    register_app.steps,
    read_missing.steps,
)


def first_steps(ends: Sequence[Context]) -> tuple[Step, ...]:
    """List the steps, each once.

    Args:
        ends: The tenant as it is, and what every route comes to once all that it has is done:
            a fault may hide another one.
    """
    found: dict[str, Step] = {}
    for remedy in _REMEDIES:
        for context in ends:
            found = {one.id: one for one in remedy(context)} | found
    return tuple(found.values()) or (_by_hand(ends[0]),)


def _by_hand(context: Context) -> Step:
    reasons = " ".join(one.text for one in context.decision.reasons)
    return Step(
        id="by-hand",
        title="Remove by hand what stands in the way, and audit again",
        why=f"No way could be proven on what was read. {reasons}",
        role=GLOBAL_READER,
    )
