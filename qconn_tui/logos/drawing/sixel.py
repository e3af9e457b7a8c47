"""Sixel graphics, as in chapter 14 of the DEC VT330/VT340 Programmer Reference Manual, volume 2.

A picture is a sequence of bands, each six rows of pixels high. In a band each colour is drawn by itself, one character
for each column, whose six bits are the pixels of that column.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qconn_tui.logos.drawing.palette import Paletted

_BAND = 6
_EXTENDED_COLORS = 2
"""The colours of a band whose runs extend under later colours; extending more takes time and saves no bytes."""
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)


def encode(picture: Paletted) -> str:
    """Return the DCS sequence that draws the picture at the cursor; transparent pixels stay as they are on the screen.

    The sequence sets square pixels and the picture's size as raster attributes, and its palette in RGB percentages.
    """
    palette = "".join(
        f"#{number};2;{_percent(red)};{_percent(green)};{_percent(blue)}"
        for number, (red, green, blue) in enumerate(picture.colors)
    )
    bands = [
        _band([picture.row(y) for y in range(top, min(top + _BAND, picture.height))], len(picture.colors))
        for top in range(0, picture.height, _BAND)
    ]
    content = b"-".join(bands).rstrip(b"-").decode()
    return f'\x1bP0;1q"1;1;{picture.width};{picture.height}{palette}{content}\x1b\\'


def _percent(channel: int) -> int:
    return round(channel * 100 / 255)


def _band(rows: list[bytes], count: int) -> bytes:
    """Encode up to six rows of pixels; indexes from `count` on are transparent."""
    pixels = Counter(b"".join(rows))
    # The most frequent colour first: it may also fill pixels that a later colour paints over, for longer runs.
    colors = [color for color, _ in pixels.most_common() if color < count]
    masks = {color: _mask(rows, color) for color in colors}
    lines = []
    for place, color in enumerate(colors):
        sixels = masks[color]
        if place < _EXTENDED_COLORS:
            sixels = _extend_runs(sixels, _union([masks[later] for later in colors[place + 1 :]], len(sixels)))
        drawn = sixels.translate(_CHARACTERS).rstrip(b"?")
        lines.append(b"#%d%b" % (color, _RUN.sub(_repeated, drawn)))
    return b"$".join(lines)


def _mask(rows: list[bytes], color: int) -> bytes:
    """Return a byte for each column, with the bits of the rows whose pixel has the colour."""
    # As large integers, whole rows are added without a loop over their pixels.
    bits = sum(int.from_bytes(row.translate(_table(color, y)), "big") for y, row in enumerate(rows))
    return bits.to_bytes(len(rows[0]), "big")


def _union(masks: list[bytes], length: int) -> bytes:
    bits = 0
    for mask in masks:
        bits |= int.from_bytes(mask, "big")
    return bits.to_bytes(length, "big")


def _extend_runs(must: bytes, may: bytes) -> bytes:
    """Return columns with all bits of `must` and any of `may`, chosen so that runs of equal columns are long."""
    drawn = bytearray()
    start, low, high = 0, 0, 0x3F
    for column, (needed, free) in enumerate(zip(must, may, strict=True)):
        lower, upper = low | needed, high & (needed | free)
        if lower & ~upper:
            drawn += bytes([low]) * (column - start)
            start, lower, upper = column, needed, needed | free
        low, high = lower, upper
    return bytes(drawn) + bytes([low]) * (len(must) - start)


@cache
def _table(color: int, y: int) -> bytes:
    """Return a translation table that maps the colour to the bit of row `y`, and other colours to 0."""
    return bytes(1 << y if value == color else 0 for value in range(256))


_CHARACTERS = bytes((value + 63) & 0xFF for value in range(256))


def _repeated(run: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(run[0]), run[1])
