"""Pictures of few colours: what is sent to a terminal, because at that size the eye does not see the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qconn_tui.logos.drawing.blocks import RGB, Thumbnail

_CLEAR = 8
"""A pixel with less alpha than this is not drawn at all."""


@dataclass(frozen=True, slots=True)
class Paletted:
    """A picture whose pixels are numbers of colours."""

    width: int
    """Pixels a row."""
    height: int
    """Rows."""
    colors: tuple[RGB, ...]
    """At most 256."""
    indexes: bytes
    """One byte a pixel, row by row. The number after the last colour's is a pixel that is not drawn."""

    def row(self, y: int) -> bytes:
        """The numbers of one row."""
        return self.indexes[y * self.width : (y + 1) * self.width]


def quantise(thumbnail: Thumbnail, width: int, height: int, background: RGB, most: int) -> Paletted:
    """The picture in a frame of `width` x `height` pixels: as large as fits, aspect kept, centred.

    It gets at most `most` colours; what is half transparent is laid over the background. Only pixels are read here,
    no file: it takes some milliseconds, which belong into a thread.
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
    # Without a round of k-means, eight colours are four times as far off.
    reduced = opaque.convert("RGB").quantize(most, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    clear = frame.getchannel("A").point([255] * _CLEAR + [0] * (256 - _CLEAR))
    return _compact(width, height, reduced.getpalette() or [], reduced.tobytes(), clear.tobytes())


def _compact(width: int, height: int, palette: list[int], indexes: bytes, clear: bytes) -> Paletted:
    """Number only the colours that are used; `clear` is 255 for every pixel that is not drawn."""
    seen = sorted({index for index, hidden in zip(indexes, clear, strict=True) if not hidden})
    numbers = bytearray(256)
    for number, index in enumerate(seen):
        numbers[index] = number
    nothing = len(seen)
    renumbered = indexes.translate(numbers)
    drawn = bytes(nothing if hidden else number for number, hidden in zip(renumbered, clear, strict=True))
    colors = tuple((palette[3 * index], palette[3 * index + 1], palette[3 * index + 2]) for index in seen)
    return Paletted(width, height, colors, drawn)
