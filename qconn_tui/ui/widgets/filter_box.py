"""The filter box: every key narrows the list."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from textual.message import Message
from textual.widgets import Input

from qconn_tui.text import clean
from qconn_tui.ui.compat.input_layout import KeepsLayout

_JOINTS = " \u200c\u200d"
"""Characters that `clean` removes when they stand alone: the space, and the joiners of some scripts and of emoji."""


class FilterBox(KeepsLayout, Input):
    """A one-line box for the filter language."""

    HELP = 'Words narrow the list; billable:yes, webhooks:no, -word, "two words", /regex/ and ~fuzzy work too.'

    @dataclass
    class Typed(Message):
        """The text changed. Posted to the screen itself, as bubbling through every widget on the way takes time."""

        text: str

    class Emptied(Message):
        """Posted to the box itself: discard the keys typed before this."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(placeholder="name, billable:yes …", id=id, select_on_focus=False)
        # A blinking cursor would send bytes all the time.
        self.set_reactive(FilterBox.cursor_blink, False)

    def watch_value(self, value: str) -> None:
        """Post the text, unless the next key is already waiting: of a burst only the last text is searched."""
        if not getattr(self.app, "has_pending_text", False):
            self.screen.post_message(self.Typed(value))

    def validate_value(self, value: str) -> str:
        """Remove unsafe characters, which pasted text may hold."""
        composed = unicodedata.normalize("NFC", value)
        return "".join(character for character in composed if character in _JOINTS or clean(character) == character)

    def empty(self) -> None:
        """Clear the text, including keys that are still queued for the box."""
        self.post_message(self.Emptied())

    def on_filter_box_emptied(self) -> None:
        """Clear the text, now that the queued keys have arrived."""
        self.clear()
