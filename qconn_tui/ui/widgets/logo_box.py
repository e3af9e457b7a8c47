"""The box with a connector's logo: pixels, block characters, or a tile with its initials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from qconn_tui.logos.drawing.blocks import blocks, letter_tile
from qconn_tui.logos.drawing.color import nearest
from qconn_tui.logos.policy import LogoRefusal
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.ui.output.graphics import Picture

if TYPE_CHECKING:
    from qconn_tui.connector import Connector
    from qconn_tui.logos.drawing.blocks import Cell
    from qconn_tui.logos.drawing.color import RGB

Logo: TypeAlias = Thumbnail | Picture | LogoRefusal
"""A logo as block characters or as pixels, or the reason why there is none."""


_DEPTHS = {"256": ColorSystem.EIGHT_BIT, "standard": ColorSystem.STANDARD}
"""The palette by Rich's name for the colour system."""


class LogoBox(Widget):
    """Draws `logo`; if it is refused, a tile with the initials of `connector`; nothing while it is not known.

    A tile for unknown logos would flash before each of them while the cursor moves down, and cost bytes over SSH.
    """

    connector: reactive[Connector | None] = reactive(None, repaint=False)
    """The connector whose logo it is."""
    logo: reactive[Logo | None] = reactive(None, repaint=False)
    """The logo or its refusal; None while it is not known."""
    is_covered: reactive[bool] = reactive(False, repaint=False)
    """Whether a dialog is in front. It tints the screen behind it; pixels cannot be tinted and are removed."""

    _lines: tuple[Strip, ...] | None = None
    _announced: tuple[int, int, RGB] | None = None

    @dataclass
    class Changed(Message):
        """The box has a new size or background, so pixels need to be encoded again."""

    @property
    def frame(self) -> tuple[int, int, RGB]:
        """Columns, rows and the background's colour."""
        return *self.size, self.background_colors[1].rgb

    @property
    def place(self) -> tuple[int, int] | None:
        """The column and the line of the first cell on the screen; None while another screen is in front."""
        column, line = self.content_region.offset
        return (column, line) if self.app.screen is self.screen else None

    def watch_connector(self) -> None:
        """Draw the tile of another connector."""
        if isinstance(self.logo, LogoRefusal):
            self._redraw()

    def watch_logo(self) -> None:
        """Draw the new logo."""
        self._redraw()

    def watch_is_covered(self) -> None:
        """Remove the pixels, or draw them again."""
        if isinstance(self.logo, Picture):
            self._redraw()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._redraw()
        self._announce()

    def on_hide(self) -> None:
        """Announce the frame again when the box is shown next."""
        self._announced = None

    def notify_style_update(self) -> None:
        """Draw on the new background."""
        self._lines = None
        super().notify_style_update()
        self._announce()

    def _redraw(self) -> None:
        before, self._lines = self._lines, None
        # From empty to empty needs no repaint; a moving cursor causes that at each row.
        if before != () or self._is_drawable:
            self.refresh()

    def _announce(self) -> None:
        if self.is_attached and self.size and self.frame != self._announced:
            self._announced = self.frame
            self.post_message(self.Changed())

    def render_line(self, y: int) -> Strip:
        """One line of the picture."""
        if self._lines is None:
            self._lines = self._draw()
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)

    @property
    def _is_drawable(self) -> bool:
        if self.connector is None or self.logo is None or self.size.width < 2 or self.size.height < 1:
            return False
        return not isinstance(self.logo, Picture) or (
            not self.is_covered and (self.logo.columns, len(self.logo.lines)) == self.size
        )

    def _draw(self) -> tuple[Strip, ...]:
        if self.connector is None or self.logo is None or not self._is_drawable:
            return ()
        columns, rows, background = self.frame
        if isinstance(self.logo, Picture):
            style = Style() if self.logo.ink is None else Style(color=_rich_color(self.logo.ink))
            return tuple(Strip([Segment(line, self.rich_style + style)], columns) for line in self.logo.lines)
        if isinstance(self.logo, Thumbnail):
            grid = blocks(self.logo, columns, rows, background)
            return tuple(self._strip(line) for line in grid)
        tile = letter_tile(self.connector.name, self.connector.id, columns, rows, background)
        strips = [self._strip(line) for line in tile.grid]
        letters = Strip([Segment(tile.initials, two_colors(tile.foreground, tile.color) + Style(bold=True))])
        end = tile.column + cell_len(tile.initials)
        middle = strips[tile.row]
        strips[tile.row] = Strip.join([middle.crop(0, tile.column), letters, middle.crop(end)])
        return tuple(strips)

    def _strip(self, line: tuple[Cell, ...]) -> Strip:
        blank, background = Segment(" ", self.rich_style), self.background_colors[1].rgb
        depth = _DEPTHS.get(self.app.console.color_system or "", ColorSystem.TRUECOLOR)
        segments = []
        for cell in line:
            ink, paper = _shown(cell.foreground, depth), _shown(cell.background, depth)
            if cell.background == background and cell.character == " ":
                segments.append(blank)
            elif ink == paper or cell.character == " ":
                segments.append(Segment(" ", Style(bgcolor=paper)))
            else:
                segments.append(Segment(cell.character, Style(color=ink, bgcolor=paper)))
        return Strip(segments).simplify()


@lru_cache(maxsize=1024)
def _shown(color: RGB, depth: ColorSystem) -> RichColor:
    """The colour that the terminal will show, so that cells of equal colour can be merged."""
    exact = _rich_color(color)
    if depth is ColorSystem.TRUECOLOR:
        return exact
    if depth is ColorSystem.EIGHT_BIT:
        return _rich_color(nearest(color, _palette_of_256()))
    return RichColor.from_triplet(exact.downgrade(depth).get_truecolor())


@lru_cache(maxsize=1)
def _palette_of_256() -> tuple[RGB, ...]:
    """Colours 16 to 255 of the xterm palette, fixed on every terminal, without those that Rich maps to another one."""
    triplets = [(number, RichColor.from_ansi(number).get_truecolor()) for number in range(16, 256)]
    return tuple(
        (color.red, color.green, color.blue)
        for number, color in triplets
        if RichColor.from_triplet(color).downgrade(ColorSystem.EIGHT_BIT).number == number
    )


def two_colors(foreground: RGB, background: RGB) -> Style:
    """The style of a cell with these two colours."""
    return Style(color=_rich_color(foreground), bgcolor=_rich_color(background))


def _rich_color(color: RGB) -> RichColor:
    return RichColor.from_triplet(ColorTriplet(*color))
