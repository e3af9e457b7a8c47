"""Pictures that are meant well, and pictures that are not."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from qconn_tui.logos.decoder.decode import SIDE, decode, pixels
from qconn_tui.logos.policy import RETRY_NEXT_MONTH, RETRY_SOON, LogoRefused
from tests.faults.pictures import PNG_MAGIC, encoded, grey_png, png_chunk, with_chunks, without_chunks

RED = (200, 30, 40)


def pixel(data: bytes, x: int, y: int) -> tuple[int, ...]:
    thumbnail = pixels(decode(data))
    at = (y * thumbnail.width + x) * 4
    return tuple(thumbnail.rgba[at : at + 4])


def near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_four_formats_become_a_small_rgba_png(kind: str) -> None:
    png = decode(encoded(Image.new("RGB", (256, 128), RED), kind))
    thumbnail = pixels(png)
    assert (thumbnail.width, thumbnail.height) == (SIDE, SIDE // 2)
    assert len(thumbnail.rgba) == SIDE * SIDE // 2 * 4
    assert near(tuple(thumbnail.rgba[:4]), (*RED, 255))
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        assert picture.mode == "RGBA"


def test_a_small_picture_keeps_its_size() -> None:
    thumbnail = pixels(decode(encoded(Image.new("RGB", (7, 3), RED), "PNG")))
    assert (thumbnail.width, thumbnail.height) == (7, 3)


def test_a_line_does_not_vanish() -> None:
    thumbnail = pixels(decode(encoded(Image.new("RGB", (4000, 1), RED), "PNG")))
    assert (thumbnail.width, thumbnail.height) == (SIDE, 1)


def test_what_is_transparent_does_not_bleed_into_what_is_not() -> None:
    picture = Image.new("RGBA", (512, 512), (0, 255, 0, 0))
    picture.paste((*RED, 255), (1, 1, 512, 512))
    thumbnail = pixels(decode(encoded(picture, "PNG")))
    for at in range(0, len(thumbnail.rgba), 4):
        *color, alpha = thumbnail.rgba[at : at + 4]
        assert alpha < 128 or near(tuple(color), RED, by=16)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (encoded(Image.new("1", (20, 20), 1), "PNG"), (255, 255, 255, 255)),
        (encoded(Image.new("L", (20, 20), 90), "PNG"), (90, 90, 90, 255)),
        (encoded(Image.new("LA", (20, 20), (90, 0)), "PNG"), (90, 90, 90, 0)),
        (encoded(Image.new("I;16", (20, 20), 90 * 256), "PNG"), (90, 90, 90, 255)),
        (encoded(Image.new("RGBA", (20, 20), (*RED, 128)), "PNG"), (*RED, 128)),
        (encoded(Image.new("RGBA", (20, 20), (*RED, 128)), "WEBP", lossless=True), (*RED, 128)),
        (encoded(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG"), (255, 0, 0, 255)),
        (encoded(Image.new("L", (20, 20), 90), "JPEG"), (90, 90, 90, 255)),
    ],
    ids=["1-bit", "grey", "grey-alpha", "16-bit", "rgba", "webp-alpha", "cmyk", "grey-jpeg"],
)
def test_every_kind_of_pixel(data: bytes, wanted: tuple[int, ...]) -> None:
    assert near(pixel(data, 10, 10), wanted)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_palette_with_a_transparent_entry(kind: str) -> None:
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([*RED, 0, 0, 255])
    picture.paste(1, (0, 0, 10, 20))
    data = encoded(picture, kind, transparency=0)
    assert pixel(data, 2, 10) == (0, 0, 255, 255)
    assert pixel(data, 18, 10)[3] == 0


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_shade_of_grey_is_transparent_at_every_depth(depth: int) -> None:
    half = 1 << depth - 1
    # Bits beyond the depth do not count.
    for extra in (0, 1 << depth) if depth < 16 else (0,):
        data = grey_png(depth, [half, half ^ 1], transparent=half | extra)
        shown = (half ^ 1) * 255 // ((1 << depth) - 1)
        assert pixel(data, 0, 0)[3] == 0
        assert near(pixel(data, 1, 0), (shown, shown, shown, 255), by=1)


@pytest.mark.parametrize("interlaced", [0, 1])
def test_a_color_of_16_bits_is_transparent_where_all_of_them_agree(interlaced: int) -> None:
    samples = [(0x1234, 0x5678, 0x9ABC), (0x1234, 0x5678, 0x9ABD), (0x1235, 0x5678, 0x9ABC), (0x3412, 0x7856, 0xBC9A)]
    header = struct.pack(">IIBBBBB", 4, 1, 16, 2, 0, 0, interlaced)
    pixels_ = [struct.pack(">3H", *sample) for sample in samples]
    # The passes of an interlaced row of four: pixel 0, none of the second, then 2, then 1 and 3 (8.2).
    rows = [pixels_] if not interlaced else [pixels_[0:1], pixels_[2:3], pixels_[1::2]]
    content = zlib.compress(b"".join(b"\0" + b"".join(row) for row in rows))
    parts = [(b"IHDR", header), (b"tRNS", pixels_[0]), (b"IDAT", content), (b"IEND", b"")]
    data = PNG_MAGIC + b"".join(png_chunk(*part) for part in parts)
    assert [pixel(data, x, 0)[3] for x in range(4)] == [0, 255, 255, 255]
    assert pixel(data, 1, 0) == (0x12, 0x56, 0x9A, 255)


def test_a_color_of_8_bits_is_transparent() -> None:
    picture = Image.new("RGB", (20, 20), RED)
    picture.paste((200, 30, 41), (10, 0, 20, 20))
    data = encoded(picture, "PNG", transparency=RED)
    assert pixel(data, 2, 10)[3] == 0
    assert pixel(data, 18, 10) == (200, 30, 41, 255)


TEXT = b"Comment\0\0"
GOOD = encoded(Image.new("RGBA", (20, 20), (*RED, 128)), "PNG")
JPEG = encoded(Image.new("RGB", (64, 48), RED), "JPEG")
BROKEN = png_chunk(b"tEXt", b"Comment\0x")[:-4] + b"\0\0\0\0"
SIDE_CHUNKS = {
    "zTXt, large": png_chunk(b"zTXt", TEXT + zlib.compress(bytes(3_000_000), 9)),
    "iTXt, large": png_chunk(b"iTXt", b"XML\0\1\0\0\0" + zlib.compress(b"x" * 3_000_000, 9)),
    "iCCP, large": png_chunk(b"iCCP", TEXT + zlib.compress(bytes(3_000_000), 9)),
    "many zTXt": png_chunk(b"zTXt", TEXT + zlib.compress(bytes(1_000_000), 9)) * 80,
    "zTXt, broken": png_chunk(b"zTXt", TEXT + b"\x78\x9cjunk"),
    "iCCP, broken": png_chunk(b"iCCP", b"no end of the name"),
    "iTXt, broken": png_chunk(b"iTXt", b"\xff\0\1\7"),
    "tEXt, checksum": BROKEN,
    "pHYs, checksum": png_chunk(b"pHYs", bytes(9))[:-4] + b"\0\0\0\0",
    "pHYs, short": png_chunk(b"pHYs", b"\0"),
    "gAMA, empty": png_chunk(b"gAMA", b""),
    "cHRM, sRGB, short": png_chunk(b"cHRM", b"\0") + png_chunk(b"sRGB", b""),
    "tRNS, short": png_chunk(b"tRNS", b"\0"),
    "eXIf, broken": png_chunk(b"eXIf", b"MM\0*junk"),
    "eXIf, checksum": png_chunk(b"eXIf", b"MM\0*\0\0\0\x08")[:-4] + b"\0\0\0\0",
    "acTL, broken": png_chunk(b"acTL", b"\0"),
    "fcTL, broken": png_chunk(b"acTL", bytes((0, 0, 0, 2, 0, 0, 0, 0))) + png_chunk(b"fcTL", b"\0"),
    "unknown": png_chunk(b"prVt", b"x") + png_chunk(b"\xff\0\1\2", b"x"),
}


@pytest.mark.parametrize("chunk", SIDE_CHUNKS.values(), ids=SIDE_CHUNKS)
def test_a_side_chunk_does_not_spoil_a_png(chunk: bytes) -> None:
    plain = decode(GOOD)
    for place in (b"IDAT", b"IEND"):
        assert decode(with_chunks(GOOD, chunk, before=place)) == plain


def test_a_palette_stays_transparent_behind_a_damaged_chunk() -> None:
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([*RED, 0, 0, 255])
    assert pixel(with_chunks(encoded(picture, "PNG", transparency=0), BROKEN, before=b"PLTE"), 2, 2)[3] == 0


def test_what_decides_about_pixels_is_not_repaired() -> None:
    for kind in (b"IHDR", b"PLTE"):
        data = bytearray(encoded(Image.new("P", (20, 20)), "PNG"))
        data[data.index(kind) + 4] ^= 1
        with pytest.raises(LogoRefused, match="cannot be read"):
            decode(bytes(data))


@pytest.mark.parametrize(
    "data",
    [without_chunks(GOOD, b"IEND"), GOOD[:-4], GOOD[:-9], GOOD + b"junk", GOOD[:-12] + BROKEN[:-7]],
    ids=["no-iend", "half-iend", "hardly-an-iend", "more", "half-a-comment"],
)
def test_a_png_may_lack_its_end(data: bytes) -> None:
    assert decode(data) == decode(GOOD)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100}, {"restart_marker_blocks": 2}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("side", [1, 8, 17, 100])
def test_a_jpeg_may_lack_its_last_marker(options: dict[str, Any], mode: str, side: int) -> None:
    for picture in (Image.new("RGB", (side, side), RED), Image.radial_gradient("L").resize((side, side))):
        data = encoded(picture.convert(mode), "JPEG", **options)
        assert data.endswith(b"\xff\xd9")
        whole = decode(data)
        assert decode(data[:-1]) == decode(data[:-2]) == decode(data + b"junk") == whole


SIDE_SEGMENTS = {
    "JFIF, short": b"\xff\xe0\0\x07JFIF\0",
    "Exif, short": b"\xff\xe1\0\x06Exif",
    "Adobe, short": b"\xff\xee\0\x07Adobe",
    "Photoshop, broken": b"\xff\xed\0\x14Photoshop 3.0\0008BIM",
    "Photoshop, cut": b"\xff\xed\0\x16Photoshop 3.0\0008BIM\x04\x04",
    "profile, broken": b"\xff\xe2\0\x0eICC_PROFILE\0",
    "several pictures, broken": b"\xff\xe2\0\x08MPF\0xx",
    "comments": (b"\xff\xfe\xff\xff" + bytes(0xFFFD)) * 15,
    "fill": b"\xff\xff\xff",
}


@pytest.mark.parametrize("segment", SIDE_SEGMENTS.values(), ids=SIDE_SEGMENTS)
def test_a_side_segment_does_not_spoil_a_jpeg(segment: bytes) -> None:
    after_jfif = 2 + 18
    for data in (JPEG[:2] + segment + JPEG[2:], JPEG[:after_jfif] + segment + JPEG[after_jfif:]):
        assert decode(data) == decode(JPEG)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
def test_a_jpeg_that_lacks_more_is_refused(options: dict[str, Any]) -> None:
    noise = Image.frombytes("RGB", (60, 60), random.Random(2).randbytes(60 * 60 * 3))
    data = encoded(noise, "JPEG", **options)
    for share in range(30, 100, 4):
        with pytest.raises(LogoRefused, match="cannot be read"):
            decode(data[: len(data) * share // 100])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_does_not_spoil_a_picture(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = Image.new("RGB", (40, 20), RED)
    data = encoded(plain, kind, exif=exif)
    content = exif.tobytes().removeprefix(b"Exif\0\0")
    assert content in data
    for bad in (b"junk".ljust(len(content), b"\xff"), content[:8].ljust(len(content), b"\xff")):
        damaged = data.replace(content, bad)
        if kind == "PNG":
            damaged = with_chunks(without_chunks(data, b"eXIf"), png_chunk(b"eXIf", bad), before=b"IDAT")
        thumbnail = pixels(decode(damaged))
        assert (thumbnail.width, thumbnail.height) == (40, 20)


def test_a_gif_may_lack_its_end() -> None:
    data = encoded(Image.new("P", (20, 20)), "GIF")
    assert data.endswith(b"\0;")
    assert decode(data[:-1]) == decode(data)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_only_the_first_frame_counts(kind: str) -> None:
    frames = [Image.new("RGB", (30, 30), color) for color in (RED, (0, 255, 0), (0, 0, 255))]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    assert near(pixel(data, 15, 15), (*RED, 255))


def test_a_picture_lying_on_its_side_is_turned() -> None:
    picture = Image.new("RGB", (40, 20), (0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    thumbnail = pixels(decode(encoded(picture, "JPEG", exif=exif)))
    assert (thumbnail.width, thumbnail.height) == (20, 40)


def test_nothing_but_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret"
    data = encoded(Image.new("RGB", (40, 20)), "PNG", exif=exif, icc_profile=b"secret", dpi=(72, 72))
    assert b"secret" in data
    png = decode(data)
    kinds, at = set(), 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        kinds.add(kind)
        at += length + 12
    assert kinds == {b"IHDR", b"IDAT", b"IEND"}


def bomb(width: int, height: int, depth: int = 8, kind: int = 6) -> bytes:
    """A PNG that says it is large, with rows of nothing behind it."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    content = zlib.compress(bytes(1_000_000), 9)
    return PNG_MAGIC + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", content) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        bomb(8000, 8000),
        bomb(2001, 2000),
        bomb(13_000, 13_000, depth=1, kind=0),
        bomb(2**31 - 1, 2**31 - 1),
        encoded(Image.new("P", (3000, 3000)), "GIF"),
        encoded(Image.new("RGB", (2500, 2000)), "WEBP", quality=1, method=0),
        encoded(Image.new("L", (2500, 2000)), "JPEG", quality=1),
    ],
    ids=["png-8000", "png-just", "png-1-bit", "png-2^31", "gif", "webp", "jpeg"],
)
def test_bombs_are_refused_before_they_are_decoded(data: bytes) -> None:
    with pytest.raises(LogoRefused, match="too many") as caught:
        decode(data)
    assert caught.value.retry_after == RETRY_NEXT_MONTH


