"""The kitty graphics protocol, with Unicode placeholders: https://sw.kovidgoyal.net/kitty/graphics-protocol/.

The program transmits an image once under an id. Cells of ordinary text then show it: each holds the placeholder
U+10EEEE in a colour that encodes the id, with a combining mark that encodes the row of the image. So scrolling the
text moves the image, and drawing over the text erases it.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

from qconn_tui.logos.drawing.sequences import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qconn_tui.logos.drawing.palette import Paletted

_ROW_MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357"
    "\u035b\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484"
)
MAX_ROWS = len(_ROW_MARKS)
"""The most rows of cells that an image may have: the protocol numbers them by these combining marks."""

_CHUNK = 4096
"""The most bytes of base64 that one command may carry."""
_START, _END = "\x1b_G", "\x1b\\"


def encode_png(picture: Paletted) -> bytes:
    """Encode the picture as a PNG with a palette, without row filters (PNG specification, colour type 3)."""
    count = len(picture.colors)
    depth = next(bits for bits in (1, 2, 4, 8) if count < 1 << bits)
    rows = (b"\0" + _packed(picture.row(y), depth) for y in range(picture.height))
    header = struct.pack(">IIBBBBB", picture.width, picture.height, depth, 3, 0, 0, 0)
    # The last entry is for transparent pixels.
    palette = b"".join(map(bytes, picture.colors)) + bytes(3)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _png_chunk(b"IHDR", header),
            _png_chunk(b"PLTE", palette),
            _png_chunk(b"tRNS", b"\xff" * count + b"\0"),
            _png_chunk(b"IDAT", _deflate(rows)),
            _png_chunk(b"IEND", b""),
        )
    )


def _packed(row: bytes, depth: int) -> bytes:
    """Pack a row's pixels of `depth` bits into bytes, the first pixel in the highest bits."""
    per_byte = 8 // depth
    padded = row + bytes(-len(row) % per_byte)
    packed = bytes(len(padded) // per_byte)
    for offset in range(per_byte):
        shift = 8 - depth * (offset + 1)
        table = bytes((value << shift) & 0xFF for value in range(256))
        part = int.from_bytes(padded[offset::per_byte].translate(table), "big")
        packed = (int.from_bytes(packed, "big") | part).to_bytes(len(packed), "big")
    return packed


def _deflate(rows: Iterable[bytes]) -> bytes:
    return zlib.compress(b"".join(rows), 9)


def _png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def upload(image: int, png: bytes, columns: int, rows: int, wrap: Callable[[str], str] | None = None) -> str:
    """Return the commands that transmit a PNG and let placeholders show it; they draw nothing and ask for no reply.

    Args:
        image: The id of the image.
        png: The PNG file.
        columns: The width of the box that shows the image, in cells.
        rows: The height of the box, in cells.
        wrap: Wraps each command so that it reaches the terminal through a multiplexer.
    """
    content = base64.b64encode(png).decode()
    pieces = [content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK)] or [""]
    last = len(pieces) - 1
    commands = []
    for index, piece in enumerate(pieces):
        keys = f"a=T,U=1,f=100,q=2,i={image},c={columns},r={rows}" if index == 0 else "q=2"
        more = f",m={int(index < last)}" if last else ""
        commands.append(f"{_START}{keys}{more};{piece}{_END}")
    return "".join(commands if wrap is None else map(wrap, commands))


def delete(image: int, wrap: Callable[[str], str] | None = None) -> str:
    """Return the command that deletes an image from the terminal: its data, and its cells on the screen.

    Args:
        image: The id of the image.
        wrap: Wraps the command so that it reaches the terminal through a multiplexer.
    """
    command = f"{_START}a=d,d=I,q=2,i={image}{_END}"
    return command if wrap is None else wrap(command)


def placeholders(columns: int, rows: int) -> tuple[str, ...]:
    """Return the text that shows an image in a box of cells, one line for each row.

    The caller gives the text the colour that encodes the image's id. Only the first cell of a row has a mark: in the
    protocol each further cell continues the one to its left.

    Args:
        columns: The width of the box in cells.
        rows: The height of the box in cells, at most `MAX_ROWS`.
    """
    return tuple(PLACEHOLDER + mark + PLACEHOLDER * (columns - 1) for mark in _ROW_MARKS[:rows])
