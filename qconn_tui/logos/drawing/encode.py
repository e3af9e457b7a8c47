"""Encoding thumbnails for terminals that draw pixels, with as many colours as a byte budget allows."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from qconn_tui.logos.drawing import kitty, sixel
from qconn_tui.logos.drawing.palette import quantise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qconn_tui.logos.drawing.color import RGB
    from qconn_tui.logos.thumbnail import Thumbnail

PixelMode: TypeAlias = Literal["kitty", "sixel"]
"""The graphics protocol of a picture."""
Placement: TypeAlias = Literal["placeholders", "overlay"]
"""How a picture gets to its place: sent once and shown by characters, or drawn at the cursor behind each frame."""

KITTY_BYTES = 3000
"""The byte budget of a picture for kitty; a picture with the fewest colours may exceed it."""
SIXEL_BYTES = 5000
"""The byte budget of a sixel picture; a picture with the fewest colours may exceed it."""

_KITTY_SIDE = 128
"""The longer side of a picture for kitty in pixels: no thumbnail has more, and the terminal enlarges the picture."""
_KITTY_COLORS = (64, 32, 16, 8)
_SIXEL_COLORS = (64, 16, 12, 10, 8, 6, 4)
_CACHED_LOGOS = 64


@dataclass(frozen=True, slots=True)
class Box:
    """The box of cells that a picture fills."""

    columns: int
    """The width in cells."""
    rows: int
    """The height in cells."""
    cell: tuple[int, int]
    """The width and height of a cell in pixels."""
    background: RGB
    """The colour that half transparent pixels are blended with."""

    @property
    def pixels(self) -> tuple[int, int]:
        """The width and height in pixels."""
        return self.columns * self.cell[0], self.rows * self.cell[1]


@dataclass(frozen=True, slots=True)
class EncodedLogo:
    """A picture, ready to be sent to the terminal."""

    placement: Placement
    """How it gets to its place on the screen."""
    content: bytes
    """A PNG for placeholders; the whole sequence in ASCII for an overlay."""
    columns: int
    """The width of its box in cells."""
    rows: int
    """The height of its box in cells."""


@dataclass(frozen=True, slots=True)
class LogoRequest:
    """What to encode, and how."""

    thumbnail: Thumbnail
    """The picture."""
    mode: PixelMode
    """The protocol to encode it for."""
    box: Box
    """The box to fill."""


@lru_cache(maxsize=_CACHED_LOGOS)
def encode(request: LogoRequest) -> EncodedLogo:
    """Encode the picture with the most colours whose bytes fit the budget, or else with the fewest colours.

    The first call for a request takes up to a tenth of a second, so call it in a thread.
    """
    protocol, box = _PROTOCOLS[request.mode], request.box
    return EncodedLogo(protocol.placement, protocol.encode(request.thumbnail, box), box.columns, box.rows)


def max_rows(mode: PixelMode) -> int:
    """The most rows of cells that a picture may fill."""
    return _PROTOCOLS[mode].max_rows


def _encode_kitty(thumbnail: Thumbnail, box: Box) -> bytes:
    width, height = box.pixels
    scale = min(1, _KITTY_SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))

    def encode_with(max_colors: int) -> bytes:
        """Return a PNG of at most so many colours."""
        return kitty.encode_png(quantise(thumbnail, *size, box.background, max_colors))

    def fits(png: bytes) -> bool:
        """Return whether the commands that transmit the PNG stay within the budget."""
        return len(kitty.upload(0xFFFFFF, png, box.columns, box.rows)) <= KITTY_BYTES

    return _with_most_colors(_KITTY_COLORS, encode_with, fits)


def _encode_sixel(thumbnail: Thumbnail, box: Box) -> bytes:
    def encode_with(max_colors: int) -> bytes:
        """Return a sixel sequence of at most so many colours."""
        return sixel.encode(quantise(thumbnail, *box.pixels, box.background, max_colors)).encode("ascii")

    return _with_most_colors(_SIXEL_COLORS, encode_with, lambda content: len(content) <= SIXEL_BYTES)


def _with_most_colors(
    choices: Sequence[int], encode_with: Callable[[int], bytes], fits: Callable[[bytes], bool]
) -> bytes:
    """Return the encoding with the most colours that fits, or else the one with the fewest.

    `choices` descend. A binary search keeps the tries few: each takes about ten milliseconds.
    """
    best = content = b""
    while choices:
        middle = len(choices) // 2
        content = encode_with(choices[middle])
        if fits(content):
            best, choices = content, choices[:middle]
        else:
            choices = choices[middle + 1 :]
    return best or content


class _Protocol(NamedTuple):
    encode: Callable[[Thumbnail, Box], bytes]
    placement: Placement
    max_rows: int


_PROTOCOLS: dict[PixelMode, _Protocol] = {
    "kitty": _Protocol(_encode_kitty, "placeholders", kitty.MAX_ROWS),
    "sixel": _Protocol(_encode_sixel, "overlay", sys.maxsize),
}
"""The graphics protocols; another one needs an entry here, and its command in `sequences.GRAPHICS`."""
