"""One brake for all requests of a run: while one of them waits as Graph asked, none is sent."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

_BUSY = 0.8
"""Share of the limit from which on Graph reports it, as x-ms-throttle-limit-percentage."""
_PAUSE_SECONDS = 2.0
"""Before the next request, when the limit is all used up."""
_APART_SECONDS = 0.05
"""Between requests that waited together."""


class Governor:
    """Knows whether a request may be sent now."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Take what waits some seconds."""
        self._sleep = sleep
        self._free = asyncio.Event()
        self._free.set()
        self._throttled = 0
        self._waiting = 0
        self._pause = 0.0

    @property
    def holds(self) -> bool:
        """Whether the next request has to wait."""
        return self._pause > 0 or not self._free.is_set()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Let nothing else be sent while a throttled request waits."""
        self._throttled += 1
        self._free.clear()
        try:
            yield
        finally:
            self._throttled -= 1
            if not self._throttled:
                self._free.set()

    async def turn(self) -> None:
        """Wait until the next request may be sent; those that waited leave one by one."""
        pause, self._pause = self._pause, 0.0
        while pause or not self._free.is_set():  # another may be refused during the pause
            if not self._free.is_set():
                pause = max(pause, await self._place() * _APART_SECONDS)
            if pause:
                await self._sleep(pause)
            pause = 0.0

    async def _place(self) -> int:
        """Wait until something may be sent; returns how many were waiting before."""
        place = self._waiting
        self._waiting += 1
        try:
            await self._free.wait()
        finally:
            self._waiting -= 1
        return place

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
            self._pause = _PAUSE_SECONDS * min((used - _BUSY) / (1 - _BUSY), 1.0)
