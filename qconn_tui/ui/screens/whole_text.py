"""A whole text without a frame, for selecting it by hand in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from qconn_tui.ui.compat.stale_resize import DropsStaleResizes

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

_HOW = "Shift and the mouse (⌥ on a Mac) select as the terminal does · arrows scroll · Esc closes"


class WholeTextScreen(DropsStaleResizes, ModalScreen[None]):
    """Shows a text and answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Close", show=False, priority=True)]

    def __init__(self, label: str, text: str) -> None:
        super().__init__()
        self._label = label
        self._text = text

    def compose(self) -> ComposeResult:
        """What it is, the text, and how to select it."""
        yield Static(Content(self._label), id="whole-text-label")
        # It wraps long lines without a sign at their ends, and nothing in it is markup.
        yield TextArea(self._text, id="whole-text", read_only=True, highlight_cursor_line=False)
        yield Static(Content(_HOW), id="whole-text-how")

    def on_mount(self) -> None:
        """Every key is for the text."""
        area = self.query_one(TextArea)
        area.cursor_blink = False
        area.focus()

    def get_selected_text(self) -> str | None:
        """What was selected with the mouse or with Shift and the arrows, for who copies it."""
        return self.query_one(TextArea).selected_text or None
