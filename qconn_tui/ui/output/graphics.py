"""What a picture in pixels adds to the frames that Textual draws.

Textual knows cells, so the box of a picture holds cells that stand for it. For kitty they are the terminal's own
placeholders: the picture has to be sent once, before the first frame that shows some. For sixel they are marks that
become spaces on their way to the terminal: spaces erase the pixels that were there, so a frame that has marks ends
with the picture.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

from qconn_tui.logos.drawing import kitty
from qconn_tui.ui.output.cells import COVERED

if TYPE_CHECKING:
    from collections.abc import Callable

    from qconn_tui.logos.drawing.blocks import RGB
    from qconn_tui.logos.drawing.encode import EncodedLogo

_MOST_SENT = 32
"""Graphics that a terminal keeps for us; each takes some 64 kB there."""


class Picture(NamedTuple):
    """The cells that stand for a picture in pixels."""

    mode: Literal["kitty", "sixel"]
    lines: tuple[str, ...]
    """One text for each row of cells."""
    columns: int
    """Cells of a row."""
    ink: RGB | None
    """The colour that the text must have; None when it does not matter."""


class _Sixel(NamedTuple):
    content: str
    cells: int
    where: Callable[[], tuple[int, int] | None]


class Graphics:
    """Keeps what the terminal was sent; one picture is shown at a time.

    All methods are for the event loop's thread. `first` is the number of the first picture for kitty; others in the
    same terminal, perhaps in another pane, must not have the same.
    """

    def __init__(self, *, in_tmux: bool = False, few_colors: bool = False, first: int | None = None) -> None:
        self.in_tmux = in_tmux
        """Whether what is sent has to be wrapped for tmux."""
        self._first = int.from_bytes(os.urandom(3), "big") if first is None else first
        self._few_colors = few_colors
        self._numbers: OrderedDict[EncodedLogo, int] = OrderedDict()
        self._sent: set[int] = set()
        self._shown: EncodedLogo | None = None
        self._sixel: _Sixel | None = None
        self._is_mending = False
        self.on_torn: Callable[[], object] | None = None
        """Called when a frame drew over a part of a sixel picture: all of its cells have to be drawn anew."""

    def show(self, encoded: EncodedLogo, where: Callable[[], tuple[int, int] | None]) -> Picture:
        """The cells for a picture.

        `where` gives the column and the line of their first cell on the screen, counted from 0; None while something
        else may be in front of them. It is asked at each frame.
        """
        if encoded.mode == "sixel":
            self._sixel = _Sixel(encoded.content.decode("ascii"), encoded.columns * encoded.rows, where)
            return Picture("sixel", (COVERED * encoded.columns,) * encoded.rows, encoded.columns, None)
        self._shown = encoded
        number = self._number(encoded)
        return Picture("kitty", kitty.placeholders(encoded.columns, encoded.rows), encoded.columns, _ink(number))

    @cached_property
    def _free(self) -> list[int]:
        """Numbers that nothing has yet; with 256 colours it takes 3 ms to find them."""
        return _numbers(self._first, few_colors=self._few_colors)

    def _number(self, encoded: EncodedLogo) -> int:
        number = self._numbers.pop(encoded, None)
        if number is None:
            if self._free:
                number = self._free.pop()
            else:
                # Whatever is sent under a number takes the place of what had it before.
                _, number = self._numbers.popitem(last=False)
                self._sent.discard(number)
        self._numbers[encoded] = number
        return number

    def complete(self, frame: str) -> str:
        """The frame as the terminal needs it."""
        if kitty.PLACEHOLDER in frame and self._shown is not None:
            return self._with_upload(frame, self._shown)
        if COVERED in frame:
            return self._with_sixel(frame)
        return frame

    def _with_upload(self, frame: str, shown: EncodedLogo) -> str:
        number = self._numbers[shown]
        if number in self._sent:
            return frame
        self._sent.add(number)
        return kitty.upload(number, shown.content, shown.columns, shown.rows, in_tmux=self.in_tmux) + frame

    def _with_sixel(self, frame: str) -> str:
        marks = frame.count(COVERED)
        if self._sixel is None:
            return frame
        place = self._sixel.where()
        if marks == self._sixel.cells and place is not None:
            self._is_mending = False
            column, line = place
            return f"{frame}\x1b[{line + 1};{column + 1}H{self._sixel.content}"
        # Torn by what was in front and went away, or still in front: only another frame of the whole box tells.
        if not self._is_mending and self.on_torn is not None:
            self.on_torn()
        self._is_mending = not self._is_mending
        return frame

    def farewell(self) -> str:
        """What deletes everything that was sent; it is sent again when it is shown again."""
        commands = "".join(kitty.forget(number, in_tmux=self.in_tmux) for number in sorted(self._sent))
        self._sent.clear()
        return commands


def _numbers(first: int, *, few_colors: bool) -> list[int]:
    """Numbers for pictures, those to take first at the end. A number is given as a colour, so it has to survive that.

    With 256 colours it is one of theirs, and only those count which Rich does not take for a grey.
    """
    if not few_colors:
        return [first & 0xFFFF00 | 0x010000 | slot for slot in range(_MOST_SENT, 0, -1)]
    usable = [number for number in range(16, 232) if _as_one_of_256(_ink(number)) == number]
    start = first % len(usable)
    return [*usable[start:], *usable[:start]][:_MOST_SENT][::-1]


def _as_one_of_256(color: RGB) -> int | None:
    return Color.from_triplet(ColorTriplet(*color)).downgrade(ColorSystem.EIGHT_BIT).number


def _ink(number: int) -> RGB:
    """The colour that says the number: itself one of 256, or its bytes."""
    if number < 256:
        red, green, blue = Color.from_ansi(number).get_truecolor()
        return red, green, blue
    return number >> 16, number >> 8 & 0xFF, number & 0xFF