def test_four_megapixels_are_still_decoded() -> None:
    thumbnail = pixels(decode(encoded(Image.new("L", (2000, 2000)), "PNG")))
    assert (thumbnail.width, thumbnail.height) == (SIDE, SIDE)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a PNG, JPEG, WebP or GIF"),
        (b"hello, world", "not a PNG, JPEG, WebP or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG or HTML"),
        (b"\n  <!doctype html>", "SVG or HTML"),
        (encoded(Image.new("RGB", (9, 9)), "BMP"), "not a PNG, JPEG, WebP or GIF"),
        (encoded(Image.new("RGB", (9, 9)), "TIFF"), "not a PNG, JPEG, WebP or GIF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a PNG, JPEG, WebP or GIF"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read"),
        (b"GIF89a", "cannot be read"),
        (b"\xff\xd8\xff", "cannot be read"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "cannot be read"),
        (bomb(10, 0), "cannot be read"),
    ],
    ids=["empty", "text", "svg", "html", "bmp", "tiff", "eps", "png", "gif", "jpeg", "webp", "no-height"],
)
def test_what_is_no_picture_for_us_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(LogoRefused, match=reason):
        decode(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_half_a_picture_is_refused(kind: str) -> None:
    noise = Image.frombytes("RGB", (60, 60), random.Random(1).randbytes(60 * 60 * 3))
    data = encoded(noise, kind)
    with pytest.raises(LogoRefused, match="cannot be read"):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_damaged_pictures_are_decoded_or_refused(kind: str) -> None:
    dice = random.Random(3)
    whole = encoded(Image.frombytes("RGB", (30, 30), dice.randbytes(2700)), kind)
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 4, 20))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            thumbnail = pixels(decode(bytes(data)))
        except LogoRefused:
            continue
        assert max(thumbnail.width, thumbnail.height) <= SIDE


@pytest.mark.parametrize(
    ("thumbnail", "reason"),
    [
        (b"", "cannot be read"),
        (b"junk", "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "cannot be read"),
        (encoded(Image.new("RGBA", (SIDE, SIDE)), "PNG")[:-30], "cannot be read"),
        (encoded(Image.new("RGB", (SIDE, SIDE)), "WEBP"), "cannot be read"),
        (encoded(Image.new("RGBA", (SIDE + 1, 1)), "PNG"), "too large"),
        (bomb(2**31 - 1, 2**31 - 1), "too large"),
    ],
    ids=["empty", "text", "header", "half", "webp", "large", "bomb"],
)
def test_a_thumbnail_that_is_not_of_our_making_is_refused(thumbnail: bytes, reason: str) -> None:
    with pytest.raises(LogoRefused, match=f"its thumbnail.*{reason}") as caught:
        pixels(thumbnail)
    assert caught.value.retry_after == RETRY_SOON
