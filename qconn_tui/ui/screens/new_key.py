"""A new API key, when the tenant does not take the old one any more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from qconn_tui.errors import UsageError
from qconn_tui.qlik.auth import Secret, parse_api_key
from qconn_tui.ui.compat.stale_resize import DropsStaleResizes

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


_EXPORTED = re.compile(r"^\s*(?:export\s+)?QCONN_API_KEY=")
"""What stands before a key in a line for a shell."""
_HINT = "It is used until the program ends and written nowhere."


class NewKeyScreen(DropsStaleResizes, ModalScreen[Secret | None]):
    """Answers with the key, or None; the key is neither shown nor kept."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", show=False)]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-tall")]  # noqa: RUF012 - typed by Textual

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place

    def compose(self) -> ComposeResult:
        """One question."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content("New API key")
            dialog.border_subtitle = Content("Enter goes on loading · Esc closes")
            yield Static(Content(f"Paste an API key for {self._place}."), markup=False)
            yield Input(id="key", password=True)
            yield Static(Content(_HINT), id="key-hint", markup=False)

    def on_input_changed(self) -> None:
        """Clear the error when the key changes."""
        self._say(_HINT)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, or say where the key is wrong."""
        try:
            key = parse_api_key(_EXPORTED.sub("", event.value), "what you pasted")
        except UsageError as error:
            self._say(str(error), is_wrong=True)
        else:
            self.dismiss(key)

    def _say(self, text: str, *, is_wrong: bool = False) -> None:
        hint = self.query_one("#key-hint", Static)
        hint.set_class(is_wrong, "-wrong")
        hint.update(Content(text))
