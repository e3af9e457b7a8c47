"""Limits how often requests are sent, so that the tenant does not refuse them.

The limits are documented at qlik.dev/apis/rest/rate-limiting: 1,000 requests per minute in tier 1, counted over five
minutes for each user and tenant. Beyond them, the tenant answers 429 with `Retry-After`.
"""

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
"""Requests that may be sent without a pause between them."""
RATE = 12.0
"""Requests per second after that. In five minutes, this makes 4,600 of the 5,000 that Qlik allows."""
DEFAULT_HOLD = 1.0
"""Seconds without requests after a 429 that names no time."""


class RateLimit:
    """A token bucket for all requests to one tenant, which also observes the waits that the tenant asks for.

    Args:
        unlimited: Whether there is no limit, as for a tenant on this machine. A 429 of it still counts.
        clock: The time in seconds.
        sleep: Waits so many seconds.
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
        """Requests that may be sent at once; below zero, that many wait for their turn."""
        self._credited_at = clock()

    def note_error(self, error: AnswerError) -> None:
        """Hold all requests for as long as the answer asks for."""
        hold = DEFAULT_HOLD if error.retry_after is None and isinstance(error, RateLimited) else error.retry_after
        if hold is not None and self._clock() + hold > self._not_before:
            self._not_before, self._refusal = self._clock() + hold, error

    async def acquire(self, retry_wait: RetryWait) -> None:
        """Wait until the next request may be sent.

        Args:
            retry_wait: Waits while the tenant asks for no requests.

        Raises:
            AnswerError: What the tenant answered, if it asks to wait for longer than `LONGEST_WAIT`.
        """
        held = self._not_before - self._clock()
        if held > 0 and self._refusal is not None:
            if held > LONGEST_WAIT and not retry_wait.insist():
                raise self._refusal.with_traceback(None)
            if held > LONGEST_WAIT or not await retry_wait.wait(held, self._refusal):
                # A wait that was cut short is over for the following requests, too.
                self._not_before = self._clock()
        if not self._unlimited:
            await self._keep_the_rate()

    async def _keep_the_rate(self) -> None:
        now = self._clock()
        earned = (now - self._credited_at) * RATE
        self._credit, self._credited_at = min(BURST, self._credit + earned) - 1, now
        if self._credit < 0:
            # A fraction of a second, which is too short to be shown.
            await self._sleep(-self._credit / RATE)
