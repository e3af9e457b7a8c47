"""Pixels become cells, and names become tiles."""

from __future__ import annotations

import random
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.logos.drawing.blocks import Cell, blocks, fit, letter_tile
from qconn_tui.logos.drawing.color import RGB, luminance
from qconn_tui.logos.thumbnail import Thumbnail

if TYPE_CHECKING:
    from collections.abc import Sequence

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def picture(*rows: Sequence[tuple[int, ...]]) -> Thumbnail:
    flat = [value for row in rows for color in row for value in (*color, *(255,) * (4 - len(color)))]
    return Thumbnail(len(rows[0]), len(rows), bytes(flat))


def plain(width: int, height: int, color: tuple[int, ...]) -> Thumbnail:
    return picture(*[[color] * width] * height)


def test_a_pixel_is_a_quarter_of_a_cell() -> None:
    assert fit(picture([RED, GREEN], [BLUE, WHITE]), 2, 1, BLACK) == [
        [RED, RED, GREEN, GREEN],
        [BLUE, BLUE, WHITE, WHITE],
    ]


def test_pixels_are_averaged() -> None:
    assert fit(picture([RED, BLUE] * 4, [RED, BLUE] * 4), 2, 1, BLACK)[0] == [(128, 0, 128)] * 4


def test_a_picture_that_is_smaller_than_the_box_is_enlarged() -> None:
    assert fit(picture([RED, GREEN]), 4, 1, BLACK) == [[*[RED] * 4, *[GREEN] * 4]] * 2
    assert fit(plain(1, 1, RED), 3, 2, BLACK) == [[RED] * 6] * 3 + [[BLACK] * 6]


def test_alpha_lets_the_background_through_and_weighs_the_colours() -> None:
    assert fit(plain(1, 2, (255, 0, 0, 51)), 1, 1, (0, 0, 100)) == [[(51, 0, 80)] * 2] * 2
    mixed = picture([(255, 0, 0, 255), (0, 255, 0, 0)] * 4)
    assert fit(mixed, 2, 1, BLACK)[0] == [(128, 0, 0)] * 4


@pytest.mark.parametrize(
    ("width", "height", "left", "above", "across", "down"),
    [
        (64, 64, 8, 0, 32, 16),
        (64, 32, 0, 2, 48, 12),
        (32, 64, 16, 0, 16, 16),
        (64, 1, 0, 7, 48, 1),
        (1, 64, 23, 0, 1, 16),
    ],
)
def test_it_fits_keeps_its_aspect_and_is_centred(
    width: int, height: int, left: int, above: int, across: int, down: int
) -> None:
    lines = fit(plain(width, height, RED), 24, 8, BLACK)
    painted = [(x, y) for y, line in enumerate(lines) for x, color in enumerate(line) if color == RED]
    assert painted == [(x, y) for y in range(above, above + down) for x in range(left, left + across)]


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 30), st.integers(1, 15), st.integers(0, 255), st.data())
def test_a_box_has_the_asked_size_and_a_plain_picture_stays_plain(
    width: int, height: int, columns: int, rows: int, alpha: int, data: st.DataObject
) -> None:
    color = data.draw(st.tuples(*[st.integers(0, 255)] * 3))
    background = data.draw(st.tuples(*[st.integers(0, 255)] * 3))
    lines = fit(plain(width, height, (*color, alpha)), columns, rows, background)
    assert [len(line) for line in lines] == [columns * 2] * rows * 2
    shown = {value for line in lines for value in line}
    blend = tuple(
        (one * alpha + other * (255 - alpha) + 127) // 255 for one, other in zip(color, background, strict=True)
    )
    assert shown <= {blend, background}
    assert blend in shown
    grid = blocks(plain(width, height, (*color, alpha)), columns, rows, background)
    assert [len(row) for row in grid] == [columns] * rows


def test_a_gradient_keeps_its_order_and_every_pixel_counts() -> None:
    ramp = [(value * 4, value * 4, value * 4) for value in range(64)]
    reds = [color[0] for color in fit(picture(*[ramp] * 64), 24, 12, BLACK)[0]]
    assert reds == sorted(reds)
    dot = [[BLACK] * 64 for _ in range(64)]
    for spot in (0, 31, 32, 63):
        dot[spot][spot] = WHITE
    flat = [color for line in fit(picture(*dot), 24, 12, BLACK) for color in line]
    assert sum(color != BLACK for color in flat) == 4


