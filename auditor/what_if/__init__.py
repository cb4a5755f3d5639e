"""What would be if: named changes on what Graph said, and everything that they move.

Nothing is written to a tenant, and no fact is patched: the changes are made to the documents
(``suppose.py``), the same parsing and the same decision follow.
"""

from collections.abc import Sequence

from auditor import __version__
from auditor.facts import TenantFacts, derive
from auditor.model.baseline import ControlAnswer, ControlResult
from auditor.model.decision import Decision, Outcome, PermissionDecision
from auditor.model.fact import Known
from auditor.model.plan import ControlMove
from auditor.model.profile import ConsentRequest
from auditor.model.snapshot import Snapshot
from auditor.model.what_if import DecidedMove, Supposition, VerdictMove, WhatIf
from auditor.pipeline import load_judges
from auditor.planning.made import Judges
from auditor.what_if.scenario import Scenario
from auditor.what_if.suppose import suppose


def what_if(
    snapshot: Snapshot, requests: Sequence[ConsentRequest], suppositions: Sequence[Supposition]
) -> WhatIf:
    """Apply the changes in their order and compare what is said before and after.

    Raises:
        UsageError: A change cannot be applied here; the message names it.
    """
    before = Scenario(derive(snapshot), tuple(requests))
    after = before
    said = []
    for one in suppositions:
        after, sentence = suppose(after, one)
        said.append(sentence)
    judges = load_judges()
    tenant = before.facts.organization()
    known = tenant.value if isinstance(tenant, Known) else None
    return WhatIf(
        tool_version=__version__,
        tenant_id=known.id if known else None,
        tenant_name=known.display_name if known else None,
        cloud=before.facts.cloud,
        collected_at=before.facts.collected_at,
        supposed=tuple(said),
        verdicts=_verdicts(before, after, judges),
        controls=_controls(before.facts, after.facts, judges),
    )


def _verdicts(before: Scenario, after: Scenario, judges: Judges) -> tuple[VerdictMove, ...]:
    pairs = zip(before.requests, after.requests, strict=True)
    return tuple(
        _verdict(new, judges.decide(before.facts, old), judges.decide(after.facts, new))
        for old, new in pairs
    )


def _verdict(request: ConsentRequest, before: Decision, after: Decision) -> VerdictMove:
    old, new = _by_place(before), _by_place(after)
    pairs = (
        DecidedMove(one.asked.requirement, old.get(place), new.get(place))
        for place, one in {**old, **new}.items()
    )
    moved = tuple(one for one in pairs if _said(one.before) != _said(one.after))
    moves = bool(moved) or _answered(before) != _answered(after)
    return VerdictMove(request, before, after, moves, moved)


def _by_place(decision: Decision) -> dict[tuple[str, str], PermissionDecision]:
    named = ((one.asked.requirement, one) for one in decision.permissions)
    return {(place.resource_app_id, place.value.casefold()): one for place, one in named}


def _said(one: Decision | PermissionDecision | None) -> tuple[object, ...]:
    """Give what a person is told; the trace may grow without anything being said otherwise."""
    return (one.outcome, one.certainty, one.caveats, one.reasons) if one else ()


def _answered(decision: Decision) -> tuple[object, ...]:
    dead_end = decision.outcome is Outcome.ADMIN_APPROVAL_REQUIRED
    offered = decision.workflow_offered if dead_end else None
    return (*_said(decision), offered, decision.predicted_error)


def _controls(before: TenantFacts, after: TenantFacts, judges: Judges) -> tuple[ControlMove, ...]:
    pairs = zip(judges.controls(before), judges.controls(after), strict=True)
    return tuple(_control(old, new) for old, new in pairs if _moves(old, new))


def _control(before: ControlResult, after: ControlResult) -> ControlMove:
    return ControlMove(before, after, _new(before, after))


def _moves(before: ControlResult, after: ControlResult) -> bool:
    """Say whether an answer differs, or a text that is not met has more or less against it."""
    if before.text.answer is not after.text.answer or _printed(before) is not _printed(after):
        return True
    unmet = after.text.answer is ControlAnswer.NOT_MET
    return unmet and {*before.text.evidence} != {*after.text.evidence}


def _printed(result: ControlResult) -> ControlAnswer | None:
    return result.tool_verdict.answer if result.tool_verdict else None


def _new(before: ControlResult, after: ControlResult) -> tuple[str, ...]:
    """List what stands against the control that did not before."""
    if after.text.answer is not ControlAnswer.NOT_MET:
        return ()
    return tuple(one for one in after.text.evidence if one not in before.text.evidence)
