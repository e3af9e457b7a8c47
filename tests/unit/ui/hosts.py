"""Stands in for the screen that owns a controller."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.message import Message


class FakeHost:
    """Runs workers as tasks and hands their messages to `take`, in the order in which they were posted."""

    def __init__(self) -> None:
        self.take: Callable[[Message], None] = lambda _: None
        """The controller's own `take`."""
        self.notifications: list[str] = []
        self.posted: list[Message] = []
        self.workers: dict[str, asyncio.Task[None]] = {}
        """The newest worker of each group."""

    def run_worker(self, work: Callable[[], Awaitable[None]], *, group: str, exclusive: bool) -> asyncio.Task[None]:
        async def run() -> None:
            await work()

        if exclusive and group in self.workers:
            self.workers[group].cancel()
        self.workers[group] = asyncio.create_task(run())
        return self.workers[group]

    def post_message(self, message: Message) -> bool:
        self.posted.append(message)
        self.take(message)
        return True

    def call_after_refresh(self, callback: Callable[[], object]) -> bool:
        callback()
        return True

    async def wait_for_refresh(self) -> bool:
        return True

    def notify(
        self, message: str, *, severity: Literal["information", "warning", "error"] = "information", markup: bool = True
    ) -> None:
        assert not markup
        self.notifications.append(message)

    async def ended(self, group: str) -> None:
        """Wait for the worker of a group."""
        await asyncio.wait({self.workers[group]})
