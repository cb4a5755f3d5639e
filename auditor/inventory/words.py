"""Words that the answers of several checks use."""

from collections.abc import Sequence


def first_of(texts: Sequence[str], most: int = 5) -> str:
    """Name the first of many, and say how many more there are."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return f"{', '.join(texts[:most])}{more}"
