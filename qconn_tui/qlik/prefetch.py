"""Work that runs in the background until its result is needed."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Self

_Result = TypeVar("_Result")


class Prefetch(Generic[_Result]):
    """Runs one awaitable at a time in the background. Leaving the `async with` block cancels it.

    A wait for the result can end without cancelling the work, which makes it possible to do something else at a
    given time and to wait again afterwards.
    """

    def __init__(self) -> None:
        self._task: asyncio.Future[_Result] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            # asyncio logs an exception that is never retrieved.
            task.exception()

    @property
    def is_started(self) -> bool:
        """Whether there is work whose result was not taken yet."""
        return self._task is not None

    def start(self, work: Awaitable[_Result]) -> None:
        """Run `work` in the background.

        Raises:
            RuntimeError: The result of earlier work was not taken yet.
        """
        if self._task is not None:
            raise RuntimeError("the result of earlier work was not taken yet")
        self._task = asyncio.ensure_future(work)

    async def wait(self, until: float = math.inf) -> bool:
        """Wait until the result is there, or until a given time.

        Args:
            until: When to return at the latest, on the event loop's clock.

        Returns:
            Whether the result is there. The work goes on if it is not.
        """
        task = self._started()
        timeout = None if until == math.inf else max(0.0, until - asyncio.get_running_loop().time())
        await asyncio.wait({task}, timeout=timeout)
        return task.done()

    async def result(self) -> _Result:
        """Wait for the result and take it, so that other work can be started.

        Raises what the work raised. A cancelled wait cancels the work.
        """
        try:
            return await self._started()
        finally:
            self._task = None

    def _started(self) -> asyncio.Future[_Result]:
        if self._task is None:
            raise RuntimeError("no work was started")
        return self._task
