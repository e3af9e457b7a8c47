"""Pixels become cells: pure, and quick enough to be done while the cursor moves.

A cell shows four pixels in two colours: a block character in one of them, on the other. Its pixels are half as wide as
they are high.
"""

from __future__ import annotations

import colorsys
import hashlib
import unicodedata
from functools import lru_cache
from itertools import accumulate
from operator import mul, sub
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from qconn_tui.logos.drawing.color import luminance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RGB: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""


class Thumbnail(NamedTuple):
    """A small picture."""

    width: int
    """Pixels a row."""
    height: int
    """Rows."""
    rgba: bytes
    """Four bytes a pixel, row by row; the colours are not multiplied by alpha."""


class Cell(NamedTuple):
    """A block character and its two colours."""

    block: str
    """What is drawn in `ink`; a space for a cell of one colour."""
    ink: RGB
    paper: RGB
    """The colour around it."""


CellGrid: TypeAlias = tuple[tuple["Cell", ...], ...]
"""Rows of cells, all of the same length."""

_BLOCKS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""The characters by the pixels that they fill: 1, 2, 4 and 8 are those from the top left to the bottom right."""
_SPLITS: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = tuple(
    (
        _BLOCKS[bits],
        tuple(index for index in range(4) if bits >> index & 1),
        tuple(index for index in range(4) if not bits >> index & 1),
    )
    for bits in range(1, 8)
)
"""Every way of giving four pixels one of two colours: the character, and the pixels inside and outside it."""
_KEPT = 64
_FLAT = 12
"""Colours whose channels differ by less are drawn as one: runs of one colour are what makes a picture cheap to send."""

_MOST_COMPARED = 16
"""Colours that others are compared with: a photograph has hundreds, and each would be compared with all."""


class Tile(NamedTuple):
    """What stands in for a logo that is not there: one or two letters on a colour."""

    grid: CellGrid
    """The coloured shape."""
    color: RGB
    """Its colour, the same for the same key."""
    ink: RGB
    """The letters' colour, at least 4.5:1 against the shape's."""
    initials: str
    """One or two letters."""
    row: int
    """The row of the grid where the letters are."""
    column: int
    """The column where they begin."""


@lru_cache(maxsize=_KEPT)
def blocks(thumbnail: Thumbnail, columns: int, rows: int, background: RGB) -> CellGrid:
    """The picture in a box of cells: as large as fits, aspect kept, centred, laid over the background.

    Each pixel of the box is the mean of the picture's pixels under it, weighted by their alpha.
    """
    lines = fit(thumbnail, columns, rows, background)
    palette = _Palette(background)
    return tuple(
        tuple(_cell([*top[at : at + 2], *bottom[at : at + 2]], palette) for at in range(0, 2 * columns, 2))
        for top, bottom in zip(lines[::2], lines[1::2], strict=True)
    )


class _Palette:
    """The colours of one picture; one that is hardly another is taken for it."""

    def __init__(self, *colors: RGB) -> None:
        self._colors = list(colors)
        self._known: dict[RGB, RGB] = {}

    def nearest(self, color: RGB) -> RGB:
        found = self._known.get(color)
        if found is None:
            found = next((known for known in self._colors if _spread((known, color)) < _FLAT), color)
            if found is color and len(self._colors) < _MOST_COMPARED:
                self._colors.append(color)
            self._known[color] = found
        return found


def _spread(colors: Sequence[RGB]) -> int:
    """The largest difference in any channel."""
    channels = [[color[index] for color in colors] for index in range(3)]
    return max(max(channel) - min(channel) for channel in channels)


def _cell(pixels: list[RGB], palette: _Palette) -> Cell:
    """The cell that comes nearest to four pixels, from the top left to the bottom right."""
    if _spread(pixels) < _FLAT:
        color = palette.nearest(_mean(pixels))
        return Cell(" ", color, color)
    splits = [
        (block, [pixels[index] for index in inside], [pixels[index] for index in outside])
        for block, inside, outside in _SPLITS
    ]
    block, inner, outer = min(splits, key=lambda split: _error(split[1]) + _error(split[2]))
    ink, paper = palette.nearest(_mean(inner)), palette.nearest(_mean(outer))
    return Cell(block if ink != paper else " ", ink, paper)


def _mean(pixels: list[RGB]) -> RGB:
    count = len(pixels)
    red, green, blue = ((sum(channel) + count // 2) // count for channel in zip(*pixels, strict=True))
    return red, green, blue


def _error(pixels: list[RGB]) -> float:
    """How far pixels are from their mean: the sum of the squares."""
    error = 0.0
    for channel in zip(*pixels, strict=True):
        error += sum(value * value for value in channel) - sum(channel) ** 2 / len(channel)
    return error


def fit(thumbnail: Thumbnail, columns: int, rows: int, background: RGB) -> list[list[RGB]]:
    """The pixels of a box of cells, two across and two down each, with the picture in their middle."""
    across, down = columns * 2, rows * 2
    scale = min(columns / thumbnail.width, down / thumbnail.height)
    width = min(across, max(1, round(thumbnail.width * scale * 2)))
    height = min(down, max(1, round(thumbnail.height * scale)))
    picture = _shrink(thumbnail, width, height, background)
    left, above = (across - width) // 2, (down - height) // 2
    before, after = [background] * left, [background] * (across - left - width)
    return [
        *([background] * across for _ in range(above)),
        *(before + line + after for line in picture),
        *([background] * across for _ in range(down - above - height)),
    ]


def _shrink(thumbnail: Thumbnail, width: int, height: int, background: RGB) -> list[list[RGB]]:
    """The pixels of the picture at another size, opaque, row by row."""
    left, right = _edges(thumbnail.width, width)
    top, bottom = _edges(thumbnail.height, height)
    alpha = thumbnail.rgba[3::4]
    # With running sums over a whole plane, the sum of any stretch of a row is one subtraction.
    offsets = range(0, thumbnail.width * thumbnail.height, thumbnail.width)
    begins = [offset + x for offset in offsets for x in left]
    ends = [offset + x for offset in offsets for x in right]

    def box_sums(plane: Iterable[int]) -> list[list[int]]:
        running = list(accumulate(plane, initial=0))
        stretches = list(map(sub, map(running.__getitem__, ends), map(running.__getitem__, begins)))
        lines = [stretches[at : at + width] for at in range(0, len(stretches), width)]
        return [list(map(sum, zip(*lines[first:last], strict=True))) for first, last in zip(top, bottom, strict=True)]

    areas = [
        [(b - a) * (d - c) * 255 for a, b in zip(left, right, strict=True)] for c, d in zip(top, bottom, strict=True)
    ]
    clear = [list(map(sub, area, opaque)) for area, opaque in zip(areas, box_sums(alpha), strict=True)]
    channels = []
    for channel, behind in enumerate(background):
        sums = box_sums(map(mul, thumbnail.rgba[channel::4], alpha))
        channels.append(
            [
                [(value + behind * rest + area // 2) // area for value, rest, area in zip(*line, strict=True)]
                for line in zip(sums, clear, areas, strict=True)
            ]
        )
    return [list(zip(*line, strict=True)) for line in zip(*channels, strict=True)]


def _edges(source: int, target: int) -> tuple[list[int], list[int]]:
    """Where each of `target` stretches of `source` pixels begins and ends; none is empty."""
    begins = [index * source // target for index in range(target)]
    return begins, [max(begin + 1, (index + 1) * source // target) for index, begin in enumerate(begins)]


def letter_tile(name: str, key: str, columns: int, rows: int, background: RGB) -> Tile:
    """The stand-in for the logo of something called `name`; `key` decides the colour."""
    color = _color(key)
    plain = Cell(" ", color, color)
    lines = [[plain] * columns for _ in range(rows)]
    if columns > 2 and rows > 2:
        for line, half in ((lines[0], "▄"), (lines[-1], "▀")):
            line[0] = line[-1] = Cell(half, color, background)
    initials, width = _initials(name)
    if width > columns:
        initials, width = "?", 1
    return Tile(
        grid=tuple(map(tuple, lines)),
        color=color,
        ink=_ink(color),
        initials=initials,
        row=rows // 2,
        column=(columns - width) // 2,
    )


def _initials(name: str) -> tuple[str, int]:
    """One or two letters for a name, and how many cells they take."""
    words = "".join(character if character.isalnum() else " " for character in name).split()
    letters = [_upper(word[0]) for word in words]
    if not letters:
        return "?", 1
    first = letters[0]
    if unicodedata.east_asian_width(first) in "WF":
        return first, 2
    # Two letters that are written from right to left would change places.
    if len(letters) > 1 and all(unicodedata.bidirectional(letter) in ("L", "EN") for letter in letters[:2]):
        second = letters[1]
        if unicodedata.east_asian_width(second) not in "WF":
            return first + second, 2
    return first, 1


def _upper(letter: str) -> str:
    upper = letter.upper()
    return upper if len(upper) == 1 else letter


def _color(key: str) -> RGB:
    digest = hashlib.blake2b(key.encode(errors="replace"), digest_size=2).digest()
    hue = int.from_bytes(digest, "big") / 65536
    red, green, blue = colorsys.hls_to_rgb(hue, 0.45, 0.5)
    return round(red * 255), round(green * 255), round(blue * 255)


def _ink(color: RGB) -> RGB:
    """White or black, whichever reads better: the better one always has 4.5:1."""
    # Both have 4.58:1 where (luminance + 0.05)² = 0.05 · 1.05.
    return (0, 0, 0) if luminance(color) > 0.179 else (255, 255, 255)
