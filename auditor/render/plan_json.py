"""The JSON of the command ``plan``, version 1 (``reports/json/plan-v1.schema.json``).

Plans stand in it exactly as in the JSON report. Members may be added, none may change or go.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from auditor.model.report import Assessment, Report
from auditor.render.json_plan_v1 import (
    NotProvenV1,
    PlanV1,
    StepV1,
    not_proven_v1,
    plan_v1,
    step_v1,
)
from auditor.render.json_text import json_text
from auditor.render.json_v1 import TenantV1, ToolV1

SCHEMA = "consent-auditor/plan/v1"
_TO_SECOND = len("2026-01-01T00:00:00")


class ScriptV1(msgspec.Struct, frozen=True):
    """One file that applies the plan or takes it back."""

    dialect: str
    name: str
    content: str


class PlannedV1(msgspec.Struct, frozen=True):
    """One profile's plans."""

    profile: str
    profile_name: str
    outcome: str
    ready: bool
    plans: tuple[PlanV1, ...]
    not_proven: NotProvenV1 | None
    first_steps: tuple[StepV1, ...]


class PlansV1(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: str
    tool: ToolV1
    tenant: TenantV1
    collected_at: str
    share_safe: bool
    assessments: tuple[PlannedV1, ...]
    scripts: tuple[ScriptV1, ...]


def render_plans_json(report: Report, number: int | None, scripts: Sequence[ScriptV1]) -> bytes:
    """Write the plans of every assessment; with ``number``, that plan alone and its scripts."""
    document = PlansV1(
        schema=SCHEMA,
        tool=ToolV1("entra-consent-auditor", report.tool_version),
        tenant=TenantV1(report.tenant_id, report.tenant_name, report.cloud),
        collected_at=json_moment(report.collected_at),
        share_safe=report.share_safe,
        assessments=tuple(_planned(item, number) for item in report.assessments),
        scripts=tuple(scripts),
    )
    return json_text(document)


def json_moment(at: datetime) -> str:
    """Write a moment in UTC, to the second."""
    return f"{at.astimezone(UTC).isoformat()[:_TO_SECOND]}Z"


def _planned(item: Assessment, number: int | None) -> PlannedV1:
    plans = item.plans if number is None else item.plans[number - 1 : number]
    return PlannedV1(
        profile=item.request.profile_id,
        profile_name=item.request.name,
        outcome=item.decision.outcome,
        ready=item.decision.outcome.ready,
        plans=tuple(map(plan_v1, plans)),
        not_proven=not_proven_v1(item.not_proven) if item.not_proven else None,
        first_steps=tuple(map(step_v1, item.first_steps)),
    )
