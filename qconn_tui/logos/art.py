"""Pixels become cells: pure, and quick enough to be done while the cursor moves.

A cell shows two pixels, one above the other. A cell that looks like the background is None, so that it is
drawn as a plain space.
"""

from __future__ import annotations

import colorsys
import hashlib
import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from operator import mul, sub
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

RGB: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture."""

    width: int
    """Pixels a row."""
    height: int
    """Rows."""
    rgba: bytes
    """Four bytes a pixel, row by row; the colours are not multiplied by alpha."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Two pixels, one above the other."""

    top: RGB
    """The upper half's colour."""
    bottom: RGB
    """The lower half's colour."""


CellGrid: TypeAlias = tuple[tuple["Cell | None", ...], ...]
"""Rows of cells, all of the same length; None is the background."""


@dataclass(frozen=True, slots=True)
class Tile:
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


def half_blocks(thumbnail: Thumbnail, columns: int, rows: int, background: RGB) -> CellGrid:
    """The picture in a box of cells: as large as fits, aspect kept, centred, laid over the background.

    Each pixel of the box is the mean of the picture's pixels under it, weighted by their alpha.
    """
    across, down = columns, rows * 2
    scale = min(across / thumbnail.width, down / thumbnail.height)
    width = min(across, max(1, round(thumbnail.width * scale)))
    height = min(down, max(1, round(thumbnail.height * scale)))
    picture = _shrink(thumbnail, width, height, background)
    left, above = (across - width) // 2, (down - height) // 2
    before, after = [background] * left, [background] * (across - left - width)
    lines = [
        *([background] * across for _ in range(above)),
        *(before + line + after for line in picture),
        *([background] * across for _ in range(down - above - height)),
    ]
    return _cells(lines, background)


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


def _cells(lines: list[list[RGB]], background: RGB) -> CellGrid:
    """Pixel rows, an even number of them, as cells."""
    empty = (background, background)
    return tuple(
        tuple(None if pair == empty else Cell(*pair) for pair in zip(top, bottom, strict=True))
        for top, bottom in zip(lines[::2], lines[1::2], strict=True)
    )


def letter_tile(name: str, key: str, columns: int, rows: int, background: RGB) -> Tile:
    """The stand-in for the logo of something called `name`; `key` decides the colour."""
    color = _color(key)
    lines = [[color] * columns for _ in range(rows * 2)]
    if columns > 2 and rows > 2:
        for line in (lines[0], lines[-1]):
            line[0] = line[-1] = background
    initials, width = _initials(name)
    if width > columns:
        initials, width = "?", 1
    return Tile(
        grid=_cells(lines, background),
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


def luminance(color: RGB) -> float:
    """Relative luminance as WCAG has it: 0 is black, 1 is white."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
