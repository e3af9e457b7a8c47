"""Reducing pictures to few colours, which saves bytes and at the size of a logo is hard to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qconn_tui.logos.drawing.color import RGB
    from qconn_tui.logos.thumbnail import Thumbnail

_CLEAR = 8
"""A pixel with less alpha than this is transparent."""


@dataclass(frozen=True, slots=True)
class Paletted:
    """A picture whose pixels are indexes into a palette."""

    width: int
    """Pixels of a row."""
    height: int
    """Rows."""
    colors: tuple[RGB, ...]
    """The palette, at most 255 colours."""
    indexes: bytes
    """One byte for each pixel, row by row. The index after the last colour stands for a transparent pixel."""

    def row(self, y: int) -> bytes:
        """Return the indexes of row `y`."""
        return self.indexes[y * self.width : (y + 1) * self.width]


def quantise(thumbnail: Thumbnail, width: int, height: int, background: RGB, max_colors: int) -> Paletted:
    """Scale the picture to a frame, in its aspect ratio and centred, and reduce its colours.

    Takes some milliseconds, so call it in a thread.

    Args:
        thumbnail: The picture.
        width: The width of the frame in pixels.
        height: The height of the frame in pixels.
        background: The colour that half transparent pixels are blended with.
        max_colors: The most colours of the result.
    """
    from PIL import Image

    scale = min(width / thumbnail.width, height / thumbnail.height)
    size = (
        min(width, max(1, round(thumbnail.width * scale))),
        min(height, max(1, round(thumbnail.height * scale))),
    )
    picture = Image.frombytes("RGBA", (thumbnail.width, thumbnail.height), thumbnail.rgba)
    picture = picture.resize(size, Image.Resampling.BICUBIC)
    frame = Image.new("RGBA", (width, height), (*background, 0))
    frame.paste(picture, ((width - size[0]) // 2, (height - size[1]) // 2))
    opaque = Image.new("RGBA", (width, height), (*background, 255))
    opaque.alpha_composite(frame)
    # One round of k-means makes the error of eight colours four times smaller.
    reduced = opaque.convert("RGB").quantize(max_colors, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    clear = frame.getchannel("A").point([255] * _CLEAR + [0] * (256 - _CLEAR))
    return _compact(width, height, reduced.getpalette() or [], reduced.tobytes(), clear.tobytes())


def _compact(width: int, height: int, palette: list[int], indexes: bytes, clear: bytes) -> Paletted:
    """Renumber the colours that are used; `clear` is 255 for each transparent pixel."""
    seen = sorted({index for index, hidden in zip(indexes, clear, strict=True) if not hidden})
    numbers = bytearray(256)
    for number, index in enumerate(seen):
        numbers[index] = number
    nothing = len(seen)
    renumbered = indexes.translate(numbers)
    drawn = bytes(nothing if hidden else number for number, hidden in zip(renumbered, clear, strict=True))
    colors = tuple((palette[3 * index], palette[3 * index + 1], palette[3 * index + 2]) for index in seen)
    return Paletted(width, height, colors, drawn)
