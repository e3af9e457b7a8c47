"""A clock that advances only by sleeping, for tests of code that waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from qconn_tui.qlik.retry_wait import RetryWait

if TYPE_CHECKING:
    from qconn_tui.errors import AnswerError


class Time:
    """A clock and its sleep, both in seconds."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []
        """Every sleep, in order."""

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Waits:
    """A `RetryWait` that takes no real time, and the notices of its waits."""

    def __init__(self, time: Time | None = None) -> None:
        self.time = time or Time()
        self.notices: list[tuple[float, AnswerError]] = []
        """Seconds and reason of every wait."""
        self.retry_wait = RetryWait(lambda seconds, error: self.notices.append((seconds, error)), sleep=self.time.sleep)

    @property
    def seconds(self) -> list[float]:
        return [seconds for seconds, _ in self.notices]
