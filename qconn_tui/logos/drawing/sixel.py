"""Sixel graphics: bands of six rows of pixels, each colour of a band drawn over the others."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qconn_tui.logos.drawing.palette import Paletted

_BAND = 6
_STRETCHED = 2
"""How many colours of a band run on under others: with more, it takes longer and saves nothing."""
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)


def encode(picture: Paletted) -> str:
    """What draws the picture at the cursor's place. Pixels that are not drawn leave what is beneath as it is."""
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
    """Up to six rows of pixels whose colours have numbers below `count`."""
    pixels = Counter(b"".join(rows))
    # The most frequent first: it may run on where another one is painted over it.
    colors = [color for color, _ in pixels.most_common() if color < count]
    masks = {color: _mask(rows, color) for color in colors}
    lines = []
    for place, color in enumerate(colors):
        sixels = masks[color]
        if place < _STRETCHED:
            sixels = _stretched(sixels, _either([masks[later] for later in colors[place + 1 :]], len(sixels)))
        drawn = sixels.translate(_CHARACTERS).rstrip(b"?")
        lines.append(b"#%d%b" % (color, _RUN.sub(_repeated, drawn)))
    return b"$".join(lines)


def _mask(rows: list[bytes], color: int) -> bytes:
    """One byte a column: the bits of the rows whose pixel there has the colour."""
    # As one large number each, rows are laid over each other without a loop over their pixels.
    bits = sum(int.from_bytes(row.translate(_table(color, y)), "big") for y, row in enumerate(rows))
    return bits.to_bytes(len(rows[0]), "big")


def _either(masks: list[bytes], length: int) -> bytes:
    bits = 0
    for mask in masks:
        bits |= int.from_bytes(mask, "big")
    return bits.to_bytes(length, "big")


def _stretched(must: bytes, may: bytes) -> bytes:
    """At least the bits of `must`, at most those of `may` beside them, in as long runs as can be."""
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
    """A translation that leaves the bit of row `y` where a pixel has the colour."""
    return bytes(1 << y if value == color else 0 for value in range(256))


_CHARACTERS = bytes((value + 63) & 0xFF for value in range(256))


def _repeated(run: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(run[0]), run[1])
