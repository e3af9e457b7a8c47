"""The first frame of earlier starts, which the next start shows before it can draw one itself.

The file holds a frame for each of the last few kinds of screen, because users switch between window sizes. A frame
goes to the terminal unchanged, so it is checked like any foreign text: it must be intact, and contain only cursor
positions (CUP), colours (SGR) and visible text.
"""

from __future__ import annotations

import hashlib
import logging
import re
from itertools import chain
from typing import TYPE_CHECKING

from qconn_tui.runtime.files import read_file
from qconn_tui.store.location import write_private
from qconn_tui.text import clean, is_visible

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".frame"
"""The suffix of the file's name, which otherwise is the name of the database."""

_log = logging.getLogger(__name__)

_LIMIT = 4_000_000
"""The most bytes of a file: many times what the largest screens need."""
_SCREENS = 6
"""The most frames in a file, the newest first."""
_POSITION_OR_COLOR = re.compile(
    # Possessive, which takes two thirds of the time: no other way to read the numbers leads to an `m`.
    r"\x1b\[(?:[0-9]{0,3}+(?:;[0-9]{0,3}+){0,31}+m|(?:[1-9][0-9]{0,2}|1000);(?:[1-9][0-9]{0,2}|1000)H)"
)
"""Rows and columns to 1,000, which no terminal exceeds, and colours in so many numbers as a pen can have."""


class FrameFile:
    """The file with the first frames for one tenant and user.

    Args:
        path: The path of the file.
        key: What frames depend on: the screen's size and colours, the theme, the program's version. A frame is shown
            only on a screen with the same key.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = _digest(key)

    def read(self) -> str:
        """Return the frame for the key, as text for the terminal; empty if there is none, or it is damaged."""
        for head, frame in self._entries():
            if head.startswith(self._key):
                return frame if head == self._head(frame) and is_harmless(frame) else ""
        return ""

    def write(self, frame: str) -> None:
        """Save the frame if `read` would accept it; a failure to write is only logged."""
        if not is_harmless(frame):
            return
        others = [entry for entry in self._entries() if not entry[0].startswith(self._key)]
        lines = chain.from_iterable([(self._head(frame), frame), *others[: _SCREENS - 1]])
        try:
            write_private(self._path, "\n".join(lines).encode())
        except OSError as error:
            _log.info("the first frame is not kept: %s", clean(error.strerror or type(error).__name__))

    def _entries(self) -> list[tuple[str, str]]:
        """Return the heads and frames of the file, unchecked, the newest first."""
        try:
            lines = read_file(self._path, _LIMIT).decode().split("\n")
        except (OSError, UnicodeDecodeError):
            return []
        return list(zip(lines[::2], lines[1::2], strict=False))

    def _head(self, frame: str) -> str:
        return f"{self._key} {_digest(frame)}"


def is_harmless(frame: str) -> bool:
    """Return whether a frame contains only cursor positions, colours and visible text."""
    return is_visible(_POSITION_OR_COLOR.sub("", frame))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
