"""The short summary for a terminal: answers, reasons, next steps, and what was not read."""

from io import StringIO
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from auditor.model.report import Report
from auditor.render.shown import AssessmentView, SourceView, View
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
    console.print(_indented(Text.assemble(("Next: ", "bold"), app.next_step.text)))


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))


def _bullets(texts: tuple[str, ...]) -> Table:
    grid = Table.grid()
    grid.add_column(width=4)
    grid.add_column(overflow="fold")
    for text in texts:
        grid.add_row(Text("  -"), Text(text))
    return grid


def _unread(source: SourceView) -> str:
    needs = f"; {source.needs} lets it be read" if source.needs else ""
    return f"{source.title}: {source.status.word.lower()}{needs}"
