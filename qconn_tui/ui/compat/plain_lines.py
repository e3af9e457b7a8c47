"""Lines that go to the screen as they are: what has neither border nor padding need not be asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.widget import Widget as _Base
else:
    # Textual follows the first base that is a node, and that has to be the kind of widget.
    _Base = object


class PlainLines(_Base):
    """Stands before a kind of widget among the bases; for one with a style sheet that frames and mixes nothing.

    Textual looks up twenty styles for each line that is drawn anew, which takes longer than drawing it.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of that part of the widget, in colours that the terminal has."""
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
