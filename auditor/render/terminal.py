"""Text for a terminal or a pipe, by rich: colours only where they show, no markup read."""

from collections.abc import Callable, Iterable
from io import StringIO
from typing import TextIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from auditor.render.words import Label, Tone

_WIDTH = 100
_STYLES = {
    Tone.GOOD: "bold green",
    Tone.CAUTION: "bold yellow",
    Tone.BAD: "bold red",
    Tone.UNKNOWN: "bold magenta",
    Tone.NEUTRAL: "bold",
}


def write_text(stream: TextIO, draw: Callable[[Console], None]) -> None:
    """Write to ``stream`` what ``draw`` prints, coloured only if that is a terminal.

    Characters that the stream's encoding lacks are written as escapes.
    """
    buffer = StringIO()
    draw(_console(buffer, stream))
    text = "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().split("\n")[:-1])
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


def indented(text: RenderableType, by: int = 2) -> Padding:
    """Move a block to the right."""
    return Padding(text, (0, 0, 0, by))


def headed(head: str, text: str) -> Text:
    """Begin a paragraph with a word in bold."""
    return Text.assemble((f"{head} ", "bold"), text)


def word(label: Label) -> Text:
    """Give a word the colour of its tone."""
    return Text(label.word, _STYLES[label.tone])


def arrow(before: Label, after: Label) -> Text:
    """Write ``before → after``, or that it is as before."""
    if before == after:
        return Text.assemble(word(after), ", as before")
    return Text.assemble(word(before), " → ", word(after))


def listed(rows: Iterable[tuple[str, str | Text]]) -> Table:
    """Set a list, each item behind its sign; long ones are broken behind it too."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for sign, text in rows:
        grid.add_row(Text(sign), text if isinstance(text, Text) else Text(text))
    return grid
