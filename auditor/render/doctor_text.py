"""What ``doctor`` found, as text: one line each, and in a terminal folded under its check."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.model.diagnosis import Diagnosis, Observation, Result
from auditor.render.clean import clean_sentence
from auditor.render.terminal import word, write_text
from auditor.render.words import Label, Tone

_LABELS = {
    Result.OK: Label("ok", Tone.GOOD),
    Result.WARNING: Label("warning", Tone.CAUTION),
    Result.FAILED: Label("failed", Tone.BAD),
    Result.UNKNOWN: Label("unknown", Tone.UNKNOWN),
    Result.SKIPPED: Label("skipped", Tone.NEUTRAL),
}
_WORD = max(map(len, Result))


def print_diagnosis(found: Diagnosis, stream: TextIO) -> None:
    """Write it to ``stream``, coloured if that is a terminal."""
    write_text(stream, lambda console: _print(console, found))


def _print(console: Console, found: Diagnosis) -> None:
    if console.is_terminal:
        console.print(_grid(found))
        return
    width = max((len(one.check) for one in found.checks), default=0)
    for check, one in _rows(found):
        line = f"{one.result:<{_WORD}}  {check:<{width}}  {_sentence(one)}"
        console.print(Text(line), soft_wrap=True)


def _grid(found: Diagnosis) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for check, one in _rows(found):
        grid.add_row(word(_LABELS[one.result]), Text(check), Text(_sentence(one)))
    return grid


def _rows(found: Diagnosis) -> Iterator[tuple[str, Observation]]:
    return ((check.check, one) for check in found.checks for one in check.observations)


def _sentence(one: Observation) -> str:
    about = f"{one.about}: " if one.about else ""
    fix = f" Fix: {one.fix.rstrip('.')}." if one.fix else ""
    return clean_sentence(f"{about}{one.found.rstrip('.')}.{fix}")
