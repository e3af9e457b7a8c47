"""The worker process that decodes pictures, and the frame protocol between it and its parent.

A frame is one byte for its kind, four big-endian bytes for the length of its content, and the content. The worker
sends READY once it has given up its rights. Then it answers each PICTURE with one THUMBNAIL or one REFUSAL, until its
standard input ends. The input also ends when the parent crashes, so no worker outlives its parent.
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
"""Worker to parent: the worker accepts requests. Without content."""
PICTURE = b"P"
"""Parent to worker: a request; the content is the file to decode."""
THUMBNAIL = b"T"
"""Worker to parent: an answer; the content is the PNG that `decode` made."""
REFUSAL = b"R"
"""Worker to parent: an answer; the content says in UTF-8 why there is no thumbnail."""
MAX_CONTENT = 1 << 20
"""The most bytes of a frame's content; downloads and thumbnails are smaller."""

MAX_MEMORY = 512 << 20
"""The worker's address space in bytes."""
MAX_CPU_SECONDS = 3
"""Processor time for one picture; the parent normally kills the worker earlier."""

_HEADER = struct.Struct(">cI")


def write_frame(stream: BinaryIO, kind: bytes, content: bytes = b"") -> None:
    """Send a frame.

    Raises:
        OSError: The other process has ended.
    """
    stream.write(_HEADER.pack(kind, len(content)) + content)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes]:
    """Read a frame and return its kind and content.

    Raises:
        EOFError: The stream ends before or within the frame.
        ValueError: The content is longer than `MAX_CONTENT`.
    """
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    kind, length = _HEADER.unpack(header)
    if length > MAX_CONTENT:
        raise ValueError(f"a frame of {length} bytes")
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return kind, content


def serve(requests: BinaryIO, answers: BinaryIO, decode: Callable[[bytes], bytes]) -> None:
    """Send READY, then answer each request until the stream of requests ends.

    Args:
        requests: The frames from the parent.
        answers: The frames to the parent.
        decode: Turns a file into a thumbnail, or raises LogoRefused.
    """
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
    """Give up the rights that decoding does not need, irrevocably, by resource limits (setrlimit(2)).

    Afterwards this process can open no file and no connection and start no process. Limits that the platform does not
    have are left out.
    """
    _limit("RLIMIT_AS", MAX_MEMORY)
    for name in ("RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CORE"):
        _limit(name, 0)


def _limit(name: str, value: int, *, is_final: bool = True) -> None:
    # A lower limit that is already in force cannot be raised, and stays.
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        kind = getattr(resource, name)
        resource.setrlimit(kind, (value, value if is_final else resource.getrlimit(kind)[1]))


def main() -> None:
    """Run the worker: answer the requests on standard input on standard output."""
    # Pillow imports these while it reads GIF and EXIF and while it saves; a confined process cannot open them.
    import copy  # noqa: F401 - imported before the limits

    from PIL import Image, TiffImagePlugin  # noqa: F401 - imported before the limits

    from qconn_tui.logos.decoder.decode import decode

    def decode_in_time(data: bytes) -> bytes:
        """Decode one picture under a limit of processor time."""
        _limit("RLIMIT_CPU", math.ceil(time.process_time()) + MAX_CPU_SECONDS, is_final=False)
        return decode(data)

    Image.preinit()
    confine()
    # A parent that has ended needs no answer.
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer, decode_in_time)
