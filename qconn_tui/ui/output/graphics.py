"""Adds pictures in pixels to the frames that Textual draws.

Textual only draws cells, so that the box of a picture holds cells in its place. With the kitty graphics protocol
(https://sw.kovidgoyal.net/kitty/graphics-protocol/) they are Unicode placeholders, and the picture is sent once, before
the first frame with them. An overlay, such as sixel (DEC STD 070), is drawn at the cursor: its cells are `COVERED`,
written as spaces, which erase the pixels there, and it is sent behind each frame that has such cells.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

from qconn_tui.logos.drawing import kitty
from qconn_tui.logos.drawing.sequences import PLACEHOLDER
from qconn_tui.terminal.passthrough import wrap_for_tmux
from qconn_tui.ui.output.cells import COVERED

if TYPE_CHECKING:
    from collections.abc import Callable

    from qconn_tui.logos.drawing.color import RGB
    from qconn_tui.logos.drawing.encode import EncodedLogo

_MOST_SENT = 32
"""Pictures that the terminal stores at a time; each takes some 64 kB there."""


class Picture(NamedTuple):
    """The cells in the place of a picture in pixels."""

    lines: tuple[str, ...]
    """The text of each row of cells."""
    columns: int
    """The cells of a row."""
    ink: RGB | None
    """The foreground colour that the cells must have; None when it does not matter."""


class _Overlay(NamedTuple):
    content: str
    cells: int
    where: Callable[[], tuple[int, int] | None]


class Graphics:
    """Knows which pictures the terminal stores; shows one at a time. For the event loop's thread.

    Args:
        in_tmux: Whether what is sent has to be wrapped for tmux.
        few_colors: Whether the terminal has 256 colours or fewer.
        first: The number of the first picture, in the kitty protocol; random by default, since other programs in the
            same terminal, perhaps in another pane of tmux, must not use the same.
    """

    def __init__(self, *, in_tmux: bool = False, few_colors: bool = False, first: int | None = None) -> None:
        self.in_tmux = in_tmux
        """Whether what is sent has to be wrapped for tmux."""
        self._first = int.from_bytes(os.urandom(3), "big") if first is None else first
        self._few_colors = few_colors
        self._numbers: OrderedDict[EncodedLogo, int] = OrderedDict()
        self._sent: set[int] = set()
        self._shown: EncodedLogo | None = None
        self._overlay: _Overlay | None = None
        self._is_repairing = False
        self.on_torn: Callable[[], object] | None = None
        """Called when a frame drew over a part of an overlay: the whole box has to be drawn again."""

    def show(self, encoded: EncodedLogo, where: Callable[[], tuple[int, int] | None]) -> Picture:
        """Show a picture in the place of the last one.

        Args:
            encoded: The picture, as the terminal takes it.
            where: Returns the column and the line of its first cell on the screen, counted from 0; None while
                something else may be in front. Called for each frame with the picture.

        Returns:
            The cells that have to be drawn in its place.
        """
        if encoded.placement == "overlay":
            self._overlay = _Overlay(encoded.content.decode("ascii"), encoded.columns * encoded.rows, where)
            return Picture((COVERED * encoded.columns,) * encoded.rows, encoded.columns, None)
        self._shown = encoded
        number = self._number(encoded)
        return Picture(kitty.placeholders(encoded.columns, encoded.rows), encoded.columns, _ink(number))

    @property
    def _wrap(self) -> Callable[[str], str] | None:
        return wrap_for_tmux if self.in_tmux else None

    @cached_property
    def _free(self) -> list[int]:
        """Numbers without a picture; with 256 colours it takes 3 ms to find them."""
        return _numbers(self._first, few_colors=self._few_colors)

    def _number(self, encoded: EncodedLogo) -> int:
        number = self._numbers.pop(encoded, None)
        if number is None:
            if self._free:
                number = self._free.pop()
            else:
                # A picture that is sent under a number replaces the one that had it.
                _, number = self._numbers.popitem(last=False)
                self._sent.discard(number)
        self._numbers[encoded] = number
        return number

    def complete(self, frame: str) -> str:
        """Add to a frame the picture that it needs: before its placeholders, or behind it as an overlay."""
        if PLACEHOLDER in frame and self._shown is not None:
            return self._with_upload(frame, self._shown)
        if COVERED in frame:
            return self._with_overlay(frame)
        return frame

    def _with_upload(self, frame: str, shown: EncodedLogo) -> str:
        number = self._numbers[shown]
        if number in self._sent:
            return frame
        self._sent.add(number)
        return kitty.upload(number, shown.content, shown.columns, shown.rows, self._wrap) + frame

    def _with_overlay(self, frame: str) -> str:
        marks = frame.count(COVERED)
        if self._overlay is None:
            return frame
        place = self._overlay.where()
        if marks == self._overlay.cells and place is not None:
            self._is_repairing = False
            column, line = place
            return f"{frame}\x1b[{line + 1};{column + 1}H{self._overlay.content}"
        # A dialog in front has gone, or is still there: only another frame of the whole box shows which.
        if not self._is_repairing and self.on_torn is not None:
            self.on_torn()
        self._is_repairing = not self._is_repairing
        return frame

    def delete_all(self) -> str:
        """The commands that delete every picture from the terminal; one that is shown again is sent again."""
        commands = "".join(kitty.delete(number, self._wrap) for number in sorted(self._sent))
        self._sent.clear()
        return commands


def _numbers(first: int, *, few_colors: bool) -> list[int]:
    """Numbers for pictures, the first to use at the end.

    Placeholders name the picture by their foreground colour, so that a number has to survive being drawn: with 256
    colours it is the number of one of them, but of none that Rich would turn into a grey.
    """
    if not few_colors:
        return [first & 0xFFFF00 | 0x010000 | slot for slot in range(_MOST_SENT, 0, -1)]
    usable = [number for number in range(16, 232) if _as_one_of_256(_ink(number)) == number]
    start = first % len(usable)
    return [*usable[start:], *usable[:start]][:_MOST_SENT][::-1]


def _as_one_of_256(color: RGB) -> int | None:
    return Color.from_triplet(ColorTriplet(*color)).downgrade(ColorSystem.EIGHT_BIT).number


def _ink(number: int) -> RGB:
    """The foreground colour for a number: one of the 256 colours, or the number's bytes as red, green and blue."""
    if number < 256:
        red, green, blue = Color.from_ansi(number).get_truecolor()
        return red, green, blue
    return number >> 16, number >> 8 & 0xFF, number & 0xFF
