"""Asks a person at a terminal; every answer is checked at once, and asked again where it is wrong.

Questions go to stderr, so that stdout holds the result alone.
"""

import sys
from collections.abc import Callable, Sequence

import click

Check = Callable[[str], str]
"""Says what is wrong with an answer; empty where nothing is."""


def can_ask() -> bool:
    """Say whether somebody sits there."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: str, check: Check, default: str | None = None) -> str:
    """Ask for one text; an empty ``default`` lets the answer be empty."""
    answer: str = click.prompt(
        question,
        default=default,
        show_default=bool(default),
        value_proc=lambda text: _checked(text.strip(), check, empty=default == ""),
        err=True,
    )
    return answer


def ask_one_of(question: str, choices: Sequence[str], default: str | None = None) -> str:
    """Ask for one of some words."""
    answer: str = click.prompt(question, default=default, type=click.Choice(choices), err=True)
    return answer


def ask_all(question: str, check: Check, *, least: int = 0) -> tuple[str, ...]:
    """Ask for texts, one a line, until a line is empty."""
    found: list[str] = []
    while True:
        ends = "; an empty line ends" if len(found) >= least else ""
        default = "" if len(found) >= least else None
        if not (answer := ask(f"{question}{ends}", check, default)):
            return tuple(found)
        found.append(answer)


def _checked(text: str, check: Check, *, empty: bool) -> str:
    if not text and empty:
        return text
    if problem := check(text) if text else "an answer is needed":
        raise click.BadParameter(problem)
    return text
