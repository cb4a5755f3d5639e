"""What an administrator should weigh before consenting for everybody."""

from collections.abc import Sequence

from auditor.consent.case import Case, Target, owner, publisher
from auditor.consent.explain import listed
from auditor.model.cloud import ENDPOINTS
from auditor.model.decision import Answer
from auditor.model.fact import Unknown
from auditor.remedies.context import Context


def cautions(context: Context, wanted: Sequence[Target]) -> tuple[str, ...]:
    """Give one sentence for each caution that applies to consent to these permissions."""
    found = (
        _publisher(context.case),
        _reserved(wanted),
        _optional(context, wanted),
    )
    return tuple(text for text in found if text)


def _publisher(case: Case) -> str:
    """Warn of an app whose publisher nobody has verified; one of this tenant needs none."""
    if owner(case).own.answer is Answer.YES:
        return ""
    if not ENDPOINTS[case.facts.cloud].verifies_publishers:
        return "This cloud verifies no publishers: make sure that you know who runs the app."
    known = publisher(case)
    if isinstance(known, Unknown):
        return "Whether its publisher is verified is not known: find out before you consent."
    if known.value is None:
        return "Its publisher is not verified: make sure that you know who runs the app."
    return ""


def _reserved(wanted: Sequence[Target]) -> str:
    """Name what the resource's publisher lets administrators alone consent to."""
    names = [
        target.name
        for target in wanted
        if target.permission is not None and target.permission.type.casefold() == "admin"
    ]
    if not names:
        return ""
    return f"Powerful, as the API reserves it to administrators: {listed(names)}."


def _optional(context: Context, wanted: Sequence[Target]) -> str:
    features = {name for one in context.request.permissions for name in one.features}
    if len(features) == 1 or all(one.asked.required or not one.asked.features for one in wanted):
        return ""
    return "Some of it serves optional features: --feature asks for less."
