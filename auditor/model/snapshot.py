"""What was read, exactly as the server said it."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from auditor.model.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer, verbatim, refusals included.

    A listing with several pages gives several readings of one source and subject, in order.
    """

    source: str
    """The source's name, such as ``authorization-policy``."""
    subject: str
    """The app ID, policy id or user id that it was read for; empty for tenant-wide sources."""
    page: int
    """From 0."""
    request: str
    """Path and query below the API version, such as ``/organization?$select=id``."""
    status: int
    """HTTP status; 0 when no answer came."""
    body: bytes
    at: datetime
    """UTC, whole seconds."""
    failure: str = ""
    """Why no usable answer came (time-out, reset, foreign nextLink …); empty when one did."""

    @property
    def is_read(self) -> bool:
        """Whether Graph answered with what was asked for."""
        return self.status == HTTPStatus.OK and not self.failure


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every reading of one run over one tenant."""

    tenant: str
    """The tenant as it was asked for: an id or a domain name."""
    cloud: Cloud
    collected_at: datetime
    """UTC, whole seconds. The clock of the whole audit: secrets expire against this time."""
    readings: tuple[Reading, ...]
    share_safe: bool = False
    """What the tenant owns is replaced by pseudonyms."""
