"""Plans as text: all of them with what they open, or one with everything that it takes."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from auditor.model.report import Assessment, Report
from auditor.render.clean import clean
from auditor.render.plan_view import plans_view
from auditor.render.say import plural
from auditor.render.shown import AssessmentView, MoveGroup, PlanView, StepView, View
from auditor.render.terminal import arrow, headed, indented, listed, word, write_text

_INNER = 4


def print_plans(report: Report, number: int | None, stream: TextIO) -> None:
    """Write the plans to ``stream``.

    Args:
        report: Every assessment is shown.
        number: Shows this plan alone, from 1, and in full; None shows all of them.
        stream: Coloured if it is a terminal.
    """
    shown = plans_view(report, number)
    write_text(stream, lambda console: _print(console, report, shown, number))


def _print(console: Console, report: Report, shown: View, number: int | None) -> None:
    console.print(Text(f"{shown.tenant} ({shown.cloud} cloud, {shown.collected})", "bold"))
    if shown.share_safe:
        console.print(Text(shown.share_safe))
    for item, app in zip(report.assessments, shown.assessments, strict=True):
        console.print()
        _print_answer(console, item, app)
        first = number or 1
        for place, plan in enumerate(app.plans, first):
            console.print()
            console.print(indented(headed(f"{place}.", _title(plan))))
            _print_plan(console, plan, item.plans[place - 1].id, full=number is not None)


def _print_answer(console: Console, item: Assessment, app: AssessmentView) -> None:
    console.print(Text(app.question))
    doubt = f" ({app.doubt.lower()})" if app.doubt else ""
    console.print(indented(Text.assemble(word(app.answer), f"{doubt}. {app.lead}")))
    if item.decision.outcome.ready:
        console.print(indented("Nothing to do."))
    elif item.plans:
        order = "; the less a plan opens the sooner it comes, pilots last" * (len(item.plans) > 1)
        console.print(indented(f"{plural(len(item.plans), 'proven plan')}{order}."))
    else:
        console.print(indented("No plan could be proven. What to find out or to do first:"))
        for step in app.first_steps:
            _print_step(console, step, full=True)
    if app.not_proven:
        way = app.not_proven
        text = f"{way.mark}. {way.title}. What still stands in the way after it: {way.why}"
        console.print(indented(headed("Not proven:", text)))


def _title(plan: PlanView) -> str:
    marks = f" ({', '.join(plan.marks)})" if plan.marks else ""
    return f"{plan.title}{marks}"


def _print_plan(console: Console, plan: PlanView, plan_id: str, *, full: bool) -> None:
    console.print(indented(plan.summary, _INNER))
    console.print(indented(headed("Proven:", " ".join((plan.proof, *plan.caveats))), _INNER))
    for step in plan.steps:
        _print_step(console, step, full=full)
    console.print(indented(headed("Reach:", plan.reach_line), _INNER))
    for group in plan.groups:
        _print_group(console, group, full=full)
    if full:
        _print_rest(console, plan)
    if plan.command:
        options = plan.command.removeprefix("consent-auditor plan ")
        console.print(indented(headed("Scripts:", f"the same command with {options}"), _INNER))
    console.print(indented(headed("Id:", clean(plan_id)), _INNER))
    for message in plan.messages if full else ():
        console.print()
        console.print(indented(headed(f"{message.title}:", ""), _INNER))
        console.print(indented(message.text, _INNER + 2))


def _print_step(console: Console, step: StepView, *, full: bool) -> None:
    role = f" Who: {step.role}." if step.role and not full else ""
    rows: list[tuple[str, str | Text]] = [(f"{step.number}.", f"{_stopped(step.title)}{role}")]
    if full:
        rows += [("", headed(f"{head}:", text)) for head, text in _details(step)]
    console.print(indented(listed(rows), _INNER))


def _details(step: StepView) -> Iterator[tuple[str, str]]:
    pairs = (
        ("Why", step.why),
        ("Who", step.role or "No directory role is needed."),
        ("Where", " ".join(one for one in (step.portal_path, step.portal_url) if one)),
        ("Takes effect", step.wait),
        ("How to check", step.check),
        ("Undo", step.undo),
    )
    return ((head, text) for head, text in pairs if text)


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _print_group(console: Console, group: MoveGroup, *, full: bool) -> None:
    console.print(indented(headed(f"{group.title}:", "" if full else _in_brief(group)), _INNER))
    for move in group.moves if full else ():
        remark = f". {move.remark}" if move.remark else ""
        text = Text.assemble(
            f"{move.name}: ",
            arrow(move.before, move.after),
            f". {move.title}{_because(move.because)}{remark}",
        )
        console.print(indented(listed([("-", text)]), _INNER + 2))


def _in_brief(group: MoveGroup) -> str:
    every = dict.fromkeys(one for move in group.moves for one in move.because)
    return f"{group.in_brief}{_because(tuple(every))}"


def _because(evidence: tuple[str, ...]) -> str:
    return f". Because: {'; '.join(evidence)}" if evidence else ""


def _print_rest(console: Console, plan: PlanView) -> None:
    for head, text in (("Users see it:", plan.wait), ("How to check:", plan.check)):
        if text:
            console.print(indented(headed(head, text), _INNER))
    console.print(indented(headed("Permissions:", plan.counts), _INNER))
    for names, before, after in plan.permissions_in_brief:
        row = Text.assemble(f"{names}: ", arrow(before, after))
        console.print(indented(listed([("-", row)]), _INNER + 2))
