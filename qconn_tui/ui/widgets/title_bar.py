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
        """The name in bold, what narrows the list, then the place: the first that a narrow terminal cuts."""
        name, place = ("qconn-tui", "bold $primary"), (f"  {self.place}", "$foreground 60%")
        if not self.narrowed_by:
            return Content.assemble(name, place)
        return Content.assemble(name, "  / ", (self.narrowed_by, "bold $accent"), place)
