"""One line of text, edited in the order in which keys are pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events

_EDITS = {binding.key: binding.action for binding in Binding.make_bindings(Input.BINDINGS)}
"""What a key does that is no text."""


class LineInput(Input):
    """Takes keys one after the other also when many come at once, as over a slow line.

    Textual inserts a letter at once, but looks for what Backspace is bound to only when every widget around has had
    its turn: of `fo`, Backspace and `x` in one piece it makes `fo`, because it takes away the `x`.
    """

    async def on_key(self, event: events.Key) -> None:
        """Do at once what the key is for."""
        action = _EDITS.get(event.key)
        if action is not None:
            event.stop()
            event.prevent_default()
            await self.run_action(action)
