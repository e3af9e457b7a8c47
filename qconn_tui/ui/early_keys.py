"""Keys and orders that come before there is anything to act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from rich.console import RenderableType


class EarlyKeysApp(App[int]):
    """Keeps what is typed until the screen that it is meant for stands; over a slow line people type ahead."""

    def __init__(self) -> None:
        super().__init__()
        self._early: list[events.Event] = []
        self.has_early_keys = False
        """Whether anything was typed before the screen stood."""

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave; while the screen is being composed only after it, since Textual mounts no parts once it leaves."""
        if self.screen_stack and not self._has_screen():
            self.call_after_refresh(self.exit, result, return_code, message)
        else:
            super().exit(result, return_code, message)

    async def on_event(self, event: events.Event) -> None:
        """Act on an event, or keep it."""
        if isinstance(event, events.InputEvent | events.Paste) and (self._early or not self._has_screen()):
            self.has_early_keys = True
            self._early.append(event)
            self.call_after_refresh(self._let_in)
        else:
            await super().on_event(event)

    def _has_screen(self) -> bool:
        stack = self.screen_stack
        return bool(stack) and stack[-1].is_mounted

    async def _let_in(self) -> None:
        """Act on what was kept, as far as it does not bring yet another screen."""
        while self._early and self._has_screen():
            await super().on_event(self._early.pop(0))
        if self._early:
            self.call_after_refresh(self._let_in)
