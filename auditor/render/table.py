"""The permission matrix as CSV: one row per profile and permission. pandas lives here alone."""

import csv

import pandas as pd

from auditor.model.decision import PermissionDecision
from auditor.model.report import Assessment, Report
from auditor.render.clean import clean, clean_sentence, harden

COLUMNS = (
    "tenant_id",
    "profile",
    "app",
    "app_id",
    "user",
    "answer_outcome",
    "resource",
    "resource_app_id",
    "permission",
    "required",
    "features",
    "outcome",
    "certainty",
    "reasons",
    "caveats",
    "why",
    "plan",
    "plan_title",
)


def render_csv(report: Report) -> bytes:
    """Write one row per profile and permission, in the order of the report, as UTF-8.

    Every cell is quoted, and none can start a formula in a spreadsheet.
    """
    frame = pd.DataFrame(_rows(report), columns=pd.Index(COLUMNS), dtype="object")
    text = frame.map(harden).to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_ALL)
    return text.encode()


def _rows(report: Report) -> list[tuple[str, ...]]:
    tenant = clean(report.tenant_id or "")
    return [
        (tenant, *_app_cells(item), *_permission_cells(one), *_plan_cells(item))
        for item in report.assessments
        for one in item.decision.permissions
    ]


def _app_cells(item: Assessment) -> tuple[str, ...]:
    request = item.request
    cells = (
        request.profile_id,
        request.name,
        item.client.app_id or request.app_id or "",
        request.asker.user_id or request.asker.kind,
        item.decision.outcome,
    )
    return tuple(clean(cell) for cell in cells)


def _plan_cells(item: Assessment) -> tuple[str, str]:
    """Return the recommended plan; empty where there is none."""
    plan = item.plans[0] if item.plans else None
    return (plan.id, clean_sentence(plan.title)) if plan else ("", "")


def _permission_cells(one: PermissionDecision) -> tuple[str, ...]:
    wanted = one.asked.requirement
    return (
        clean(wanted.resource),
        clean(wanted.resource_app_id),
        clean(wanted.value),
        "yes" if one.asked.required else "no",
        clean_sentence("; ".join(one.asked.features)),
        one.outcome.value,
        one.certainty.value,
        clean_sentence("; ".join(reason.code for reason in one.reasons)),
        clean_sentence("; ".join(one.caveats)),
        clean_sentence(" ".join(reason.text for reason in one.reasons)),
    )
