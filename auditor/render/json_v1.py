r"""The JSON report, version 1 (``reports/json/report-v1.schema.json``).

These types are the contract with other programs, not a dump of ours: members may be added, none
may change or go. Text of the tenant stays as it is; what cannot be seen is written as ``\uXXXX``.
"""

from datetime import UTC, datetime

import msgspec

from auditor.model.decision import (
    Decision,
    PermissionDecision,
    Reason,
    RegistrationCheck,
    TraceStep,
)
from auditor.model.fact import Unknown
from auditor.model.profile import Asker
from auditor.model.report import (
    Assessment,
    ClientSummary,
    Completeness,
    Finding,
    Report,
)
from auditor.render.json_plan_v1 import (
    ControlV1,
    CountV1,
    NotProvenV1,
    PlanV1,
    StepV1,
    control_v1,
    count_v1,
    not_proven_v1,
    plan_v1,
    step_v1,
)
from auditor.render.json_text import json_text

SCHEMA = "consent-auditor/report/v1"


class ToolV1(msgspec.Struct, frozen=True):
    """The program that wrote the report."""

    name: str
    version: str


class TenantV1(msgspec.Struct, frozen=True):
    """The tenant that was read."""

    id: str | None
    display_name: str | None
    cloud: str


class SourceV1(msgspec.Struct, frozen=True):
    """How the reading of one source went."""

    source: str
    subject: str
    title: str
    request: str
    status: str
    needs: tuple[str, ...]
    detail: str
    read_at: str | None


class ReasonV1(msgspec.Struct, frozen=True):
    """Why."""

    code: str
    text: str


