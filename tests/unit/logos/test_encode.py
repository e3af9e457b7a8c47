"""Pictures for terminals that draw pixels: correct, within their byte budget, and valid in each protocol."""

from __future__ import annotations

import base64
import io
import random
import re
import statistics
from functools import cache
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from qconn_tui.demo.logo_images import draw
from qconn_tui.logos.decoder.decode import decode, pixels
from qconn_tui.logos.drawing import kitty, sixel
from qconn_tui.logos.drawing.encode import KITTY_BYTES, SIXEL_BYTES, Box, LogoRequest, PixelMode, encode
from qconn_tui.logos.drawing.palette import Paletted, quantise
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.terminal.passthrough import wrap_for_tmux

if TYPE_CHECKING:
    from qconn_tui.logos.drawing.color import RGB

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (20, 20, 20)
TWO_ROWS = Paletted(3, 2, (RED, BLUE), bytes((0, 1, 2, 1, 1, 0)))
"""Red, blue and a pixel that is not drawn; below blue, blue, red."""
BOX = Box(16, 8, (10, 20), GREY)


def plain(width: int, height: int, color: tuple[int, ...]) -> Thumbnail:
    return Thumbnail(width, height, bytes((*color, *(255,) * (4 - len(color)))) * width * height)


def logo(seed: int) -> Thumbnail:
    return pixels(decode(draw(seed, 128)))


@cache
def logos() -> tuple[Thumbnail, ...]:
    return tuple(logo(seed) for seed in range(50))


def shown(picture: Paletted) -> list[RGB | None]:
    """The colours of the pixels, None where nothing is drawn."""
    return [(*picture.colors, None)[number] for number in picture.indexes]


def drawn_sixels(sequence: str, width: int, height: int) -> list[RGB | None]:
    """What a terminal makes of a sixel picture, in percents of each colour."""
    match = re.fullmatch(r'\x1bP0;1q"1;1;(\d+);(\d+)([^\x1b]*)\x1b\\', sequence)
    assert match
    assert (int(match[1]), int(match[2])) == (width, height)
    canvas: dict[tuple[int, int], RGB] = {}
    colors: dict[int, RGB] = {}
    x = y = color = 0
    for define, choose, count, sixels, control in re.findall(
        r"#(\d+;2;\d+;\d+;\d+)|#(\d+)|!(\d+)|([?-~])|([$-])", match[3].replace("!", " !")
    ):
        if define:
            number, _, red, green, blue = map(int, define.split(";"))
            colors[number] = (red, green, blue)
        elif choose:
            color = int(choose)
        elif count:
            repeat = int(count)
        elif control:
            x, y = 0, y + 6 * (control == "-")
        else:
            for _ in range(repeat):
                for bit in range(6):
                    if (ord(sixels) - 63) >> bit & 1:
                        canvas[x, y + bit] = colors[color]
                x = x + 1
        repeat = int(count) if count else 1
    return [canvas.get((x, y)) for y in range(height) for x in range(width)]


# --- few colours -------------------------------------------------------------------------------------------------


def test_the_picture_is_centred_in_its_frame_and_nothing_is_drawn_around_it() -> None:
    picture = quantise(plain(4, 2, RED), 8, 8, GREY, 64)
    assert shown(picture) == [None] * 16 + [RED] * 32 + [None] * 16


def test_what_is_half_transparent_lies_over_the_background() -> None:
    picture = quantise(plain(4, 4, (255, 0, 0, 128)), 4, 4, (0, 0, 100), 64)
    assert shown(picture) == [(128, 0, 50)] * 16
    assert shown(quantise(plain(4, 4, (255, 0, 0, 0)), 4, 4, GREY, 64)) == [None] * 16


@pytest.mark.parametrize("most", [4, 8, 64])
def test_there_are_at_most_so_many_colours(most: int) -> None:
    noise = Thumbnail(40, 40, random.Random(1).randbytes(6400))
    picture = quantise(noise, 40, 40, GREY, most)
    assert len(picture.colors) == most
    assert max(picture.indexes) <= most


# --- kitty -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 4, 15, 16, 64])
def test_the_png_holds_the_same_pixels(count: int) -> None:
    colors = tuple((number, 255 - number, 7) for number in range(count))
    dice = random.Random(count)
    picture = Paletted(13, 9, colors, bytes(dice.randrange(count + 1) for _ in range(13 * 9)))
    with Image.open(io.BytesIO(kitty.encode_png(picture))) as opened:
        found = opened.convert("RGBA").tobytes()
    quads = [tuple(found[at : at + 4]) for at in range(0, len(found), 4)]
    assert [quad[:3] if quad[3] else None for quad in quads] == shown(picture)


def test_an_upload_draws_nothing_and_asks_for_no_reply() -> None:
    assert kitty.upload(7, b"abc", 16, 8) == "\x1b_Ga=T,U=1,f=100,q=2,i=7,c=16,r=8;YWJj\x1b\\"


