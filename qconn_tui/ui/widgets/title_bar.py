"""The line at the top: whose connectors these are."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class TitleBar(Widget):
    """The program's name and the tenant it is connected to."""

    place: reactive[str] = reactive("")
    """The tenant's host, and the context it came from; safe text."""

    narrowed_by: reactive[str] = reactive("")
    """What narrows the list: it can be active while the sidebar is hidden."""

    def render(self) -> Content:
        """The name in bold, the place behind it, then what narrows the list."""
        title = Content.assemble(("qconn-tui", "bold $primary"), (f"  {self.place}", "$foreground 60%"))
        if not self.narrowed_by:
            return title
        return Content.assemble(title, "   / ", (self.narrowed_by, "bold $accent"))
