"""Colours as the eye tells them apart."""

from __future__ import annotations

import pytest

from qconn_tui.logos.drawing.color import luminance, nearest, to_lab

CUBE = (0, 95, 135, 175, 215, 255)
PALETTE = tuple((red, green, blue) for red in CUBE for green in CUBE for blue in CUBE)


@pytest.mark.parametrize(
    ("color", "place"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((255, 255, 255), (100, 0, 0)),
        ((255, 0, 0), (53.2, 80.1, 67.2)),
        ((0, 0, 255), (32.3, 79.2, -107.9)),
        ((3, 3, 3), (0.8, 0, 0)),
    ],
)
def test_colours_have_the_places_that_cielab_gives_them(
    color: tuple[int, int, int], place: tuple[float, float, float]
) -> None:
    assert to_lab(color) == pytest.approx(place, abs=0.1)


def test_every_colour_is_nearest_to_itself() -> None:
    assert [nearest(color, PALETTE) for color in PALETTE] == list(PALETTE)


@pytest.mark.parametrize("color", [(220, 40, 60), (200, 45, 55), (190, 30, 45)])
def test_a_red_is_no_magenta(color: tuple[int, int, int]) -> None:
    red, green, blue = nearest(color, PALETTE)
    assert red > 1.5 * green
    assert blue <= green or blue < 0.4 * red


def test_luminance_is_that_of_the_standard() -> None:
    assert luminance((0, 0, 0)) == 0
    assert luminance((255, 255, 255)) == pytest.approx(1)
    assert luminance((119, 119, 119)) == pytest.approx(0.1845, abs=1e-3)