@pytest.mark.parametrize(
    ("quarters", "block"),
    [
        ((RED, BLUE, BLUE, BLUE), "▘"),
        ((RED, RED, BLUE, BLUE), "▀"),
        ((RED, BLUE, RED, BLUE), "▌"),
        ((RED, BLUE, BLUE, RED), "▞"),
        ((RED, RED, RED, BLUE), "▛"),
    ],
)
def test_a_cell_shows_four_pixels_in_two_colours(quarters: tuple[RGB, ...], block: str) -> None:
    wide = [[color for color in quarters[at : at + 2] for _ in range(2)] for at in (0, 2)]
    ((cell,),) = blocks(picture(*(row for row in wide for _ in range(4))), 1, 1, BLACK)
    assert {cell.foreground, cell.background} == {RED, BLUE}
    shapes = {"▘": "▘▟", "▀": "▀▄", "▌": "▌▐", "▞": "▞▚", "▛": "▛▗"}
    assert cell.character in shapes[block]
    assert (cell.character == block) == (cell.foreground == RED) or block == "▞"


def test_of_more_colours_the_nearest_two_are_taken() -> None:
    nearly_red = (240, 20, 0)
    rows = [[RED, RED, BLUE, BLUE]] * 4 + [[nearly_red, nearly_red, BLUE, BLUE]] * 4
    ((cell,),) = blocks(picture(*rows), 1, 1, BLACK)
    assert {cell.foreground, cell.background} == {(248, 10, 0), BLUE}


def test_colours_that_are_hardly_told_apart_are_one() -> None:
    near = (252, 3, 1)
    grid = blocks(picture([RED, near, (9, 9, 9)]), 3, 1, BLACK)
    assert len({color for cell in grid[0] for color in (cell.foreground, cell.background)}) == 2
    assert Cell(" ", BLACK, BLACK) in grid[0], "nearly the background is the background"


def test_a_photograph_is_drawn_as_well() -> None:
    noise = Thumbnail(128, 128, random.Random(1).randbytes(128 * 128 * 4))
    grid = blocks(noise, 40, 20, BLACK)
    assert len({cell.foreground for row in grid for cell in row}) > 100


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Airtable", "A"),
        ("Nordwind Mail", "NM"),
        ("nordwind mail (beta)", "NM"),
        ("one-two three", "OT"),
        ("S3", "S"),
        ("3 Pigs", "3P"),
        ("東京 カレンダー", "東"),
        ("Tokyo 東京", "T"),
        ("émile zola", "ÉZ"),
        ("ßeta", "ß"),
        ("שלום עולם", "ש"),
        ("👩‍💻 Desk", "D"),
        ("👩‍💻", "?"),
        ("", "?"),
        ("  ---  ", "?"),
        ("\ufffd", "?"),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert letter_tile(name, "key", 24, 12, BLACK).initials == initials


@given(st.text(max_size=12), st.integers(2, 30), st.integers(1, 15))
def test_the_letters_lie_within_the_tile(name: str, columns: int, rows: int) -> None:
    tile = letter_tile(name, "key", columns, rows, BLACK)
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in tile.initials)
    assert [len(row) for row in tile.grid] == [columns] * rows
    assert 1 <= width <= 2
    assert 0 <= tile.column <= columns - width
    assert 0 <= tile.row < rows
    for column in range(tile.column, tile.column + width):
        assert tile.grid[tile.row][column] == Cell(" ", tile.color, tile.color)


def test_letters_that_do_not_fit_are_left_out() -> None:
    assert letter_tile("東京", "key", 1, 1, BLACK).initials == "?"


def test_the_colour_follows_the_key_alone() -> None:
    tile = letter_tile("A", "0d87347d", 8, 4, BLACK)
    assert tile.color == letter_tile("B", "0d87347d", 3, 2, WHITE).color == (172, 57, 61)
    assert len({letter_tile("A", str(key), 4, 2, BLACK).color for key in range(100)}) > 90


def contrast(one: RGB, other: RGB) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_letters_are_readable_and_the_tile_is_seen_on_dark_and_light() -> None:
    for key in range(2000):
        tile = letter_tile("A", str(key), 4, 2, BLACK)
        assert contrast(tile.foreground, tile.color) >= 4.5
        assert contrast(tile.color, (30, 30, 30)) >= 1.5
        assert contrast(tile.color, (245, 245, 245)) >= 1.5


def test_a_large_tile_has_round_corners() -> None:
    tile = letter_tile("A", "key", 6, 3, BLACK)
    assert tile.grid[0][0] == tile.grid[0][-1] == Cell("▄", tile.color, BLACK)
    assert tile.grid[-1][0] == tile.grid[-1][-1] == Cell("▀", tile.color, BLACK)
    assert tile.grid[0][1] == Cell(" ", tile.color, tile.color)
