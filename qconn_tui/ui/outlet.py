"""The way to the terminal, and out of one that stays open but does not read.

A terminal that has stopped reading, over a line that hangs or behind ctrl+s, holds up whoever writes to it, and soon
the event loop as well. Then nobody is left who could heed the order to end.
"""

from __future__ import annotations

import re
import termios
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_FAREWELL = "\x1b[?2004l"
"""In what a driver writes when it gives the terminal back, and in nothing before."""
_KEYBOARD_ASKED = re.compile(r"\x1b\[>\d+u")
"""In what it writes when it takes the terminal; the farewell takes this back, whoever had asked for it."""
_TRIES = 20
_PAUSE = 0.01
"""Seconds between two tries: less than it takes to draw a frame on a terminal that reads."""


class Outlet:
    """A terminal's file, written to by one thread; `hurry` may be called by any other."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._is_writing = False
        self._is_hurrying = False

    def fileno(self) -> int:
        """The file's number."""
        return self._file.fileno()

    def write(self, text: str) -> None:
        """Write; in a hurry nothing but the farewell, and what it takes back."""
        if self._is_hurrying and _FAREWELL not in text and not _KEYBOARD_ASKED.search(text):
            return
        self._is_hurrying = self._is_hurrying and _FAREWELL not in text
        self._is_writing = True
        try:
            self._file.write(text)
        finally:
            self._is_writing = False

    def flush(self) -> None:
        """Let the terminal have it all."""
        self._is_writing = True
        try:
            self._file.flush()
        finally:
            self._is_writing = False

    def hurry(self, number: int, frame: FrameType | None) -> None:
        """A handler of signals: draw no more, and throw away what the terminal has not read, if it does not read."""
        self._is_hurrying = True
        for _ in range(_TRIES):
            time.sleep(_PAUSE)
            if not self._is_writing:
                break
            with suppress(termios.error, OSError):
                # Who waits for room in Linux is not woken up when there is some, but when the flow begins again.
                termios.tcflow(self.fileno(), termios.TCOOFF)
                termios.tcflush(self.fileno(), termios.TCOFLUSH)
                termios.tcflow(self.fileno(), termios.TCOON)
