"""The box with a connector's logo: half-blocks, or a tile with its initials."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from qconn_tui.logos.art import Thumbnail, half_blocks, letter_tile
from qconn_tui.logos.source import LogoRefusal

if TYPE_CHECKING:
    from qconn_tui.connector import Connector
    from qconn_tui.logos.art import RGB, Cell

Logo: TypeAlias = Thumbnail | LogoRefusal
"""What is known of a logo: the picture, or why there is none."""

_UPPER_HALF = "▀"


class LogoBox(Widget):
    """Draws `logo`, a tile with the initials of `connector` where it is refused, and nothing while it is unknown.

    Somebody who runs down the list would see a tile flash up before every logo, and pay for it over SSH.
    """

    connector: reactive[Connector | None] = reactive(None)
    """Whose logo it is."""
    logo: reactive[Logo | None] = reactive(None)
    """The picture, the refusal, or None while it is not known."""

    _lines: tuple[Strip, ...] = ()

    @property
    def pixels(self) -> int:
        """Pixels of the longer side: a cell is one wide and two high."""
        return max(self.size.width, self.size.height * 2)

    def watch_connector(self) -> None:
        """Draw anew."""
        self._lines = ()

    def watch_logo(self) -> None:
        """Draw anew."""
        self._lines = ()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._lines = ()

    def notify_style_update(self) -> None:
        """Draw on the new background."""
        self._lines = ()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One line of the picture."""
        if not self._lines:
            self._lines = self._draw()
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)

    def _draw(self) -> tuple[Strip, ...]:
        columns, rows = self.size
        if self.connector is None or self.logo is None or columns < 2 or rows < 1:
            return ()
        _, background = self.background_colors
        if isinstance(self.logo, Thumbnail):
            grid = half_blocks(self.logo, columns, rows, background.rgb)
            return tuple(self._strip(line) for line in grid)
        tile = letter_tile(self.connector.name, self.connector.id, columns, rows, background.rgb)
        strips = [self._strip(line) for line in tile.grid]
        letters = Strip([Segment(tile.initials, two_colors(tile.ink, tile.color) + Style(bold=True))])
        end = tile.column + cell_len(tile.initials)
        middle = strips[tile.row]
        strips[tile.row] = Strip.join([middle.crop(0, tile.column), letters, middle.crop(end)])
        return tuple(strips)

    def _strip(self, line: tuple[Cell | None, ...]) -> Strip:
        blank = Segment(" ", self.rich_style)
        cells = [blank if cell is None else Segment(_UPPER_HALF, two_colors(cell.top, cell.bottom)) for cell in line]
        return Strip(cells).simplify()


def two_colors(foreground: RGB, background: RGB) -> Style:
    """The style of a cell with these two colours."""
    return Style(
        color=RichColor.from_triplet(ColorTriplet(*foreground)),
        bgcolor=RichColor.from_triplet(ColorTriplet(*background)),
    )
