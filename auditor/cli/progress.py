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

    Where stderr is no terminal, only how the program signs in is said; ``quiet`` says nothing.
    """
    if quiet:
        yield lambda _: None
        return
    if not sys.stderr.isatty():
        yield _sign_in_alone
        return
    from rich.console import Console  # noqa: PLC0415 - only where it shows something
    from rich.text import Text  # noqa: PLC0415

    status = Console(stderr=True).status("starting")
    timer = threading.Timer(_PATIENCE_SECONDS, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda text: _update(lambda shown: status.update(Text(shown)), text)
    finally:
        timer.cancel()
        status.stop()


def _sign_in_alone(text: str) -> None:
    if text.startswith("signing in"):
        click.echo(f"consent-auditor: {text}", err=True)


def _update(update: Callable[[str], None], text: str) -> None:
    _sign_in_alone(text)
    update(text)
