"""Progress on stderr: a spinner in a terminal for what takes longer than a second."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_PATIENCE_SECONDS = 1.0


@contextmanager
def teller(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Give a function that tells what is going on.

    How the program signs in and what it has to wait for are said also where stderr is no
    terminal, one line each; ``quiet`` says nothing.
    """
    if quiet:
        yield lambda _: None
        return
    if not sys.stderr.isatty():
        yield _lines
        return
    from rich.console import Console  # noqa: PLC0415 - only where it shows something

    status = Console(stderr=True).status("starting")
    timer = threading.Timer(_PATIENCE_SECONDS, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda text: _update(status.update, text)
    finally:
        timer.cancel()
        status.stop()


def _lines(text: str) -> None:
    if text.startswith(("signing in", "waiting")):
        click.echo(f"consent-auditor: {text}", err=True)


def _update(update: Callable[[str], None], text: str) -> None:
    if text.startswith("signing in"):
        click.echo(f"consent-auditor: {text}", err=True)
    update(text)