class TraceV1(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    rule: str
    subject: str
    condition_set: str
    condition: str
    wanted: str
    found: str
    result: str
    text: str


class MissingV1(msgspec.Struct, frozen=True):
    """A fact that would settle an unknown outcome."""

    fact: str
    why: str
    source: str
    request: str
    needs: tuple[str, ...]
    detail: str


class PermissionV1(msgspec.Struct, frozen=True):
    """One requested permission."""

    resource_app_id: str
    resource: str
    value: str
    id: str | None
    required: bool
    features: tuple[str, ...]
    outcome: str
    certainty: str
    caveats: tuple[str, ...]
    reasons: tuple[ReasonV1, ...]
    trace: tuple[TraceV1, ...]
    missing: tuple[MissingV1, ...]


class ClientV1(msgspec.Struct, frozen=True):
    """The client app as the tenant knows it."""

    app_id: str | None
    display_name: str | None
    in_tenant: bool | None
    publisher: str
    owner_tenant: str | None
    users_with_own_grant: CountV1 | None


class RegistrationV1(msgspec.Struct, frozen=True):
    """One demand on the app registration."""

    name: str
    answer: str
    text: str


class AssessmentV1(msgspec.Struct, frozen=True):
    """One profile's answer."""

    profile: str
    profile_name: str
    profile_kind: str
    profile_version: str
    profile_source: str
    profile_retrieved: str | None
    client: ClientV1
    user: str
    role: str
    outcome: str
    ready: bool
    certainty: str
    caveats: tuple[str, ...]
    workflow_offered: bool | None
    predicted_error: str | None
    permissions: tuple[PermissionV1, ...]
    reasons: tuple[ReasonV1, ...]
    registration: tuple[RegistrationV1, ...]
    plans: tuple[PlanV1, ...]
    not_proven: NotProvenV1 | None
    first_steps: tuple[StepV1, ...]
    notes: tuple[str, ...]


class EvidenceV1(msgspec.Struct, frozen=True):
    """One thing that a check looked at."""

    name: str
    value: str


class FindingV1(msgspec.Struct, frozen=True):
    """One check's answer."""

    check: str
    title: str
    outcome: str
    severity: str
    message: str
    evidence: tuple[EvidenceV1, ...]


class ReportV1(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: str
    tool: ToolV1
    tenant: TenantV1
    collected_at: str
    share_safe: bool
    completeness: tuple[SourceV1, ...]
    assessments: tuple[AssessmentV1, ...]
    findings: tuple[FindingV1, ...]
    baselines: tuple[ControlV1, ...]


def render_json(report: Report) -> bytes:
    """Write a report as indented JSON in UTF-8, ending with a newline.

    The same report gives the same bytes.
    """
    return json_text(_report(report))


def _report(report: Report) -> ReportV1:
    return ReportV1(
        schema=SCHEMA,
        tool=ToolV1("entra-consent-auditor", report.tool_version),
        tenant=TenantV1(report.tenant_id, report.tenant_name, report.cloud),
        collected_at=_moment(report.collected_at),
        share_safe=report.share_safe,
        completeness=tuple(_source(item) for item in report.completeness),
        assessments=tuple(_assessment(item) for item in report.assessments),
        findings=tuple(_finding(item) for item in report.findings),
        baselines=tuple(map(control_v1, report.baselines)),
    )


def _source(item: Completeness) -> SourceV1:
    return SourceV1(
        source=item.source,
        subject=item.subject,
        title=item.title,
        request=item.request,
        status=item.status,
        needs=item.needs,
        detail=item.detail,
        read_at=_moment(item.read_at) if item.read_at else None,
    )


def _assessment(item: Assessment) -> AssessmentV1:
    request, decision = item.request, item.decision
    return AssessmentV1(
        profile=request.profile_id,
        profile_name=request.name,
        profile_kind=request.kind,
        profile_version=request.version,
        profile_source=request.source,
        profile_retrieved=request.retrieved.isoformat() if request.retrieved else None,
        client=_client(item.client),
        user=_user(request.asker),
        role=request.asker.role,
        outcome=decision.outcome,
        ready=decision.outcome.ready,
        certainty=decision.certainty,
        caveats=decision.caveats,
        workflow_offered=decision.workflow_offered,
        predicted_error=decision.predicted_error,
        permissions=_permissions(decision),
        reasons=_reasons(decision.reasons),
        registration=tuple(_registration(check) for check in decision.registration),
        plans=tuple(map(plan_v1, item.plans)),
        not_proven=not_proven_v1(item.not_proven) if item.not_proven else None,
        first_steps=tuple(map(step_v1, item.first_steps)),
        notes=request.notes,
    )


def _user(asker: Asker) -> str:
    return asker.user_id or asker.kind


def _client(client: ClientSummary) -> ClientV1:
    return ClientV1(
        app_id=client.app_id,
        display_name=client.display_name,
        in_tenant=client.in_tenant,
        publisher=client.publisher,
        owner_tenant=client.owner_tenant,
        users_with_own_grant=count_v1(client.users_with_own_grant),
    )


def _permissions(decision: Decision) -> tuple[PermissionV1, ...]:
    return tuple(_permission(item) for item in decision.permissions)


def _permission(item: PermissionDecision) -> PermissionV1:
    wanted = item.asked.requirement
    return PermissionV1(
        resource_app_id=wanted.resource_app_id,
        resource=wanted.resource,
        value=wanted.value,
        id=item.id,
        required=item.asked.required,
        features=item.asked.features,
        outcome=item.outcome,
        certainty=item.certainty,
        caveats=item.caveats,
        reasons=_reasons(item.reasons),
        trace=tuple(_trace(step) for step in item.trace),
        missing=tuple(_missing(fact) for fact in item.missing),
    )


def _reasons(reasons: tuple[Reason, ...]) -> tuple[ReasonV1, ...]:
    return tuple(ReasonV1(reason.code, reason.text) for reason in reasons)


def _trace(step: TraceStep) -> TraceV1:
    return TraceV1(
        rule=step.rule,
        subject=step.subject,
        condition_set=step.condition_set,
        condition=step.condition,
        wanted=step.wanted,
        found=step.found,
        result=step.result,
        text=step.text,
    )


def _missing(fact: Unknown) -> MissingV1:
    return MissingV1(fact.fact, fact.why, fact.source, fact.request, fact.needs, fact.detail)


def _registration(check: RegistrationCheck) -> RegistrationV1:
    return RegistrationV1(check.name, check.answer, check.text)


def _finding(item: Finding) -> FindingV1:
    return FindingV1(
        check=item.check,
        title=item.title,
        outcome=item.outcome,
        severity=item.severity,
        message=item.message,
        evidence=tuple(EvidenceV1(name, value) for name, value in item.evidence),
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
