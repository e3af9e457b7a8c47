"""The way to the terminal, and out of one that stays open but does not read.

A terminal that has stopped reading, over a line that hangs or behind ctrl+s, holds up whoever writes to it, and soon
the event loop as well. Then nobody is left who could heed the order to end.
"""

from __future__ import annotations

import re
import termios
import time
from contextlib import suppress
from threading import Thread
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_FAREWELL = "\x1b[?2004l"
"""In what a driver writes when it gives the terminal back, and in nothing before."""
_KEYBOARD_ASKED = re.compile(r"\x1b\[>\d+u")
"""In what it writes when it takes the terminal; the farewell takes this back, whoever had asked for it."""
_PIECE = 2048
"""Characters that are written at once, about as many as Linux hands on at once: so it shows that a terminal reads."""
_STALL = 0.1
"""Seconds without a piece taken, after which a terminal is held for one that does not read."""
_LONGEST = 0.2
"""Seconds for what was on its way when the program was told to end, also on a terminal that reads slowly."""
_WATCHED = 2.0
"""Seconds after which the farewell is through, or never will be."""
_PAUSE = 0.01
"""Seconds between two looks."""


class TerminalWriter:
    """A terminal's file, written to by one thread; `hurry` may be called by any other.

    `stall` and `longest` are in seconds: for how long a terminal may take nothing, or not everything, in a hurry.
    """

    def __init__(self, file: IO[str], *, stall: float = _STALL, longest: float = _LONGEST) -> None:
        self._file = file
        self._stall = stall
        self._longest = longest
        self._is_writing = False
        self._moved_at = 0.0
        """When the last piece was begun, by the monotonic clock."""
        self._is_hurrying = False
        self._is_farewell = False
        self._is_thrown_away = False
        """Whether the rest of what is being written is no longer wanted."""

    def fileno(self) -> int:
        """The file's number."""
        return self._file.fileno()

    def write(self, text: str) -> None:
        """Write; in a hurry nothing but the farewell, and what it takes back."""
        if self._is_hurrying and _FAREWELL not in text and not _KEYBOARD_ASKED.search(text):
            return
        self._is_farewell = _FAREWELL in text
        self._is_hurrying = self._is_hurrying and not self._is_farewell
        self._is_thrown_away = False
        for start in range(0, len(text), _PIECE):
            self._put(text[start : start + _PIECE])
            if self._is_thrown_away:
                break

    def flush(self) -> None:
        """Let the terminal have it all."""
        self._put("")

    def _put(self, piece: str) -> None:
        self._moved_at = time.monotonic()
        self._is_writing = True
        try:
            self._file.write(piece)
            self._file.flush()
        finally:
            self._is_writing = False

    def hurry(self, number: int, frame: FrameType | None) -> None:
        """A handler of signals: draw no more, and wait for no terminal that does not read."""
        if not self._is_hurrying:
            self._is_hurrying = True
            Thread(target=self._watch, name="writer", daemon=True).start()

    def _watch(self) -> None:
        """Throw away what the terminal has not read, when it takes no more of it, or takes too long."""
        began = time.monotonic()
        while (now := time.monotonic()) < began + _WATCHED:
            is_stuck = now >= self._moved_at + self._stall
            is_late = now >= began + self._longest and not self._is_farewell
            if self._is_writing and (is_stuck or is_late):
                self._throw_away()
            time.sleep(_PAUSE)

    def _throw_away(self) -> None:
        self._is_thrown_away = not self._is_farewell
        with suppress(termios.error, OSError):
            # Who waits for room in Linux is not woken up when there is some, but when the flow begins again.
            termios.tcflow(self.fileno(), termios.TCOOFF)
            termios.tcflush(self.fileno(), termios.TCOFLUSH)
            termios.tcflow(self.fileno(), termios.TCOON)
