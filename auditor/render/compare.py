"""Sets plans side by side: one row for each question, one cell for each plan."""

from auditor.model.plan import Apps, ControlMove, Plan, Reversal
from auditor.render import words
from auditor.render.clean import clean, clean_sentence
from auditor.render.controls import control_name
from auditor.render.reach import gaining_apps, opened_line, other_apps
from auditor.render.say import plural
from auditor.render.shown import Cell, ComparedBy
from auditor.render.words import Tone

_NAMED = 4
"""Controls that a cell names before it counts."""


def comparison(plans: tuple[Plan, ...], app: str) -> tuple[ComparedBy, ...]:
    """Compare plans in the order given; empty where there are fewer than two.

    Args:
        plans: Of one assessment.
        app: Its name, ready to be shown.
    """
    if len(plans) <= 1:
        return ()
    rows = {
        "What is done": _done,
        "Apps that gain": lambda plan: _apps(plan, app),
        "Permissions": lambda plan: Cell((opened_line(plan.reach),), Tone.NEUTRAL),
        "Other apps in the tenant": _others,
        "People": _people,
        "Access": _access,
        "Controls fixed": lambda plan: _controls(plan.fixes, Tone.GOOD),
        "Controls broken": _broken,
        "Roles needed": _roles,
        "Effort": _effort,
        "Rollback": _rollback,
    }
    return tuple(
        ComparedBy(name, tuple(cell(plan) for plan in plans)) for name, cell in rows.items()
    )


def _done(plan: Plan) -> Cell:
    return Cell(tuple(clean_sentence(step.title) for step in plan.steps), Tone.NEUTRAL)


def _apps(plan: Plan, app: str) -> Cell:
    return Cell((gaining_apps(plan.reach, app),), words.APPS[plan.reach.apps].tone)


def _others(plan: Plan) -> Cell:
    gain = plan.reach.others_gain
    grows = plan.reach.apps > Apps.THIS_APP or gain is None or gain.number > 0
    return Cell((other_apps(plan.reach),), Tone.CAUTION if grows else Tone.NEUTRAL)


def _people(plan: Plan) -> Cell:
    return Cell((words.PEOPLE[plan.reach.people],), Tone.NEUTRAL)


def _access(plan: Plan) -> Cell:
    return Cell((words.ACCESS[plan.reach.standing],), Tone.NEUTRAL)


def _broken(plan: Plan) -> Cell:
    broken = _controls(plan.breaks, Tone.BAD)
    if not plan.worsens:
        return broken
    worse = f"Worse: {', '.join(control_name(move.after) for move in plan.worsens[:_NAMED])}"
    lines = (*broken.lines, worse) if plan.breaks else (worse,)
    return Cell(lines, broken.tone if plan.breaks else Tone.CAUTION)


def _controls(moves: tuple[ControlMove, ...], tone: Tone) -> Cell:
    if not moves:
        return Cell(("None",), Tone.NEUTRAL)
    names = tuple(control_name(move.after) for move in moves[:_NAMED])
    rest = len(moves) - _NAMED
    return Cell((*names, f"and {rest} more") if rest > 0 else names, tone)


def _roles(plan: Plan) -> Cell:
    roles = dict.fromkeys(clean(step.role) for step in plan.steps if step.role)
    return Cell(tuple(roles) or ("None",), Tone.NEUTRAL)


def _effort(plan: Plan) -> Cell:
    waits = "Waits for somebody outside" if plan.waits_for_others else ""
    lines = (plural(len(plan.steps), "step"), waits)
    tone = Tone.CAUTION if plan.waits_for_others else Tone.NEUTRAL
    return Cell(tuple(line for line in lines if line), tone)


def _rollback(plan: Plan) -> Cell:
    reversal = plan.reach.reversal
    tone = Tone.NEUTRAL if reversal is Reversal.COMPLETE else Tone.CAUTION
    return Cell((words.REVERSALS[reversal],), tone)
