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

    sorted_by: reactive[str] = reactive("")
    """The order that was asked for; empty for the tenant's own."""

    def render(self) -> Content:
        """The name, what narrows the list, its order, then the place: the first that a narrow terminal cuts."""
        parts = [Content.styled("qconn-tui", "bold $primary")]
        if self.narrowed_by:
            parts.append(Content.assemble("/ ", (self.narrowed_by, "bold $accent")))
        if self.sorted_by:
            parts.append(Content.styled(self.sorted_by, "$primary"))
        parts.append(Content.styled(self.place, "dim"))
        return Content("  ").join(parts)
