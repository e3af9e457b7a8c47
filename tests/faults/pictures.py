"""Valid pictures, made anew at every run, and functions that damage them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def drawing(side: int, mode: str = "RGBA") -> Image.Image:
    """A logo: flat shapes, soft edges, something transparent."""
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    for step in range(4):
        inset = step * side // 8
        color = (60 * step, 200 - 40 * step, 90, 255 - 30 * step)
        draw.ellipse((inset, inset // 2, side - 1 - inset, side - 1 - inset), fill=color)
    return picture.convert(mode)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def specimens(side: int = 48) -> dict[str, bytes]:
    """One picture for each way to store one."""
    frames = [drawing(side, "RGB"), Image.new("RGB", (side, side), (9, 9, 9))]
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "png": encoded(drawing(side), "PNG", dpi=(72, 72)),
        "png-repaired": encoded(drawing(side), "PNG", exif=exif),
        "png-palette": encoded(drawing(side, "P"), "PNG", transparency=0),
        "jpeg": encoded(drawing(side, "RGB"), "JPEG", exif=exif),
        "jpeg-progressive": encoded(drawing(side, "CMYK"), "JPEG", progressive=True),
        "gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50),
        "webp": encoded(drawing(side), "WEBP", quality=60, exif=exif),
        "webp-lossless": encoded(frames[0], "WEBP", lossless=True, save_all=True, append_images=frames[1:]),
    }


def spoiled(data: bytes, dice: Random) -> bytes:
    """The same file with a few bytes changed, a stretch removed or doubled, or its end missing."""
    spoilt = bytearray(data)
    for _ in range(dice.choice((1, 1, 3, 12))):
        at = dice.randrange(len(spoilt))
        match dice.randrange(6):
            case 0:
                spoilt[at] ^= 1 << dice.randrange(8)
            case 1:
                spoilt[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                spoilt[at : at + 4] = dice.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\1"))
            case 3 if len(spoilt) > 64:
                del spoilt[at : at + dice.randrange(1, 16)]
            case 4:
                spoilt[at:at] = spoilt[at : at + dice.randrange(1, 64)]
            case _:
                spoilt[at] = dice.randrange(256)
    return bytes(spoilt[: dice.randrange(8, len(spoilt))] if dice.random() < 0.1 else spoilt)


def spoiled_png(data: bytes, dice: Random) -> bytes:
    """A PNG spoiled inside its chunks, whose lengths and checksums are right: it gets past the first check."""
    chunks = png_chunks(data)
    victim = dice.randrange(len(chunks) - 1)
    name, content = chunks[victim]
    if name == b"IDAT" and dice.random() < 0.5:
        content = zlib.compress(spoiled(zlib.decompress(content), dice))
    elif content:
        content = spoiled(content.ljust(8, b"\0"), dice)[: len(content)]
    chunks[victim] = (name, content)
    if dice.random() < 0.1:
        chunks.insert(dice.randrange(len(chunks)), dice.choice(chunks))
    return PNG_MAGIC + b"".join(png_chunk(*chunk) for chunk in chunks)


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The name and content of each chunk of a faultless PNG."""
    chunks = []
    at = len(PNG_MAGIC)
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        chunks.append((name, data[at + 8 : at + 8 + length]))
        at += length + 12
    return chunks


def with_chunks(data: bytes, more: bytes, before: bytes) -> bytes:
    """A PNG with bytes before its first chunk of that name."""
    at = data.index(before) - 4
    return data[:at] + more + data[at:]


def without_chunks(data: bytes, name: bytes) -> bytes:
    """A PNG without its chunks of that name."""
    return PNG_MAGIC + b"".join(png_chunk(*chunk) for chunk in png_chunks(data) if chunk[0] != name)


def grey_png(depth: int, samples: Sequence[int], transparent: int) -> bytes:
    """A PNG with a row of grey pixels, of which the samples with one value are transparent."""
    header = struct.pack(">IIBBBBB", len(samples), 1, depth, 0, 0, 0, 0)
    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    row = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    chunks = [(b"IHDR", header), (b"tRNS", struct.pack(">H", transparent)), (b"IDAT", zlib.compress(b"\0" + row))]
    return PNG_MAGIC + b"".join(png_chunk(*chunk) for chunk in [*chunks, (b"IEND", b"")])


def png_bomb(width: int, height: int) -> bytes:
    """A faultless PNG of nothing: 8000x8000 is 1 MB, and 256 MB once it is decoded."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    packer = zlib.compressobj(1)
    row = bytes(1 + 4 * width)
    content = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return PNG_MAGIC + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", content) + png_chunk(b"IEND", b"")


def webp_bomb(width: int, height: int) -> bytes:
    """A faultless lossless WebP of one colour: 16000x11000 is 34 bytes, and 2.7 GB while it is decoded.

    Each of its five Huffman codes has one symbol, which takes no bits: there is nothing behind the header.
    """
    fields = [(0x2F, 8), (width - 1, 14), (height - 1, 14), (1, 1), (0, 3), (0, 1), (0, 1), (0, 1)]
    for symbol in (30, 200, 40, 255, 0):
        fields += [(1, 1), (0, 1), (1, 1), (symbol, 8)]
    number = at = 0
    for value, bits in fields:
        number |= value << at
        at += bits
    content = number.to_bytes((at + 15) // 16 * 2, "little")
    body = b"WEBPVP8L" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body
