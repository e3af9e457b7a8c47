"""Colours, and how they look to the eye, which distances in RGB do not tell."""

from __future__ import annotations

from functools import lru_cache
from math import dist
from typing import TypeAlias

RGB: TypeAlias = tuple[int, int, int]
"""An sRGB colour: red, green and blue, 0 to 255 each."""
Lab: TypeAlias = tuple[float, float, float]
"""A CIELAB colour: L*, a* and b*. Euclidean distances approximate differences that the eye sees (CIE76)."""


def nearest(color: RGB, palette: tuple[RGB, ...]) -> RGB:
    """Return the colour of the palette that looks most like `color`, by distance in CIELAB (CIE76)."""
    lab = to_lab(color)
    labs = _palette_to_lab(palette)
    return palette[min(range(len(palette)), key=lambda index: dist(lab, labs[index]))]


@lru_cache(maxsize=4)
def _palette_to_lab(palette: tuple[RGB, ...]) -> tuple[Lab, ...]:
    return tuple(map(to_lab, palette))


def to_lab(color: RGB) -> Lab:
    """Convert an sRGB colour to CIELAB with the white point of sRGB (IEC 61966-2-1, CIE 15; D65)."""
    red, green, blue = _linear(color)
    x = _cube_root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _cube_root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _cube_root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube_root(value: float) -> float:
    """Return CIELAB's f(t): the cube root, and a straight line near zero, where the root is too steep."""
    return value ** (1 / 3) if value > 216 / 24389 else value * 841 / 108 + 4 / 29


def luminance(color: RGB) -> float:
    """Return the relative luminance of WCAG 2.x, from 0 for black to 1 for white.

    https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
    """
    red, green, blue = _linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(color: RGB) -> tuple[float, float, float]:
    """Return the linear channels of an sRGB colour, 0 to 1 each (IEC 61966-2-1)."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in color)
    )
    return red, green, blue
