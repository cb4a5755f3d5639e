"""Times that Graph gives are UTC, whether they say so or not."""

from datetime import UTC, datetime


def utc(time: datetime) -> datetime:
    """Return a time that can be compared with others."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)
