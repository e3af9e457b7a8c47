"""The filter box: every key narrows the list."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from textual.message import Message
from textual.widgets import Input

from qconn_tui.text import clean
from qconn_tui.ui.compat.input_layout import KeepsLayout

_JOINTS = " \u200d"
"""What is nothing by itself: the space between words, and what joins emoji."""


class FilterBox(KeepsLayout, Input):
    """A one-line box for the filter language."""

    HELP = 'Words narrow the list; billable:yes, webhooks:no, -word, "two words", /regex/ and ~fuzzy work too.'

    @dataclass
    class Typed(Message):
        """The text is another one. Sent to the screen at once: every widget on the way would take its turn first."""

        text: str

    class Emptied(Message):
        """Sent to the box: forget what was typed before this."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(placeholder="name, billable:yes …", id=id, select_on_focus=False)
        # What blinks goes over the line for as long as somebody only thinks.
        self.set_reactive(FilterBox.cursor_blink, False)

    def watch_value(self, value: str) -> None:
        """Tell the screen, unless the next letter is there already: of a burst only the last text is looked for."""
        if not getattr(self.app, "has_pending_text", False):
            self.screen.post_message(self.Typed(value))

    def validate_value(self, value: str) -> str:
        """What is pasted may come from anywhere: keep what is safe to show."""
        composed = unicodedata.normalize("NFC", value)
        return "".join(character for character in composed if character in _JOINTS or clean(character) == character)

    def empty(self) -> None:
        """Clear the text, with the keys that wait to be typed into it."""
        self.post_message(self.Emptied())

    def on_filter_box_emptied(self) -> None:
        """Those keys have come by now."""
        self.clear()
