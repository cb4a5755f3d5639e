"""How long a refused request waits before it is sent again."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from auditor.graph.answer import Answer

_TRIES = 6
_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 30.0
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")


class Patience:
    """How long to wait before the next try, within a limit for each request."""

    def __init__(
        self,
        max_wait: float,
        *,
        clock: Callable[[], datetime],
        spread: Callable[[], float] = random.random,
    ) -> None:
        """Take the limit in seconds, a UTC clock and a source of numbers from 0 to 1."""
        self._refused = 0.0
        self._left = max_wait
        self._tries = 1
        self._clock = clock
        self._spread = spread

    def next_wait(self, headers: Mapping[str, str]) -> float | None:
        """Return the seconds to wait, or None when it is time to give up.

        Args:
            headers: Of the refusal; ``Retry-After`` (seconds or a date) is honoured in full.
        """
        asked = wait = self._asked(headers.get("retry-after", ""))
        if wait is None:
            longest = min(_FIRST_BACKOFF_SECONDS * 2**self._tries, _LONGEST_BACKOFF_SECONDS)
            wait = longest * (0.5 + self._spread() / 2)
        if wait > self._left:
            self._refused = asked or 0.0
            return None
        if self._tries >= _TRIES:
            return None
        self._tries += 1
        self._left -= wait
        return wait

    def given_up(self, answer: Answer) -> Answer:
        """Return the last answer, saying so where more patience would have helped."""
        if not self._refused:
            return answer
        seconds = f"{self._refused:.0f} s, more than --max-wait leaves"
        return replace(answer, failure=f"HTTP {answer.status}: Graph asks to wait {seconds}")

    def _asked(self, value: str) -> float | None:
        if _SECONDS.fullmatch(value.strip()):
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((moment - self._clock()).total_seconds(), 0.0)
