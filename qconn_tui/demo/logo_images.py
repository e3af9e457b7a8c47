"""The embedded tenant's logos: named so that nothing has to be remembered, and drawn when asked for.

A file name is 32 hexadecimal digits, as on the real CDN; the names of a logo's three sizes look unrelated.
The digits are a seed and a size, scrambled by a permutation of the 128-bit numbers; undone, they tell what to
draw.
"""

from __future__ import annotations

import random
from colorsys import hls_to_rgb
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

SIZES = (32, 64, 128)
"""Edge of the small, medium and large logo in pixels."""

_SEED_LIMIT = 1 << 64
_MASK = (1 << 128) - 1
_FACTOR = 0x9E3779B97F4A7C15F39CC0605CEDC835
_INVERSE = pow(_FACTOR, -1, 1 << 128)
_SUPERSAMPLING = 4


def logo_name(seed: int, size: int) -> str:
    """The 32 digits that name the logo drawn from `seed` (64 bits) with an edge of `size` pixels."""
    number = (size << 64 | seed % _SEED_LIMIT) * _FACTOR & _MASK
    # A product's low digits depend on low digits only, so the halves are swapped before the second one.
    number = (number >> 64 | number << 64) & _MASK
    return f"{number * _FACTOR & _MASK:032x}"


def draw_named(name: str) -> bytes | None:
    """The PNG file called `name`, or None when no logo is called so."""
    number = int(name, 16) * _INVERSE & _MASK
    number = (number >> 64 | number << 64) * _INVERSE & _MASK
    size, seed = divmod(number, _SEED_LIMIT)
    return draw(seed, size) if size in SIZES else None


@lru_cache(maxsize=512)
def draw(seed: int, size: int) -> bytes:
    """A PNG file with an edge of `size` pixels: a glyph in one colour on a rounded plate in another."""
    from PIL import Image, ImageDraw

    choices = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    hue = choices.randrange(360)
    plate, glyph = _colour(hue, 62, 44), _colour(hue + choices.choice((0, 40, 150, 190)), 85, 88)
    edge = size * _SUPERSAMPLING
    image = Image.new("RGBA", (edge, edge), (*plate, 0))
    pen = ImageDraw.Draw(image)
    choices.choice(_PLATES)(pen, edge, plate)
    choices.choice(_GLYPHS)(pen, edge, glyph, plate)
    file = BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


Colour = tuple[int, int, int]


def _colour(hue: int, saturation: int, lightness: int) -> Colour:
    red, green, blue = hls_to_rgb(hue % 360 / 360, lightness / 100, saturation / 100)
    return round(red * 255), round(green * 255), round(blue * 255)


def _box(edge: int, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """A rectangle given in hundredths of the edge, in pixels."""
    return left * edge / 100, top * edge / 100, right * edge / 100 - 1, bottom * edge / 100 - 1


def _plate_square(pen: ImageDraw, edge: int, colour: Colour) -> None:
    pen.rounded_rectangle(_box(edge, 2, 2, 98, 98), radius=edge * 0.22, fill=colour)


def _plate_circle(pen: ImageDraw, edge: int, colour: Colour) -> None:
    pen.ellipse(_box(edge, 1, 1, 99, 99), fill=colour)


def _plate_hexagon(pen: ImageDraw, edge: int, colour: Colour) -> None:
    pen.regular_polygon((edge / 2, edge / 2, edge * 0.49), 6, rotation=30, fill=colour)


def _plate_leaf(pen: ImageDraw, edge: int, colour: Colour) -> None:
    pen.rounded_rectangle(_box(edge, 2, 2, 98, 98), radius=edge * 0.42, fill=colour, corners=(True, False, True, False))


def _glyph_ring(pen: ImageDraw, edge: int, colour: Colour, plate: Colour) -> None:
    pen.ellipse(_box(edge, 22, 22, 78, 78), fill=colour)
    pen.ellipse(_box(edge, 38, 30, 70, 62), fill=plate)


def _glyph_bars(pen: ImageDraw, edge: int, colour: Colour, _plate: Colour) -> None:
    for left, top in ((24, 54), (43, 38), (62, 24)):
        pen.rounded_rectangle(_box(edge, left, top, left + 14, 76), radius=edge * 0.05, fill=colour)


def _glyph_envelope(pen: ImageDraw, edge: int, colour: Colour, plate: Colour) -> None:
    pen.rounded_rectangle(_box(edge, 20, 30, 80, 72), radius=edge * 0.06, fill=colour)
    points = [(x * edge / 100, y * edge / 100) for x, y in ((24, 36), (50, 56), (76, 36))]
    pen.line(points, fill=plate, width=edge // 18, joint="curve")


def _glyph_chevrons(pen: ImageDraw, edge: int, colour: Colour, _plate: Colour) -> None:
    for shift in (0, 24):
        points = [((x + shift) * edge / 100, y * edge / 100) for x, y in ((28, 26), (50, 50), (28, 74))]
        pen.line(points, fill=colour, width=edge // 9, joint="curve")


def _glyph_petals(pen: ImageDraw, edge: int, colour: Colour, plate: Colour) -> None:
    for left, top in ((34, 18), (50, 34), (34, 50), (18, 34)):
        pen.ellipse(_box(edge, left, top, left + 32, top + 32), fill=colour)
    pen.ellipse(_box(edge, 42, 42, 58, 58), fill=plate)


def _glyph_moon(pen: ImageDraw, edge: int, colour: Colour, plate: Colour) -> None:
    pen.ellipse(_box(edge, 20, 22, 76, 78), fill=colour)
    pen.ellipse(_box(edge, 40, 18, 86, 64), fill=plate)


def _glyph_stack(pen: ImageDraw, edge: int, colour: Colour, plate: Colour) -> None:
    for top in (54, 38, 22):
        pen.ellipse(_box(edge, 20, top - 2, 80, top + 28), fill=plate)
        pen.ellipse(_box(edge, 22, top, 78, top + 24), fill=colour)


def _glyph_dots(pen: ImageDraw, edge: int, colour: Colour, _plate: Colour) -> None:
    for left in (23, 43, 63):
        for top in (23, 43, 63):
            if left != 63 or top != 23:
                pen.ellipse(_box(edge, left, top, left + 14, top + 14), fill=colour)


_PLATES = (_plate_square, _plate_circle, _plate_hexagon, _plate_leaf)
_GLYPHS = (
    _glyph_ring, _glyph_bars, _glyph_envelope, _glyph_chevrons,
    _glyph_petals, _glyph_moon, _glyph_stack, _glyph_dots,
)  # fmt: skip
