"""The frame that a start began with, kept for the next one, which shows it before it can draw anything itself.

One frame for each of the screens that were used last: people go back and forth between a window and a part of it.
What is read goes to the terminal as it is, so it is checked like anything foreign: it must be whole, and hold nothing
but places, colours and text that can be seen.
"""

from __future__ import annotations

import hashlib
import logging
import re
from itertools import chain
from typing import TYPE_CHECKING

from qconn_tui.store.location import write_private
from qconn_tui.text import clean

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".frame"
"""Of the file's name, which is its user's database's but for that."""

_log = logging.getLogger(__name__)

_LIMIT = 1_000_000
"""Characters of a file: many times what the largest screens take."""
_SCREENS = 6
"""Frames that are kept, the newest first."""
_PLACE_OR_COLOR = re.compile(r"\x1b\[(?:\d{1,4};\d{1,4}H|[\d;]*m)")
_ZERO_WIDTH_JOINER = "\u200d"
"""The one invisible character that `clean` leaves, inside emoji."""


class FrameFile:
    """The frames of one tenant and user in `path`, each of use only for a screen with the same `key`.

    `key` tells apart whatever makes frames differ: the screen's size and colours, the theme, the program's version.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = _digest(key)

    def read(self) -> str:
        """The frame as text for a terminal; empty if there is none for such a screen, or it is damaged."""
        for head, frame in self._kept():
            if head.startswith(self._key):
                return frame if head == self._head(frame) and is_harmless(frame) else ""
        return ""

    def write(self, frame: str) -> None:
        """Keep the frame, if it is one that `read` would take; without room for it the next start does without."""
        if not is_harmless(frame):
            return
        others = [kept for kept in self._kept() if not kept[0].startswith(self._key)]
        lines = chain.from_iterable([(self._head(frame), frame), *others[: _SCREENS - 1]])
        try:
            write_private(self._path, "\n".join(lines).encode())
        except OSError as error:
            _log.info("the first frame is not kept: %s", clean(error.strerror or type(error).__name__))

    def _kept(self) -> list[tuple[str, str]]:
        """What is in the file, unchecked: heads and frames, the newest first."""
        try:
            with self._path.open(encoding="utf-8", newline="") as file:
                lines = file.read(_LIMIT).split("\n")
        except (OSError, UnicodeDecodeError):
            return []
        return list(zip(lines[::2], lines[1::2], strict=False))

    def _head(self, frame: str) -> str:
        return f"{self._key} {_digest(frame)}"


def is_harmless(frame: str) -> bool:
    """Whether there is nothing in it but places, colours and visible text."""
    return _PLACE_OR_COLOR.sub("", frame).replace(_ZERO_WIDTH_JOINER, "").isprintable()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
