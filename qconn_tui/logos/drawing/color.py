"""Colours as the eye sees them: in RGB, a red is as near to magenta, and blue as bright as green."""

from __future__ import annotations

from functools import lru_cache
from math import dist
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from qconn_tui.logos.drawing.blocks import RGB

Lab: TypeAlias = tuple[float, float, float]
"""Lightness and two axes of hue, of CIELAB with the white of sRGB (D65); distances are about as the eye sees them."""


def nearest(color: RGB, palette: tuple[RGB, ...]) -> RGB:
    """The colour of the palette that looks most like `color`."""
    place = to_lab(color)
    places = _places(palette)
    return palette[min(range(len(palette)), key=lambda index: dist(place, places[index]))]


@lru_cache(maxsize=4)
def _places(palette: tuple[RGB, ...]) -> tuple[Lab, ...]:
    return tuple(map(to_lab, palette))


def to_lab(color: RGB) -> Lab:
    """The place of an sRGB colour in CIELAB."""
    red, green, blue = _linear(color)
    x = _cube_root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _cube_root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _cube_root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube_root(value: float) -> float:
    """The cube root, and a straight line where that would be too steep."""
    return value ** (1 / 3) if value > 216 / 24389 else value * 841 / 108 + 4 / 29


def luminance(color: RGB) -> float:
    """Relative luminance as WCAG has it: 0 is black, 1 is white."""
    red, green, blue = _linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(color: RGB) -> tuple[float, float, float]:
    """The amounts of light of an sRGB colour, 0 to 1 each; its channels are not in proportion to them."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in color)
    )
    return red, green, blue
