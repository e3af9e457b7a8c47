"""PNG files taken apart, because Pillow refuses a good picture for a bad comment, and misreads some transparency.

Pillow reads every chunk, and gives up at a text that unpacks to more than a megabyte or at a wrong checksum in a
comment. Only a few chunks decide what the picture looks like; without the others it reads less, too. And it compares
the transparent sample of a tRNS chunk with samples that are already scaled to 8 bits, so it finds none of 2, 4 or 16.
The format is the W3C's "Portable Network Graphics, Third Edition"; numbers of sections are those of its text.
"""

from __future__ import annotations

import io
import struct
import zlib
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from PIL import ImageChops, PngImagePlugin

if TYPE_CHECKING:
    from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""The first bytes of every PNG (5.2)."""

_HEAD = struct.Struct(">I4s")
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_GREY, _RGB, _PALETTE = 0, 2, 3
_SAMPLES = {_GREY: 1, _RGB: 3}
"""How many samples a tRNS chunk has for each kind of picture (11.3.1.1)."""
_MOST_COLORS = 256


class Png(NamedTuple):
    """What a PNG consists of."""

    file: bytes
    """The file with nothing but the chunks that Pillow needs; one that is damaged is as damaged as it was."""
    depth: int
    """Bits of a sample."""
    transparent: tuple[int, ...]
    """The samples of transparent pixels: one of grey, three of colour; none where nothing or a palette says so."""


def take_apart(data: bytes) -> Png:
    """Return the parts of a file that begins with `SIGNATURE`. Side chunks that are damaged count as missing."""
    kept = [SIGNATURE]
    header = bytes(10)
    transparent: tuple[int, ...] = ()
    at = len(SIGNATURE)
    while at + _HEAD.size <= len(data):
        length, kind = _HEAD.unpack_from(data, at)
        chunk = data[at : at + _HEAD.size + length + 4]
        at += _HEAD.size + length + 4
        content = chunk[_HEAD.size : _HEAD.size + length]
        if kind in _CRITICAL:
            kept.append(chunk)
        elif kind in (b"tRNS", b"eXIf") and _is_intact(chunk, length):
            if kind == b"eXIf" or (header[9] == _PALETTE and 0 < length <= _MOST_COLORS):
                kept.append(chunk)
            elif kind == b"tRNS" and length == 2 * _SAMPLES.get(header[9], -1):
                transparent = struct.unpack(f">{length // 2}H", content)
        if kind == b"IHDR":
            header = content.ljust(10, b"\0")
        elif kind == b"IEND":
            break
    depth = header[8]
    # Only the low bits of a sample count (11.3.1.1).
    return Png(b"".join(kept), depth, tuple(sample & ((1 << depth) - 1) for sample in transparent))


def alpha(picture: Image.Image, png: Png) -> Image.Image:
    """Return a mask in mode L that is 0 where a pixel is transparent, else 255.

    Args:
        picture: The picture that Pillow decoded from `png.file`.
        png: The parts, with a transparent sample.
    """
    if picture.mode.startswith("I"):
        return picture.convert("I").point(_all_but(png.transparent[0], 1 << 16), "L")
    channels = [channel.convert("L") for channel in picture.split()]
    samples = list(png.transparent)
    if png.depth == 16:
        # All bits have to agree, and the picture has the upper eight alone.
        channels += _low_bytes(png.file).split()
        samples = [sample >> 8 for sample in samples] + [sample & 0xFF for sample in samples]
    else:
        samples = [sample * 255 // ((1 << png.depth) - 1) for sample in samples]
    masks = [channel.point(_all_but(sample, 256)) for channel, sample in zip(channels, samples, strict=True)]
    return reduce(ImageChops.lighter, masks)


def _is_intact(chunk: bytes, length: int) -> bool:
    """Whether the chunk is complete and its checksum, over its kind and its content, is right (5.5)."""
    return len(chunk) == _HEAD.size + length + 4 and zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:])


def _all_but(sample: int, count: int) -> list[int]:
    """A table for `point` of 255 for every value but one."""
    table = [255] * count
    table[sample] = 0
    return table


def _low_bytes(file: bytes) -> Image.Image:
    """The lower eight bits of each sample of a picture with 16 bits of red, green and blue."""
    picture = PngImagePlugin.PngImageFile(io.BytesIO(file))
    # In little-endian order the second byte would be the upper one.
    picture.tile = [tile._replace(args="RGB;16L") for tile in picture.tile]
    picture.load()
    return picture
