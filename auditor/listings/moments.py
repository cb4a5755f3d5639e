"""Points in time, as rows have them: text, so that a strange one costs no row."""

from datetime import UTC, datetime

from msgspec import UnsetType


def moment(text: str | UnsetType | None) -> datetime | None:
    """Read a point in time; None where there is none, or where it cannot be understood.

    One without an offset is not understood: whose clock it means, nobody says.
    """
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
