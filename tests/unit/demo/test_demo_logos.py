from __future__ import annotations

import itertools
import re
from io import BytesIO

import pytest
from PIL import Image

from qconn_tui.demo.logo_images import SIZES, draw, draw_named, logo_name


def decoded(file: bytes) -> Image.Image:
    image = Image.open(BytesIO(file))
    image.load()
    return image


def on_white(file: bytes) -> Image.Image:
    plate = Image.new("RGBA", decoded(file).size, "white")
    return Image.alpha_composite(plate, decoded(file)).convert("RGB")


@pytest.mark.parametrize("size", SIZES)
def test_a_logo_is_a_png_of_its_size_with_clear_corners_and_a_full_middle(size: int) -> None:
    for seed in range(40):
        image = decoded(draw(seed, size))
        assert (image.format, image.size, image.mode) == ("PNG", (size, size), "RGBA")
        alpha = image.getchannel("A")
        assert alpha.getpixel((0, 0)) == 0
        assert alpha.getpixel((size // 2, size // 2)) == 255
        assert alpha.getpixel((size // 2, size // 8)) == 255


def test_logos_of_two_seeds_differ_and_of_one_seed_do_not() -> None:
    assert len({draw(seed, 32) for seed in range(60)}) > 50
    draw.cache_clear()
    first = draw(7, 64)
    draw.cache_clear()
    assert draw(7, 64) == first


def test_the_sizes_of_a_logo_show_the_same_picture() -> None:
    for seed in range(20):
        small = on_white(draw(seed, 32))
        shrunk = on_white(draw(seed, 128)).resize((32, 32), Image.Resampling.BOX)
        pairs = zip(small.tobytes(), shrunk.tobytes(), strict=True)
        assert sum(abs(one - other) for one, other in pairs) / (32 * 32 * 3) < 12


@pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 - 1])
def test_a_name_tells_what_to_draw(seed: int) -> None:
    for size in SIZES:
        name = logo_name(seed, size)
        assert re.fullmatch("[0-9a-f]{32}", name)
        assert draw_named(name) == draw(seed, size)


def test_names_are_unique_and_look_unrelated() -> None:
    names = [logo_name(seed, size) for seed in range(300) for size in SIZES]
    assert len(set(names)) == len(names)
    for one, other in itertools.pairwise(names):
        assert sum(a == b for a, b in zip(one, other, strict=True)) < 14


@pytest.mark.parametrize("name", ["0" * 32, "f" * 32, "a2649cabda63b339ebc68a0c8d028f08", logo_name(1, 48)])
def test_any_other_name_names_no_logo(name: str) -> None:
    assert draw_named(name) is None
