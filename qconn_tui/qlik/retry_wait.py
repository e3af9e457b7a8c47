"""How whoever asks the tenant waits: seen by the person, and cut short when the person has had enough."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from qconn_tui.errors import AnswerError

LONGEST_WAIT = 60.0
"""Seconds for which anybody waits; a tenant that asks for more gets its say on the screen instead."""

OnWait: TypeAlias = "Callable[[float, AnswerError], None]"
"""Called before a wait with its seconds and the reason, so that it can be shown."""


class RetryWait:
    """Waits, tells `on_wait` of it, and can be told to go on at once. Cancel the task to give up altogether.

    `sleep` takes a time in seconds. Who `insists` asks once even if the tenant named a time longer than anybody waits.
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
        self._naps: set[asyncio.Future[object]] = set()

    def skip(self) -> None:
        """Cut short the wait that is under way; those that come later are waited for."""
        for nap in self._naps:
            nap.cancel()

    def insist(self) -> bool:
        """Whether to ask now, whatever the tenant said; it is so once."""
        insists, self._insists = self._insists, False
        return insists

    async def wait(self, seconds: float, error: AnswerError) -> bool:
        """Wait because of `error`; return whether it was waited to the end."""
        if self._on_wait is not None:
            self._on_wait(seconds, error)
        nap = asyncio.ensure_future(self._sleep(seconds))
        self._naps.add(nap)
        try:
            await asyncio.wait({nap})
        finally:
            self._naps.discard(nap)
            nap.cancel()
        return not nap.cancelled()
