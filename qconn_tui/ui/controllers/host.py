"""What controllers need of the screen that owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Literal

    from textual.message import Message


class Cancellable(Protocol):
    """Work that runs in the background; `textual.worker.Worker` is one."""

    def cancel(self) -> object:
        """Stop the work."""


class Host(Protocol):
    """Runs workers and delivers messages; `textual.screen.Screen` has all of it, and a test brings its own."""

    def run_worker(self, work: Callable[[], Awaitable[None]], *, group: str, exclusive: bool) -> Cancellable:
        """Run `work` in the background, instead of what runs in the same group if it is `exclusive`."""

    def post_message(self, message: Message) -> bool:
        """Deliver a worker's message to the screen, which hands it to the controller's `take`."""

    def call_after_refresh(self, callback: Callable[[], object]) -> bool:
        """Call back as soon as the next frame is drawn."""

    async def wait_for_refresh(self) -> bool:
        """Return as soon as the next frame is drawn."""

    def notify(
        self, message: str, *, severity: Literal["information", "warning", "error"] = ..., markup: bool = ...
    ) -> None:
        """Show a notification."""
