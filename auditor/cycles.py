"""Python's search for cycles, which a long piece of work can do without."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
