"""Reading files that the program did not write just now: bounded, and without waiting for ever.

A file of ours, too, may have become something else: a FIFO that no program writes to, a device, a sparse gigabyte.
"""

from __future__ import annotations

import codecs
import errno
import os
import stat
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PIPE_SECONDS = 60.0
"""Seconds to wait for a pipe that the user has named, such as a shell's `<(pass show key)`."""

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Without O_NONBLOCK, opening a FIFO waits for a writer (fifo(7)). Windows has no FIFOs, but text and binary files."""
_CHUNK = 65_536
_MARKS = (
    # The marks of UTF-32 first: that of UTF-16 begins the little-endian one.
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnfitFile(OSError):
    """What is at a path is no regular file, or a larger one than is ever read."""


def read_file(path: Path, limit: int, *, pipe_seconds: float = 0.0) -> bytes:
    """Read a whole file.

    Args:
        path: The path of the file.
        limit: The most bytes that it may have.
        pipe_seconds: Seconds to wait for a pipe or a device to end; 0 to refuse them.

    Raises:
        UnfitFile: It is no file that can be read so, or it is larger.
        OSError: It cannot be read.
        ValueError: No file can have this name.
    """
    descriptor = os.open(path, _OPEN)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            content = _read(descriptor, limit, None)
        elif stat.S_ISDIR(mode):
            raise UnfitFile(errno.EISDIR, os.strerror(errno.EISDIR))
        elif pipe_seconds:
            content = _read(descriptor, limit, time.monotonic() + pipe_seconds)
        else:
            raise UnfitFile(errno.EINVAL, "Not a regular file")
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise UnfitFile(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


def _read(descriptor: int, limit: int, deadline: float | None) -> bytes:
    """Read to the end, or to the first chunk that is too much; with a deadline, wait for each chunk until then."""
    content = bytearray()
    while len(content) <= limit:
        if deadline is not None:
            _wait(descriptor, deadline)
        chunk = os.read(descriptor, min(_CHUNK, limit + 1))
        if not chunk:
            break
        content += chunk
    return bytes(content)


def _wait(descriptor: int, deadline: float) -> None:
    # Imported late: most starts read no pipe.
    import select

    if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        raise UnfitFile(errno.ETIMEDOUT, "Nothing came out of the pipe")


def decode_text(content: bytes, errors: str = "strict") -> str:
    """Decode a text file that an editor or a shell of any system may have written.

    Args:
        content: The bytes. A byte order mark decides (https://www.unicode.org/faq/utf_bom.html#bom4), and is left out.
            Without one it is UTF-8, unless a NUL shows UTF-16: text in UTF-8 has none.
        errors: What to do with other bytes, as for `bytes.decode`.

    Raises:
        UnicodeDecodeError: The text is in another encoding, or it is damaged.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors)
    first, second = content[:1], content[1:2]
    if second == b"\0" != first:
        return content.decode("utf-16-le", errors)
    if first == b"\0" != second and second:
        return content.decode("utf-16-be", errors)
    return content.decode("utf-8", errors)
