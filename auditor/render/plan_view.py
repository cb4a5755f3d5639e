"""Picks what the command ``plan`` shows of a report: every plan, or one in full."""

from dataclasses import replace

from auditor.model.report import Report
from auditor.render.plans import plan_views
from auditor.render.shown import View
from auditor.render.view import view


def plans_view(report: Report, number: int | None) -> View:
    """Arrange a report for its plans.

    Args:
        report: Anything that was decided.
        number: Shows this plan alone, from 1, of the only assessment; None shows all of them.
    """
    shown = view(report)
    if number is None:
        return shown
    (item,), (app,) = report.assessments, shown.assessments
    named = app.plans[number - 1]
    (plan,) = plan_views(report, replace(item, plans=item.plans[number - 1 : number]), app.anchor)
    plan = replace(plan, anchor=named.anchor, label=named.label, command=named.command)
    step = replace(app.next_step, text=plan.steps[0].title)
    app = replace(app, plans=(plan,), comparison=(), next_step=step)
    return replace(shown, assessments=(app,))
