"""The JSON of the command ``what-if``, version 1. Members may be added, none may change or go."""

import msgspec

from auditor.model.decision import Decision, PermissionDecision, Reason
from auditor.model.plan import ControlMove
from auditor.model.what_if import DecidedMove, VerdictMove, WhatIf
from auditor.render.json_plan_v1 import ControlMoveV1, control_v1
from auditor.render.json_text import json_text
from auditor.render.json_v1 import ReasonV1, TenantV1, ToolV1
from auditor.render.plan_json import json_moment

SCHEMA = "consent-auditor/what-if/v1"


class AnswerV1(msgspec.Struct, frozen=True):
    """What a user meets."""

    outcome: str
    certainty: str
    caveats: tuple[str, ...]
    reasons: tuple[ReasonV1, ...]


class VerdictV1(AnswerV1, frozen=True):
    """What a user meets, over all permissions."""

    ready: bool
    workflow_offered: bool | None
    predicted_error: str | None


class PermissionMovedV1(msgspec.Struct, frozen=True):
    """One permission before and after; null where it is not asked for."""

    resource_app_id: str
    resource: str
    value: str
    before: AnswerV1 | None
    after: AnswerV1 | None


class ProfileMovedV1(msgspec.Struct, frozen=True):
    """One profile before and after, and the permissions that move."""

    profile: str
    profile_name: str
    moves: bool
    before: VerdictV1
    after: VerdictV1
    permissions: tuple[PermissionMovedV1, ...]


class WhatIfV1(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: str
    tool: ToolV1
    tenant: TenantV1
    collected_at: str
    supposed: tuple[str, ...]
    moves: bool
    verdicts: tuple[ProfileMovedV1, ...]
    controls: tuple[ControlMoveV1, ...]


def render_what_if_json(found: WhatIf) -> bytes:
    """Write what was supposed and what moves."""
    document = WhatIfV1(
        schema=SCHEMA,
        tool=ToolV1("entra-consent-auditor", found.tool_version),
        tenant=TenantV1(found.tenant_id, found.tenant_name, found.cloud),
        collected_at=json_moment(found.collected_at),
        supposed=found.supposed,
        moves=found.moves,
        verdicts=tuple(map(_profile, found.verdicts)),
        controls=tuple(map(_control, found.controls)),
    )
    return json_text(document)


def _profile(move: VerdictMove) -> ProfileMovedV1:
    return ProfileMovedV1(
        profile=move.request.profile_id,
        profile_name=move.request.name,
        moves=move.moves,
        before=_verdict(move.before),
        after=_verdict(move.after),
        permissions=tuple(map(_permission, move.permissions)),
    )


def _verdict(decision: Decision) -> VerdictV1:
    return VerdictV1(
        outcome=decision.outcome,
        certainty=decision.certainty,
        caveats=decision.caveats,
        reasons=tuple(map(_reason, decision.reasons)),
        ready=decision.outcome.ready,
        workflow_offered=decision.workflow_offered,
        predicted_error=decision.predicted_error,
    )


def _permission(move: DecidedMove) -> PermissionMovedV1:
    wanted = move.requirement
    return PermissionMovedV1(
        resource_app_id=wanted.resource_app_id,
        resource=wanted.resource,
        value=wanted.value,
        before=_answer(move.before) if move.before else None,
        after=_answer(move.after) if move.after else None,
    )


def _answer(one: PermissionDecision) -> AnswerV1:
    return AnswerV1(one.outcome, one.certainty, one.caveats, tuple(map(_reason, one.reasons)))


def _reason(reason: Reason) -> ReasonV1:
    return ReasonV1(reason.code, reason.text)


def _control(move: ControlMove) -> ControlMoveV1:
    return ControlMoveV1(control_v1(move.before), control_v1(move.after), move.because)
