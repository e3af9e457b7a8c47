"""When the next request may leave: not before the tenant wants it, and in the long run not too often."""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING

from qconn_tui.errors import RateLimited
from qconn_tui.qlik.retry_wait import LONGEST_WAIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from qconn_tui.errors import AnswerError
    from qconn_tui.qlik.retry_wait import RetryWait

BURST = 1000
"""Requests that may leave without any space between them."""
RATE = 12.0
"""Requests a second after that. Qlik counts over five minutes, in which this makes 4,600 of the 5,000 it allows."""
USUAL_HOLD = 1.0
"""Seconds for which nothing is asked after a 429 that does not say how long."""


class RateLimit:
    """The pace of all requests to one tenant; `clock` and `sleep` are in seconds.

    A tenant on this machine is `unlimited`: the limit is Qlik Cloud's, and only costs time where it is not. When
    it answers 429 all the same, it is waited for like any other.
    """

    def __init__(
        self,
        *,
        unlimited: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._unlimited = unlimited
        self._clock = clock
        self._sleep = sleep
        self._not_before = -math.inf
        self._refusal: AnswerError | None = None
        self._credit = float(BURST)
        """Requests that may leave at once; below zero, so many are waiting for their turn."""
        self._credited_at = clock()

    def note_error(self, error: AnswerError) -> None:
        """Hold every request for as long as the answer asks, if it does."""
        hold = USUAL_HOLD if error.retry_after is None and isinstance(error, RateLimited) else error.retry_after
        if hold is not None and self._clock() + hold > self._not_before:
            self._not_before, self._refusal = self._clock() + hold, error

    async def acquire(self, retry_wait: RetryWait) -> None:
        """Return when the next request may leave.

        Raises what the tenant answered when that is longer away than anybody waits, and nobody insists.
        """
        held = self._not_before - self._clock()
        if held > 0 and self._refusal is not None:
            if held > LONGEST_WAIT and not retry_wait.insist():
                raise self._refusal.with_traceback(None)
            if held > LONGEST_WAIT or not await retry_wait.wait(held, self._refusal):
                # Who cuts a wait short means the next page, too, and not this request alone.
                self._not_before = self._clock()
        if not self._unlimited:
            await self._keep_the_rate()

    async def _keep_the_rate(self) -> None:
        now = self._clock()
        earned = (now - self._credited_at) * RATE
        self._credit, self._credited_at = min(BURST, self._credit + earned) - 1, now
        if self._credit < 0:
            # A fraction of a second at a time, which nobody needs to be told.
            await self._sleep(-self._credit / RATE)
