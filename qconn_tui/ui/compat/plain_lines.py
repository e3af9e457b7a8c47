"""Fault: drawing a line looks up some twenty styles, which takes longer than the line itself.

Textual 8.2 does so for each line, also of a widget that has neither a border nor padding, an outline or a tint. May go
when `test_each_line_looks_up_many_styles` fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.widget import Widget as _Base
else:
    # Textual follows the first base that is a node, and that has to be the widget.
    _Base = object


class PlainLines(_Base):
    """Stands before a widget among the bases; for one whose style sheet adds no border, padding, outline or tint."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget, in colours that the terminal has."""
        _, background = self.background_colors
        blank = Style.from_color(bgcolor=background.rich_color)
        # Not as far as below a scrollbar, which is drawn over it.
        width = self.scrollable_content_region.width
        strips = [self.render_line(y).adjust_cell_length(width, blank) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, self.region.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips
