"""The short summary for a terminal: answers, reasons, plans, and what was not read."""

from collections.abc import Iterable
from io import StringIO
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from auditor.model.report import Report
from auditor.render.say import plural
from auditor.render.shown import AssessmentView, PlanView, SourceView, StepView, View
from auditor.render.view import view
from auditor.render.words import Tone

_WIDTH = 100
_STYLES = {
    Tone.GOOD: "bold green",
    Tone.CAUTION: "bold yellow",
    Tone.BAD: "bold red",
    Tone.UNKNOWN: "bold magenta",
    Tone.NEUTRAL: "bold",
}


def print_summary(report: Report, stream: TextIO) -> None:
    """Write the summary to ``stream``, coloured only if that is a terminal.

    Characters that the stream's encoding lacks are written as escapes.
    """
    buffer = StringIO()
    _print(_console(buffer, stream), view(report))
    text = "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _console(buffer: StringIO, stream: TextIO) -> Console:
    terminal = stream.isatty()
    console = Console(
        file=buffer,
        force_terminal=True if terminal else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.width = min(console.width, _WIDTH) if terminal else _WIDTH
    return console


def _print(console: Console, shown: View) -> None:
    console.print(Text(f"{shown.tenant} ({shown.cloud} cloud, {shown.collected})", "bold"))
    for app in shown.assessments:
        console.print()
        _print_app(console, app)
    if not shown.unread:
        return
    console.print()
    console.print(Text("Could not be read", "bold"))
    console.print(_bullets(tuple(_unread(source) for source in shown.unread)))


def _print_app(console: Console, app: AssessmentView) -> None:
    console.print(Text(app.question))
    answer = Text(app.answer.word, _STYLES[app.answer.tone])
    doubt = f" ({app.doubt.lower()})" if app.doubt else ""
    console.print(_indented(Text.assemble(answer, f"{doubt}. {app.lead}")))
    console.print(_bullets((*(reason.text for reason in app.reasons), *app.caveats)))
    if app.plans:
        _print_plans(console, app.plans)
    else:
        _print_next(console, app)


def _print_plans(console: Console, plans: tuple[PlanView, ...]) -> None:
    first, *others = plans
    console.print(_indented(_headed("Plan: ", _title(first))))
    console.print(_numbered(first.steps))
    console.print(_indented(_headed("Reach: ", first.reach_line)))
    if others:
        count = plural(len(others), "alternative")
        console.print(_indented(_headed(f"{count}: ", "proven too")))
        console.print(_bullets(tuple(f"{item.label}: {_title(item)}" for item in others)))


def _print_next(console: Console, app: AssessmentView) -> None:
    console.print(_indented(_headed("Next: ", app.next_step.text)))
    if len(app.first_steps) > 1:
        console.print(_numbered(app.first_steps))
    if app.not_proven:
        console.print(_indented(_headed("Not proven: ", f"{app.not_proven.mark}.")))


def _title(plan: PlanView) -> str:
    marks = f" ({', '.join(plan.marks)})" if plan.marks else ""
    against = f". {plan.against}" if plan.against else ""
    return f"{plan.title}{marks}{against}"


def _headed(head: str, text: str) -> Text:
    return Text.assemble((head, "bold"), text)


def _numbered(steps: tuple[StepView, ...]) -> Table:
    return _listed((f"{step.number}.", step.title) for step in steps)


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))


def _bullets(texts: tuple[str, ...]) -> Table:
    return _listed(("-", text) for text in texts)


def _listed(rows: Iterable[tuple[str, str]]) -> Table:
    grid = Table.grid()
    grid.add_column()
    grid.add_column(overflow="fold")
    for sign, text in rows:
        grid.add_row(Text(f"  {sign} "), Text(text))
    return grid


def _unread(source: SourceView) -> str:
    needs = f"; {source.needs} lets it be read" if source.needs else ""
    return f"{source.title}: {source.status.word.lower()}{needs}"
