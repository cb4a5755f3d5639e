"""The short summary for a terminal: answers, reasons, plans, and what was not read."""

from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from auditor.model.report import Judgement, Report, Severity
from auditor.render.say import plural
from auditor.render.shown import AssessmentView, PlanView, SourceView, StepView, View
from auditor.render.terminal import headed, indented, listed, word, write_text
from auditor.render.view import view
from auditor.render.words import JUDGEMENTS, SEVERITIES

_LEAST = Severity.INFO


def print_summary(report: Report, stream: TextIO) -> None:
    """Write the summary to ``stream``, coloured only if that is a terminal."""
    shown = view(report)
    write_text(stream, lambda console: _print(console, shown))


def _print(console: Console, shown: View) -> None:
    console.print(Text(f"{shown.tenant} ({shown.cloud} cloud, {shown.collected})", "bold"))
    if shown.share_safe:
        console.print(Text(shown.share_safe))
    for app in shown.assessments:
        console.print()
        _print_app(console, app)
    _print_findings(console, shown)
    if not shown.unread:
        return
    console.print()
    console.print(Text("Could not be read", "bold"))
    console.print(_bullets(tuple(_unread(source) for source in shown.unread)))


def _print_app(console: Console, app: AssessmentView) -> None:
    console.print(Text(app.question))
    answer = word(app.answer)
    doubt = f" ({app.doubt.lower()})" if app.doubt else ""
    console.print(indented(Text.assemble(answer, f"{doubt}. {app.lead}")))
    console.print(_bullets((*(reason.text for reason in app.reasons), *app.caveats)))
    if app.plans:
        _print_plans(console, app.plans)
    else:
        _print_next(console, app)


def _print_plans(console: Console, plans: tuple[PlanView, ...]) -> None:
    first, *others = plans
    console.print(indented(headed("Plan:", _title(first))))
    console.print(_numbered(first.steps))
    console.print(indented(headed("Reach:", first.reach_line)))
    if others:
        count = plural(len(others), "alternative")
        console.print(indented(headed(f"{count}:", "proven too")))
        console.print(_bullets(tuple(f"{item.label}: {_title(item)}" for item in others)))


def _print_next(console: Console, app: AssessmentView) -> None:
    console.print(indented(headed("Next:", app.next_step.text)))
    if len(app.first_steps) > 1:
        console.print(_numbered(app.first_steps))
    if app.not_proven:
        console.print(indented(headed("Not proven:", f"{app.not_proven.mark}.")))


def _print_findings(console: Console, shown: View) -> None:
    """Name what is not met and more than an information; the reports have all of them."""
    found = [
        item
        for group in shown.findings
        for item in group.findings
        if item.outcome == JUDGEMENTS[Judgement.NOT_MET] and item.severity != SEVERITIES[_LEAST]
    ]
    if not found:
        return
    console.print()
    console.print(Text("Findings about the tenant", "bold"))
    console.print(_bullets(tuple(f"{item.severity}: {item.message}" for item in found)))


def _title(plan: PlanView) -> str:
    marks = f" ({', '.join(plan.marks)})" if plan.marks else ""
    against = f". {plan.against}" if plan.against else ""
    return f"{plan.title}{marks}{against}"


def _numbered(steps: tuple[StepView, ...]) -> Padding:
    return indented(listed((f"{step.number}.", step.title) for step in steps))


def _bullets(texts: tuple[str, ...]) -> Padding:
    return indented(listed(("-", text) for text in texts))


def _unread(source: SourceView) -> str:
    needs = f"; {source.needs} lets it be read" if source.needs else ""
    return f"{source.title}: {source.status.word.lower()}{needs}"
