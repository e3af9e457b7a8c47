"""The process that decodes pictures, and the language it is spoken to in.

A frame is one byte for its kind, four for the length of its content, and the content. The process greets with
READY once it is confined, then answers each PICTURE with one THUMBNAIL or one REFUSAL, until its input ends:
that is how it notices that the program is gone, however that went.
"""

from __future__ import annotations

import math
import struct
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from qconn_tui.logos.policy import LogoRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

READY = b"H"
"""Kind of the greeting, which is empty."""
PICTURE = b"P"
"""Kind of a request: the bytes of a picture."""
THUMBNAIL = b"T"
"""Kind of an answer: the PNG that `decode` made."""
REFUSAL = b"R"
"""Kind of an answer: why there is none, in UTF-8."""
LONGEST_FRAME = 1 << 20
"""Bytes of a frame's content: more than a logo that is downloaded, or a thumbnail, ever has."""

MOST_MEMORY = 512 << 20
"""Bytes of address space of the process."""
MOST_CPU = 3
"""Seconds of processor time for one picture, should nobody be there to end the process earlier."""

_HEADER = struct.Struct(">cI")


def write_frame(stream: BinaryIO, kind: bytes, content: bytes = b"") -> None:
    """Send a frame. Raises OSError when nobody reads."""
    stream.write(_HEADER.pack(kind, len(content)) + content)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes]:
    """The next frame's kind and content. Raises EOFError at the end, ValueError for one that is too long."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    kind, length = _HEADER.unpack(header)
    if length > LONGEST_FRAME:
        raise ValueError(f"a frame of {length} bytes")
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return kind, content


def serve(requests: BinaryIO, answers: BinaryIO, decode: Callable[[bytes], bytes]) -> None:
    """Greet, then answer every request until there are no more."""
    write_frame(answers, READY)
    while True:
        try:
            _, data = read_frame(requests)
        except EOFError:
            return
        try:
            answer = THUMBNAIL, decode(data)
        except LogoRefused as refused:
            answer = REFUSAL, refused.reason.encode()
        write_frame(answers, *answer)


def confine() -> None:
    """Give up for good what decoding does not need; limits that the platform does not have are left out.

    What is open stays open, but nothing can be opened any more: no file, no connection, no other process.
    """
    _limit("RLIMIT_AS", MOST_MEMORY)
    for name in ("RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CORE"):
        _limit(name, 0)


def _limit(name: str, most: int, *, for_good: bool = True) -> None:
    # A lower limit that is already in force refuses to be raised, and stays.
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        kind = getattr(resource, name)
        resource.setrlimit(kind, (most, most if for_good else resource.getrlimit(kind)[1]))


def main() -> None:
    """Decode what standard input asks for."""
    # Pillow loads these while it reads GIF and EXIF and while it saves; a confined process could not.
    import copy  # noqa: F401 - to have it loaded

    from PIL import Image, TiffImagePlugin  # noqa: F401 - to have it loaded

    from qconn_tui.logos.decoder.decode import decode

    def decode_in_time(data: bytes) -> bytes:
        _limit("RLIMIT_CPU", math.ceil(time.process_time()) + MOST_CPU, for_good=False)
        return decode(data)

    Image.preinit()
    confine()
    # A program that is gone has no use for an answer.
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer, decode_in_time)
