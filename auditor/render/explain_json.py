"""The JSON of ``explain``, version 1. Members may be added, none may change or go."""

import msgspec

from auditor import __version__
from auditor.explanation import Explained, Explanation, shown_by
from auditor.model.decision import Outcome
from auditor.model.report import Assessment, Report
from auditor.pasted_link import PastedLink
from auditor.render.json_text import json_text
from auditor.render.json_v1 import ReasonV1, TenantV1, ToolV1
from auditor.render.plan_json import json_moment

SCHEMA = "consent-auditor/explain/v1"


class CauseV1(msgspec.Struct, frozen=True):
    """One cause, and which reason codes of a decision show it."""

    text: str
    reasons: tuple[str, ...]


class CodeV1(msgspec.Struct, frozen=True):
    """One code of the text."""

    code: str
    name: str
    meaning: str
    belongs_to: tuple[str, ...]
    causes: tuple[CauseV1, ...]
    remedy: tuple[str, ...]


class HoldsV1(msgspec.Struct, frozen=True):
    """A cause that holds in the tenant; ``cause`` counts from 0."""

    code: str
    cause: int
    reasons: tuple[ReasonV1, ...]


class PlanV1(msgspec.Struct, frozen=True):
    """The recommended plan."""

    id: str
    title: str
    summary: str


class AnswerV1(msgspec.Struct, frozen=True):
    """One app in the tenant."""

    profile: str
    app_id: str | None
    outcome: str
    certainty: str
    predicted_error: str | None
    decided: bool
    """False where what decides could not be found out: then no cause is ruled out."""
    holds: tuple[HoldsV1, ...]
    plan: PlanV1 | None
    first_steps: tuple[str, ...]


class InTenantV1(msgspec.Struct, frozen=True):
    """The tenant that was asked."""

    tenant: TenantV1
    collected_at: str
    assessments: tuple[AnswerV1, ...]


class LinkV1(msgspec.Struct, frozen=True):
    """What the pasted link says; empty texts where it says nothing of it."""

    kind: str
    wrapper: str
    app_id: str
    tenant: str
    scopes: tuple[str, ...]
    default_scope: bool
    prompt_consent: bool
    redirect_uri: str


class ExplainV1(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: str
    tool: ToolV1
    codes: tuple[CodeV1, ...]
    unknown_codes: tuple[str, ...]
    correlation_id: str | None
    trace_id: str | None
    time: str | None
    link: LinkV1 | None
    in_tenant: InTenantV1 | None


def render_explanation_json(found: Explanation) -> bytes:
    """Write what a text's codes mean, and what holds in the tenant."""
    pasted = found.pasted
    document = ExplainV1(
        schema=SCHEMA,
        tool=ToolV1("entra-consent-auditor", __version__),
        codes=tuple(map(_code, found.codes)),
        unknown_codes=found.unknown,
        correlation_id=pasted.correlation_id or None,
        trace_id=pasted.trace_id or None,
        time=json_moment(pasted.time) if pasted.time else None,
        link=_link(found.link) if found.link else None,
        in_tenant=_in_tenant(found, found.report) if found.report else None,
    )
    return json_text(document)


def _link(link: PastedLink) -> LinkV1:
    return LinkV1(
        kind=link.kind,
        wrapper=link.wrapper,
        app_id=link.app_id,
        tenant=link.tenant,
        scopes=link.scopes,
        default_scope=link.default_scope,
        prompt_consent=link.prompt_consent,
        redirect_uri=link.redirect_uri,
    )


def _code(one: Explained) -> CodeV1:
    error = one.error
    return CodeV1(
        code=one.code,
        name=error.name,
        meaning=error.meaning,
        belongs_to=error.belongs_to,
        causes=tuple(CauseV1(cause.text, cause.reasons) for cause in error.causes),
        remedy=error.remedy,
    )


def _in_tenant(found: Explanation, report: Report) -> InTenantV1:
    return InTenantV1(
        tenant=TenantV1(report.tenant_id, report.tenant_name, report.cloud),
        collected_at=json_moment(report.collected_at),
        assessments=tuple(_answer(found, one) for one in report.assessments),
    )


def _answer(found: Explanation, item: Assessment) -> AnswerV1:
    decision = item.decision
    plan = item.plans[0] if item.plans else None
    return AnswerV1(
        profile=item.request.profile_id,
        app_id=item.request.app_id,
        outcome=decision.outcome,
        certainty=decision.certainty,
        predicted_error=decision.predicted_error,
        decided=decision.outcome is not Outcome.UNKNOWN,
        holds=_holds(found, item),
        plan=PlanV1(plan.id, plan.title, plan.summary) if plan else None,
        first_steps=tuple(step.title for step in item.first_steps),
    )


def _holds(found: Explanation, item: Assessment) -> tuple[HoldsV1, ...]:
    every = (
        (one.code, number, shown_by(cause, item.decision))
        for one in found.codes
        for number, cause in enumerate(one.error.causes)
    )
    return tuple(
        HoldsV1(code, number, tuple(ReasonV1(each.code, each.text) for each in reasons))
        for code, number, reasons in every
        if reasons
    )
