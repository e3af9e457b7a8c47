"""Drawing pictures with Unicode block elements, fast enough to keep up with the cursor.

A cell shows two by two pixels in two colours: a quadrant character in one colour on a background of the other. Such a
pixel is half as wide as it is high.
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

    from qconn_tui.logos.drawing.color import RGB
    from qconn_tui.logos.thumbnail import Thumbnail


class Cell(NamedTuple):
    """A character cell: a block element and its two colours."""

    character: str
    """The block element; a space for a cell of one colour."""
    foreground: RGB
    """The colour of the block element."""
    background: RGB
    """The colour around it."""


CellGrid: TypeAlias = tuple[tuple["Cell", ...], ...]
"""Rows of cells, all of the same length."""

_BLOCKS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""The quadrant characters; the bits of an index are the filled pixels: 1 top left, 2 top right, 4 and 8 below."""
_SPLITS: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = tuple(
    (
        _BLOCKS[bits],
        tuple(index for index in range(4) if bits >> index & 1),
        tuple(index for index in range(4) if not bits >> index & 1),
    )
    for bits in range(1, 8)
)
"""Each way to divide four pixels into two colours: the character, and the indexes of its pixels and of the others."""
_CACHED_GRIDS = 64
_MERGE_BELOW = 12
"""Colours whose channels all differ by less become one, because runs of one colour take fewer bytes to send."""
_PALETTE_LIMIT = 16
"""Colours that new ones are compared with; a photograph has hundreds, and comparing all pairs would take too long."""


class Tile(NamedTuple):
    """The placeholder for a missing logo: one or two letters on a colour."""

    grid: CellGrid
    """The coloured shape, without the letters."""
    color: RGB
    """The shape's colour, the same for the same key."""
    foreground: RGB
    """The letters' colour, with a contrast of at least 4.5:1 to the shape (WCAG 2.x, level AA)."""
    initials: str
    """One or two letters."""
    row: int
    """The row of the grid where the letters stand."""
    column: int
    """The column of the grid where the letters begin."""


@lru_cache(maxsize=_CACHED_GRIDS)
def blocks(thumbnail: Thumbnail, columns: int, rows: int, background: RGB) -> CellGrid:
    """Draw the picture in a box of cells: as large as fits, in its aspect ratio, centred, over the background.

    Args:
        thumbnail: The picture.
        columns: The width of the box in cells.
        rows: The height of the box in cells.
        background: The colour behind transparent pixels and around the picture.
    """
    lines = fit(thumbnail, columns, rows, background)
    palette = _Palette(background)
    return tuple(
        tuple(_cell([*top[at : at + 2], *bottom[at : at + 2]], palette) for at in range(0, 2 * columns, 2))
        for top, bottom in zip(lines[::2], lines[1::2], strict=True)
    )


class _Palette:
    """The colours of one picture; nearly equal colours become one."""

    def __init__(self, *colors: RGB) -> None:
        self._colors = list(colors)
        self._known: dict[RGB, RGB] = {}

    def nearest(self, color: RGB) -> RGB:
        """Return a nearly equal colour that the picture already has, or `color` itself."""
        found = self._known.get(color)
        if found is None:
            found = next((known for known in self._colors if _spread((known, color)) < _MERGE_BELOW), color)
            if found is color and len(self._colors) < _PALETTE_LIMIT:
                self._colors.append(color)
            self._known[color] = found
        return found


def _spread(colors: Sequence[RGB]) -> int:
    """Return the largest difference in any channel."""
    channels = [[color[index] for color in colors] for index in range(3)]
    return max(max(channel) - min(channel) for channel in channels)


def _cell(pixels: list[RGB], palette: _Palette) -> Cell:
    """Return the cell that is closest to four pixels, given from the top left to the bottom right."""
    if _spread(pixels) < _MERGE_BELOW:
        color = palette.nearest(_mean(pixels))
        return Cell(" ", color, color)
    splits = [
        (character, [pixels[index] for index in inside], [pixels[index] for index in outside])
        for character, inside, outside in _SPLITS
    ]
    character, inner, outer = min(splits, key=lambda split: _error(split[1]) + _error(split[2]))
    foreground, background = palette.nearest(_mean(inner)), palette.nearest(_mean(outer))
    return Cell(character if foreground != background else " ", foreground, background)


def _mean(pixels: list[RGB]) -> RGB:
    count = len(pixels)
    red, green, blue = ((sum(channel) + count // 2) // count for channel in zip(*pixels, strict=True))
    return red, green, blue


def _error(pixels: list[RGB]) -> float:
    """Return the sum of the squared differences of the pixels from their mean."""
    error = 0.0
    for channel in zip(*pixels, strict=True):
        error += sum(value * value for value in channel) - sum(channel) ** 2 / len(channel)
    return error


def fit(thumbnail: Thumbnail, columns: int, rows: int, background: RGB) -> list[list[RGB]]:
    """Return the pixels of a box of cells, two by two for each cell, with the picture in the middle.

    Each pixel is the mean of the picture's pixels under it, weighted by their alpha. The arguments are those of
    `blocks`.
    """
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
    """Return the opaque pixels of the picture at another size, row by row."""
    left, right = _edges(thumbnail.width, width)
    top, bottom = _edges(thumbnail.height, height)
    alpha = thumbnail.rgba[3::4]
    # With prefix sums over a whole channel, the sum over any stretch of a row is one subtraction.
    offsets = range(0, thumbnail.width * thumbnail.height, thumbnail.width)
    begins = [offset + x for offset in offsets for x in left]
    ends = [offset + x for offset in offsets for x in right]

    def box_sums(plane: Iterable[int]) -> list[list[int]]:
        """Return the sum of a channel over the source pixels of each target pixel."""
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
    """Divide `source` pixels into `target` stretches, none empty; return where they begin and where they end."""
    begins = [index * source // target for index in range(target)]
    return begins, [max(begin + 1, (index + 1) * source // target) for index, begin in enumerate(begins)]


def letter_tile(name: str, key: str, columns: int, rows: int, background: RGB) -> Tile:
    """Draw the placeholder for the logo of a connector without one.

    Args:
        name: The connector's name, which gives the letters.
        key: The text that decides the colour.
        columns: The width of the box in cells.
        rows: The height of the box in cells.
        background: The colour around the shape's corners.
    """
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
        foreground=_text_color(color),
        initials=initials,
        row=rows // 2,
        column=(columns - width) // 2,
    )


def _initials(name: str) -> tuple[str, int]:
    """Return one or two letters for a name, and how many cells they take."""
    words = "".join(character if character.isalnum() else " " for character in name).split()
    letters = [_upper(word[0]) for word in words]
    if not letters:
        return "?", 1
    first = letters[0]
    if unicodedata.east_asian_width(first) in "WF":
        return first, 2
    # The terminal may swap two letters of a right-to-left script.
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


def _text_color(color: RGB) -> RGB:
    """Return black or white, the one with more contrast, which is always at least 4.5:1 (WCAG 2.x)."""
    # The contrasts are equal, 4.58:1, where (luminance + 0.05)² = 0.05 · 1.05.
    return (0, 0, 0) if luminance(color) > 0.179 else (255, 255, 255)
