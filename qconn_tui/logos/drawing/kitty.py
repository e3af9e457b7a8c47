"""kitty's graphics protocol: a picture is sent once under a number, then shown by cells of ordinary text.

Those cells hold the placeholder U+10EEEE, in a colour that is the picture's number, with a mark that says which row of
the picture they show. So whatever moves text moves the picture, and whatever paints over the text erases it.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qconn_tui.logos.drawing.palette import Paletted

PLACEHOLDER = "\U0010eeee"
"""The character that a cell of a picture holds."""
_ROW_MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357"
    "\u035b\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484"
)
MOST_ROWS = len(_ROW_MARKS)
"""Rows of cells that a picture may have."""

_CHUNK = 4096
_START, _END = "\x1b_G", "\x1b\\"


def png(picture: Paletted) -> bytes:
    """The picture as a PNG with a palette, as small as such a file gets without trying filters."""
    count = len(picture.colors)
    depth = next(bits for bits in (1, 2, 4, 8) if count < 1 << bits)
    rows = (b"\0" + _packed(picture.row(y), depth) for y in range(picture.height))
    header = struct.pack(">IIBBBBB", picture.width, picture.height, depth, 3, 0, 0, 0)
    # One more entry than there are colours, for what is not drawn.
    palette = b"".join(map(bytes, picture.colors)) + bytes(3)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _part(b"IHDR", header),
            _part(b"PLTE", palette),
            _part(b"tRNS", b"\xff" * count + b"\0"),
            _part(b"IDAT", _deflate(rows)),
            _part(b"IEND", b""),
        )
    )


def _packed(row: bytes, depth: int) -> bytes:
    """A row with as many pixels in a byte as fit; the first is the highest."""
    each = 8 // depth
    padded = row + bytes(-len(row) % each)
    packed = bytes(len(padded) // each)
    for offset in range(each):
        shift = 8 - depth * (offset + 1)
        table = bytes((value << shift) & 0xFF for value in range(256))
        part = int.from_bytes(padded[offset::each].translate(table), "big")
        packed = (int.from_bytes(packed, "big") | part).to_bytes(len(packed), "big")
    return packed


def _deflate(rows: Iterable[bytes]) -> bytes:
    return zlib.compress(b"".join(rows), 9)


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def upload(number: int, file: bytes, columns: int, rows: int, *, in_tmux: bool) -> str:
    """What sends a PNG under a number and makes placeholders show it in a box of cells; nothing is drawn, or answered.

    Inside tmux every piece is wrapped, so that it is passed through to the terminal itself.
    """
    content = base64.b64encode(file).decode()
    pieces = [content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK)] or [""]
    last = len(pieces) - 1
    commands = []
    for index, piece in enumerate(pieces):
        keys = f"a=T,U=1,f=100,q=2,i={number},c={columns},r={rows}" if index == 0 else "q=2"
        more = f",m={int(index < last)}" if last else ""
        commands.append(f"{_START}{keys}{more};{piece}{_END}")
    return "".join(_passed_through(command) if in_tmux else command for command in commands)


def forget(number: int, *, in_tmux: bool) -> str:
    """What deletes a picture from the terminal: wherever it is shown, and its data."""
    command = f"{_START}a=d,d=I,q=2,i={number}{_END}"
    return _passed_through(command) if in_tmux else command


def _passed_through(command: str) -> str:
    doubled = command.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def placeholders(columns: int, rows: int) -> tuple[str, ...]:
    """The text that shows a picture in a box of cells, one line a row; the colour has to say which.

    Only a row's first cell has a mark: every other one continues the cell to its left.
    """
    return tuple(PLACEHOLDER + mark + PLACEHOLDER * (columns - 1) for mark in _ROW_MARKS[:rows])
