"""Keys and orders that come before there is anything to act on, or before the key before them has been acted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.dom import DOMNode


class EarlyKeysApp(App[int]):
    """Keeps what is typed until what it is meant for is there; over a slow line people type ahead.

    That is a screen, and what the key before has made of it. Textual hands a key to the widget that has the focus,
    from there to the widgets around it one by one, and only then looks for what it is bound to, with the focus as it
    is by then. Of keys that arrive in one piece some would come in the wrong order, and others to nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self._early: list[events.Event] = []
        self._carrier: DOMNode | None = None
        """Who has the key that is on its way; None when all of them have arrived."""
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
        is_input = isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded
        if not is_input:
            await super().on_event(event)
        elif not self._has_screen():
            self.has_early_keys = True
            self._early.append(event)
            self.call_after_refresh(self._let_in)
        else:
            self._early.append(event)
            await self._let_in()

    def _has_screen(self) -> bool:
        stack = self.screen_stack
        return bool(stack) and stack[-1].is_mounted

    @property
    def has_pending_text(self) -> bool:
        """Whether a letter waits: a text that is typed will be another one before anybody can read this one."""
        waiting = self._early[0] if self._early else None
        return isinstance(waiting, events.Key) and waiting.is_printable and (waiting.character or "").isascii()

    def _is_carried(self) -> bool:
        """Whether a key is on its way; whoever is gone hands nothing on."""
        return self._carrier is not None and self._carrier.is_running

    async def _let_in(self) -> None:
        """Act on what was kept, as far as it does not bring yet another screen."""
        while self._early and self._has_screen() and not self._is_carried():
            event = self._early.pop(0)
            target = self.focused or self.screen
            await super().on_event(event)
            if isinstance(event, events.Key) and event.is_forwarded:
                self._await_bubbling(target)
        if self._early and not self._has_screen():
            self.call_after_refresh(self._let_in)

    def _await_bubbling(self, carrier: DOMNode) -> None:
        """Have `carrier` say when the key has gone on: whatever a widget is sent, it takes one after the other."""
        while not carrier.call_later(self._go_on, carrier) and carrier is not self:
            # It is being closed: the key goes no further, either.
            carrier = carrier.parent or self
        self._carrier = carrier

    async def _go_on(self, carrier: DOMNode) -> None:
        """The key has been with `carrier`, and is at what is around it by now, if it still goes on."""
        if carrier is not self:
            self._await_bubbling(carrier.parent or self)
        else:
            self._carrier = None
            await self._let_in()
