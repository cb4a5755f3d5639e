"""Progress on stderr: a spinner in a terminal for what takes longer than a second."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_PATIENCE_SECONDS = 1.0
_LINE_EVERY_SECONDS = 30.0
"""A log that somebody reads afterwards needs no more lines."""


class Teller:
    """Tells what is going on, and says what is to stay on the screen."""

    def __init__(self, passing: Callable[[str], None], say: Callable[[str], None]) -> None:
        """Take what shows a text until the next one, and what shows it for good."""
        self._passing = passing
        self.say = say

    def __call__(self, text: str) -> None:
        """Tell what is going on; how the program signs in stays."""
        if text.startswith("signing in"):
            self.say(text)
        self._passing(text)


@contextmanager
def teller(*, quiet: bool, now: Callable[[], float] = time.monotonic) -> Iterator[Teller]:
    """Give what tells what is going on.

    Where stderr is no terminal, it is a line every half a minute; ``quiet`` says nothing.
    """
    if quiet:
        yield Teller(lambda _: None, lambda _: None)
        return
    if not sys.stderr.isatty():
        yield Teller(_now_and_then(now), _say)
        return
    from rich.console import Console  # noqa: PLC0415 - only where it shows something
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True)
    status = console.status("starting")
    timer = threading.Timer(_PATIENCE_SECONDS, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield Teller(
            lambda text: status.update(Text(text)),
            lambda text: console.print(Text(_line(text)), soft_wrap=True),  # above the spinner
        )
    finally:
        timer.cancel()
        status.stop()


def _line(text: str) -> str:
    return f"consent-auditor: {text}"


def _say(text: str) -> None:
    click.echo(_line(text), err=True)


def _now_and_then(now: Callable[[], float]) -> Callable[[str], None]:
    said = now()

    def passing(text: str) -> None:
        nonlocal said
        if now() - said >= _LINE_EVERY_SECONDS:
            said = now()
            _say(text)

    return passing
