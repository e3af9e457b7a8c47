"""The waits between two tries of a request, which the screen shows and the user can cut short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from qconn_tui.errors import AnswerError

LONGEST_WAIT = 60.0
"""Seconds of the longest wait. If the tenant asks for more, its error is shown instead."""

OnWait: TypeAlias = "Callable[[float, AnswerError], None]"
"""Called before a wait with its seconds and the error that is its reason."""


class RetryWait:
    """Waits before a request is tried again. `skip` cuts the wait short; cancelling the task gives up the request.

    Args:
        on_wait: Called before each wait.
        insists: Whether to send one request even if the tenant asks to wait for longer than `LONGEST_WAIT`.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        on_wait: OnWait | None = None,
        *,
        insists: bool = False,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._on_wait = on_wait
        self._insists = insists
        self._sleep = sleep
        self._sleeps: set[asyncio.Future[object]] = set()

    def skip(self) -> None:
        """Cut short the waits that are under way. Later ones are not affected."""
        for sleeping in self._sleeps:
            sleeping.cancel()

    def insist(self) -> bool:
        """Whether to send a request in spite of a long wait. Only the first call can return True."""
        insists, self._insists = self._insists, False
        return insists

    async def wait(self, seconds: float, error: AnswerError) -> bool:
        """Wait because of `error`.

        Returns:
            Whether the wait came to its end, and was not cut short.
        """
        if self._on_wait is not None:
            self._on_wait(seconds, error)
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        self._sleeps.add(sleeping)
        try:
            await asyncio.wait({sleeping})
        finally:
            self._sleeps.discard(sleeping)
            sleeping.cancel()
        return not sleeping.cancelled()
