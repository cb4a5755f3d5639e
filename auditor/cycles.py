"""Python's search for cycles, which a long piece of work can do without."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MANY = (100_000, 50, 50)
"""How many new objects let Python look for cycles. A run makes many objects, keeps them to its end,
and ties hardly a cycle: the usual 700 cost an inventory a seventh of its time."""


def search_seldom() -> None:
    """Look for cycles seldom, in this whole process."""
    gc.set_threshold(*_MANY)


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Make a million objects without a search for cycles among them every few hundred.

    What is not part of a cycle is let go of all the same.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
