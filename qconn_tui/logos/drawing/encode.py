"""From a thumbnail to what is sent to a terminal that draws pixels: as many colours as its bytes allow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from qconn_tui.logos.drawing import kitty, sixel
from qconn_tui.logos.drawing.palette import quantise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qconn_tui.logos.drawing.blocks import RGB, Thumbnail

PixelMode: TypeAlias = Literal["kitty", "sixel"]
"""How a picture in pixels reaches the terminal."""

KITTY_BYTES = 3000
"""Bytes of a picture for kitty, where that can be had."""
SIXEL_BYTES = 5000
"""Bytes of a sixel picture, where that can be had."""

_KITTY_SIDE = 128
"""The terminal enlarges the picture, and no thumbnail has more pixels."""
_KITTY_COLORS = (64, 32, 16, 8)
_SIXEL_COLORS = (64, 16, 12, 10, 8, 6, 4)
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Box:
    """Where a picture is drawn."""

    columns: int
    rows: int
    cell: tuple[int, int]
    """Pixels of one cell: width and height."""
    background: RGB
    """What half transparent pixels are laid over."""

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height."""
        return self.columns * self.cell[0], self.rows * self.cell[1]


@dataclass(frozen=True, slots=True)
class EncodedLogo:
    """A picture, ready to be sent."""

    mode: PixelMode
    content: bytes
    """A PNG for kitty; the whole sequence, in ASCII, for sixel."""
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class LogoRequest:
    """What is to be made."""

    thumbnail: Thumbnail
    mode: PixelMode
    box: Box


@lru_cache(maxsize=_KEPT)
def encode(request: LogoRequest) -> EncodedLogo:
    """The picture for a box of cells; takes up to a tenth of a second once, so call it in a thread.

    What does not fit into the bytes with the fewest colours is sent as it is then.
    """
    encode = _for_kitty if request.mode == "kitty" else _as_sixel
    return EncodedLogo(request.mode, encode(request.thumbnail, request.box), request.box.columns, request.box.rows)


def _for_kitty(thumbnail: Thumbnail, box: Box) -> bytes:
    width, height = box.pixels
    scale = min(1, _KITTY_SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))

    def encoded(most: int) -> bytes:
        return kitty.encode_png(quantise(thumbnail, *size, box.background, most))

    def weigh(file: bytes) -> int:
        return len(kitty.upload(0xFFFFFF, file, box.columns, box.rows))

    return _richest(_KITTY_COLORS, encoded, lambda file: weigh(file) <= KITTY_BYTES)


def _as_sixel(thumbnail: Thumbnail, box: Box) -> bytes:
    def encoded(most: int) -> bytes:
        return sixel.encode(quantise(thumbnail, *box.pixels, box.background, most)).encode("ascii")

    return _richest(_SIXEL_COLORS, encoded, lambda content: len(content) <= SIXEL_BYTES)


def _richest(choices: Sequence[int], encoded: Callable[[int], bytes], fits: Callable[[bytes], bool]) -> bytes:
    """What has the most colours of those that fit, else what was tried last, which is the fewest.

    `choices` go down. They are halved at each try: every one costs ten milliseconds.
    """
    best = content = b""
    while choices:
        middle = len(choices) // 2
        content = encoded(choices[middle])
        if fits(content):
            best, choices = content, choices[:middle]
        else:
            choices = choices[middle + 1 :]
    return best or content
