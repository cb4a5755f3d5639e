"""Points in time, as rows have them: text, so that a strange one costs no row."""

from datetime import UTC, datetime


def moment(text: str | None) -> datetime | None:
    """Read a point in time; None where there is none, or where it cannot be understood.

    One without an offset is not understood: whose clock it means, nobody says.
    """
    try:
        found = datetime.fromisoformat(text) if text else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
