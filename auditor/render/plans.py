"""Arranges plans: the recommended one with its scripts, the others beside it."""

import re
from dataclasses import replace

import msgspec

from auditor.dialects.script import Target
from auditor.model.decision import Certainty, Outcome
from auditor.model.plan import NotProven, PermissionMove, Plan, Step
from auditor.model.profile import ProfileKind
from auditor.model.report import Assessment, Report
from auditor.render import words
from auditor.render.clean import clean, clean_lines, clean_sentence
from auditor.render.controls import against, move_groups
from auditor.render.reach import reach_facts, reach_line
from auditor.render.say import caveat, link, plural
from auditor.render.scripts import plan_scripts, step_scripts
from auditor.render.shown import ChangedPermission, MessageView, NotProvenView, PlanView, StepView
from auditor.render.words import Label

_SAFE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Profile ids that stand in a command as they are."""


class _Told(msgspec.Struct, frozen=True):
    """What plans of one assessment are told with."""

    anchor: str
    app: str
    option: str
    """Picks the profile on the command line; may be empty."""
    target: Target


def plan_views(report: Report, item: Assessment, anchor: str) -> tuple[PlanView, ...]:
    """Arrange the plans of one assessment.

    Args:
        report: Whose clock, cloud and tenant the scripts name.
        item: One of its assessments.
        anchor: Of the assessment; the plans' begin with it.
    """
    told = _told(report, item, anchor)
    plans = tuple(_plan(plan, number, told) for number, plan in enumerate(item.plans, 1))
    if not plans:
        return ()
    first, *others = plans
    first = replace(first, dialects=plan_scripts(item.plans[0], told.target))
    return (first, *(_without_repeats(other, first) for other in others))


def first_step_views(report: Report, item: Assessment, anchor: str) -> tuple[StepView, ...]:
    """Arrange what comes before a plan; each step has its own script."""
    target = _told(report, item, anchor).target
    return tuple(
        replace(_step(step, number), dialects=step_scripts(step, target))
        for number, step in enumerate(item.first_steps, 1)
    )


def not_proven_view(way: NotProven) -> NotProvenView:
    """Arrange a documented way that does not lead to ready."""
    mark = _documented(way.documented_by)
    return NotProvenView(mark, clean_sentence(way.title), clean_sentence(way.why))


def app_name(item: Assessment) -> str:
    """Return the name under which plans speak of the app: the tenant's, as far as it has one."""
    return item.client.display_name or item.request.name


def _told(report: Report, item: Assessment, anchor: str) -> _Told:
    request = item.request
    named = request.kind is not ProfileKind.AD_HOC and _SAFE_ID.fullmatch(request.profile_id)
    option = f" --profile {request.profile_id}" if named else ""
    return _Told(anchor, clean(app_name(item)), option, plan_target(report, item))


def plan_target(report: Report, item: Assessment) -> Target:
    """Say whose tenant the scripts of an assessment are for."""
    return Target(
        cloud=report.cloud,
        tenant_id=report.tenant_id,
        tenant_name=report.tenant_name or "",
        app=item.request.name,
        collected_at=report.collected_at,
    )


def _without_repeats(plan: PlanView, first: PlanView) -> PlanView:
    return replace(plan, messages=tuple(one for one in plan.messages if one not in first.messages))


def _plan(plan: Plan, number: int, told: _Told) -> PlanView:
    return PlanView(
        anchor=f"{told.anchor}-plan-{number}",
        label="Recommended plan" if number == 1 else f"Plan {number}",
        title=clean_sentence(plan.title),
        marks=_marks(plan),
        summary=clean_sentence(plan.summary),
        proof=_proof(plan),
        caveats=tuple(map(caveat, plan.caveats)),
        steps=tuple(_step(step, position) for position, step in enumerate(plan.steps, 1)),
        wait=clean_sentence(plan.wait),
        check=clean_sentence(plan.check),
        reach=reach_facts(plan, told.app),
        reach_line=reach_line(plan, told.app),
        groups=move_groups(plan),
        against=against(plan),
        permissions=tuple(map(_changed, plan.permissions)),
        permissions_in_brief=_alike(plan),
        counts=_counts(plan),
        dialects=(),
        command=_command(plan, number, told),
        messages=_messages(plan),
    )


def _marks(plan: Plan) -> tuple[str, ...]:
    marks = (
        _documented(plan.documented_by),
        "Pilot" if plan.pilot else "",
        "Waits for others" if plan.waits_for_others else "",
    )
    return tuple(mark for mark in marks if mark)


def _documented(by: str) -> str:
    return f"{clean(by)}'s documented way" if by else ""


def _proof(plan: Plan) -> str:
    doubt = "" if plan.certainty is Certainty.CERTAIN else "probably "
    answer = words.ANSWERS[plan.outcome].word
    said = f"{doubt}{answer.lower() if doubt else answer}"
    holds = clean(plan.holds_for)
    return f"After these steps the audit says {said} for {holds}. {words.AFTERWARDS[plan.outcome]}"


def _step(step: Step, number: int) -> StepView:
    return StepView(
        number=number,
        title=clean_sentence(step.title),
        why=clean_sentence(step.why),
        role=clean(step.role),
        portal_path=clean_sentence(step.portal_path),
        portal_url=link(step.portal_url),
        wait=clean_sentence(step.wait),
        check=clean_sentence(step.check),
        undo=clean_lines(step.undo),
        dialects=(),
    )


def _changed(move: PermissionMove) -> ChangedPermission:
    before, after = words.OUTCOMES[move.before], words.OUTCOMES[move.after]
    return ChangedPermission(clean(move.value), clean(move.resource), before, after)


def _alike(plan: Plan) -> tuple[tuple[str, Label, Label], ...]:
    groups: dict[tuple[Outcome, Outcome], list[str]] = {}
    for move in plan.permissions:
        groups.setdefault((move.before, move.after), []).append(clean(move.value))
    return tuple(
        (", ".join(names), words.OUTCOMES[before], words.OUTCOMES[after])
        for (before, after), names in groups.items()
    )


def _counts(plan: Plan) -> str:
    changed = sum(move.before is not move.after for move in plan.permissions)
    return f"{changed} of {plural(len(plan.permissions), 'permission')} change"


def _command(plan: Plan, number: int, told: _Told) -> str:
    if not any(step.change for step in plan.steps):
        return ""
    return f"consent-auditor plan{told.option} --plan {number} --format azure-cli --output scripts"


def _messages(plan: Plan) -> tuple[MessageView, ...]:
    texts = (
        ("To the user", plan.for_user),
        ("To the vendor's support", plan.for_vendor),
    )
    return tuple(MessageView(title, clean_lines(text)) for title, text in texts if text)
