"""The line at the top: the tenant, and what narrows and sorts the list."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class TitleBar(Widget):
    """The program's name and the tenant it is connected to."""

    place: reactive[str] = reactive("")
    """The tenant's host, and the context that names it; safe text."""

    narrowed_by: reactive[str] = reactive("")
    """The filter and the facets, which can be active while the sidebar is hidden."""

    sorted_by: reactive[str] = reactive("")
    """The chosen order; empty without one."""

    def render(self) -> Content:
        """The name, the filter, the order and the place, which a narrow terminal cuts first."""
        parts = [Content.styled("qconn-tui", "bold $primary")]
        if self.narrowed_by:
            parts.append(Content.assemble("/ ", (self.narrowed_by, "bold $accent")))
        if self.sorted_by:
            parts.append(Content.styled(self.sorted_by, "$primary"))
        parts.append(Content.styled(self.place, "dim"))
        return Content("  ").join(parts)
