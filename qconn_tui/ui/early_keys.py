"""Keys that are pressed before there is anything to press them on."""

from __future__ import annotations

from textual import events
from textual.app import App


class EarlyKeysApp(App[int]):
    """Keeps what is typed until the screen that it is meant for stands; over a slow line people type ahead."""

    def __init__(self) -> None:
        super().__init__()
        self._early: list[events.Event] = []

    async def on_event(self, event: events.Event) -> None:
        """Act on an event, or keep it."""
        if isinstance(event, events.InputEvent | events.Paste) and (self._early or not self._has_screen()):
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
