"""One brake for all requests of a run: when Graph asks one of them to wait, all of them do."""

from collections.abc import Awaitable, Callable, Mapping

_BUSY = 0.8
"""Share of the limit from which on Graph reports it, as x-ms-throttle-limit-percentage."""
_PAUSE_SECONDS = 2.0
"""For each request, when the limit is all used up."""
_APART_SECONDS = 0.05
"""Between requests that waited together."""


class Governor:
    """Knows until when nothing may be sent."""

    def __init__(
        self, *, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Take a clock in seconds that never goes back, and what waits some seconds."""
        self._now = now
        self._sleep = sleep
        self._until = 0.0
        self._waiting = 0

    async def turn(self) -> None:
        """Wait until the next request may be sent; those that waited leave one by one."""
        wait = self._until - self._now()
        if wait <= 0:
            return
        place = self._waiting
        self._waiting += 1
        try:
            await self._sleep(wait + place * _APART_SECONDS)
        finally:
            self._waiting -= 1

    def hold(self, seconds: float) -> None:
        """Let nothing be sent for so long."""
        self._until = max(self._until, self._now() + seconds)

    def told(self, headers: Mapping[str, str]) -> None:
        """Slow down before Graph refuses.

        Args:
            headers: Of an answer, names in lower case.
        """
        try:
            used = float(headers.get("x-ms-throttle-limit-percentage", "0"))
        except ValueError:
            return
        if used >= _BUSY:
            share = min((used - _BUSY) / (1 - _BUSY), 1.0)
            self.hold(_PAUSE_SECONDS * share)