def test_a_long_file_goes_in_pieces() -> None:
    file = random.Random(1).randbytes(8000)
    commands = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty.upload(7, file, 16, 8))
    assert [keys.rpartition("m=")[2] for keys, _ in commands] == ["1", "1", "0"]
    assert all("q=2" in keys for keys, _ in commands), "an answer would be typed into the program"
    assert all(len(piece) <= 4096 and len(piece) % 4 == 0 for _, piece in commands)
    assert base64.b64decode("".join(piece for _, piece in commands)) == file


def test_in_tmux_every_command_is_passed_through() -> None:
    file = random.Random(1).randbytes(8000)
    for plainly, wrapped in (
        (kitty.upload(7, file, 16, 8), kitty.upload(7, file, 16, 8, wrap_for_tmux)),
        (kitty.delete(7), kitty.delete(7, wrap_for_tmux)),
    ):
        inner = re.findall(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", wrapped)
        assert "".join(inner).replace("\x1b\x1b", "\x1b") == plainly
        assert len(inner) == plainly.count("\x1b_G")


def test_a_picture_is_deleted_with_its_data() -> None:
    assert kitty.delete(7) == "\x1b_Ga=d,d=I,q=2,i=7\x1b\\"


def test_each_row_of_placeholders_has_its_own_mark() -> None:
    lines = kitty.placeholders(16, kitty.MAX_ROWS)
    assert len({line[1] for line in lines}) == kitty.MAX_ROWS
    assert lines[0] == "\U0010eeee\u0305" + "\U0010eeee" * 15
    assert lines[1].startswith("\U0010eeee\u030d")
    assert len("".join(kitty.placeholders(16, 8)).encode()) == 8 * (16 * 4 + 2)


# --- sixel -------------------------------------------------------------------------------------------------------


def test_a_sixel_picture_in_full() -> None:
    assert sixel.encode(TWO_ROWS) == '\x1bP0;1q"1;1;3;2#0;2;100;0;0#1;2;0;0;100#1BB$#0@?A\x1b\\'


@pytest.mark.parametrize("count", [1, 2, 5, 64])
@pytest.mark.parametrize("height", [1, 6, 7, 20])
def test_what_a_terminal_draws_is_the_picture(count: int, height: int) -> None:
    colors = tuple((number * 255 // 100, 0, 255) for number in range(count))
    dice = random.Random(count)
    picture = Paletted(30, height, colors, bytes(min(count, dice.randrange(count + 4)) for _ in range(30 * height)))
    percents = [None if color is None else (round(color[0] / 2.55), 0, 100) for color in shown(picture)]
    assert drawn_sixels(sixel.encode(picture), 30, height) == percents


def test_a_sixel_logo_keeps_its_pixels() -> None:
    picture = quantise(logo(3), 80, 80, GREY, 16)
    percents = [
        None if color is None else tuple(round(channel * 100 / 255) for channel in color) for color in shown(picture)
    ]
    assert drawn_sixels(sixel.encode(picture), 80, 80) == percents


# --- both --------------------------------------------------------------------------------------------------------


def sizes(mode: PixelMode, box: Box) -> list[int]:
    pictures = [encode(LogoRequest(thumbnail, mode, box)) for thumbnail in logos()]
    if mode == "sixel":
        return [len(picture.content) for picture in pictures]
    return [len(kitty.upload(0x123456, picture.content, 16, 8)) for picture in pictures]


@pytest.mark.parametrize(("mode", "limit"), [("kitty", KITTY_BYTES), ("sixel", SIXEL_BYTES)])
def test_fifty_logos_stay_within_their_bytes(mode: PixelMode, limit: int) -> None:
    bytes_of = sizes(mode, BOX)
    assert max(bytes_of) <= limit
    assert statistics.median(bytes_of) > limit / 2, "bytes that may be used are used"


def test_as_many_colours_as_fit_are_kept() -> None:
    flat = encode(LogoRequest(plain(64, 64, RED), "sixel", BOX))
    assert flat.content.count(b";2;") == 1
    rich = encode(LogoRequest(logo(3), "sixel", Box(4, 2, (10, 20), GREY)))
    poor = encode(LogoRequest(logo(3), "sixel", BOX))
    assert rich.content.count(b";2;") > poor.content.count(b";2;") >= 4


@pytest.mark.parametrize("mode", ["kitty", "sixel"])
def test_a_photograph_gets_the_fewest_colours(mode: PixelMode) -> None:
    noise = Thumbnail(128, 128, random.Random(1).randbytes(128 * 128 * 4))
    picture = encode(LogoRequest(noise, mode, BOX))
    assert (picture.columns, picture.rows) == (16, 8)
    if mode == "sixel":
        assert picture.content.count(b";2;") == 4
    else:
        with Image.open(io.BytesIO(picture.content)) as opened:
            assert len(opened.getpalette() or []) // 3 <= 16


def test_an_encoded_logo_is_cached() -> None:
    request = LogoRequest(logo(1), "kitty", BOX)
    assert encode(request) is encode(LogoRequest(logo(1), "kitty", BOX))
    assert encode(request) is not encode(LogoRequest(logo(1), "kitty", Box(12, 6, (10, 20), GREY)))
