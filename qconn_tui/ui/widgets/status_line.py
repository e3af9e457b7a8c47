"""The status line: how many rows are shown, how complete the list is, and what is running."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class StatusLine(Widget):
    """Shows the status, cut at the right edge."""

    status: reactive[str] = reactive("")
    """The text, see `qconn_tui.ui.captions.status`."""

    def render(self) -> Content:
        """The text as one line."""
        return Content(self.status)
