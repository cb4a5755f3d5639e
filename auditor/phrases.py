"""Words that several parts of the program use."""

from collections.abc import Sequence


def first_and_rest(names: Sequence[str], shown: int = 5) -> str:
    """Name the first ones and count the rest, such as ``a, b and 3 more``."""
    rest = len(names) - shown
    return f"{', '.join(names[:shown])} and {rest} more" if rest > 0 else ", ".join(names)
