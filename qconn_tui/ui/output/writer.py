"""Writes to the terminal, and can still exit when the terminal stays open but does not read.

A terminal that has stopped reading, behind a stalled line or after ctrl+s, blocks the thread that writes to it, and
soon the event loop, which waits for that thread. Then a signal to end would have no effect.
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

_RESTORE = "\x1b[?2004l"
"""Turns bracketed paste off: in what a driver writes when it restores the terminal, and in nothing before."""
_PUSH_KEYBOARD = re.compile(r"\x1b\[>\d+u")
"""Pushes a mode of the kitty keyboard protocol. Restoring the terminal pops one, so that this may not be left out."""
_PIECE = 2048
"""Characters written at once, about as many as Linux passes on at once: each one taken shows that a terminal reads."""
_STALL = 0.1
"""Seconds without a piece taken, after which the terminal counts as one that does not read."""
_LONGEST = 0.2
"""Seconds from the signal for output that was under way, also on a terminal that reads slowly."""
_WATCHED = 2.0
"""Seconds from the signal after which the terminal is restored, or never will be."""
_PAUSE = 0.01
"""Seconds between two checks."""


class TerminalWriter:
    """Wraps the terminal's file for the one thread that writes; any thread may call `discard_output`.

    Args:
        file: The terminal.
        stall: Seconds for which the terminal may take nothing, once output is discarded.
        longest: Seconds that output under way may take then, even if the terminal takes some of it.
    """

    def __init__(self, file: IO[str], *, stall: float = _STALL, longest: float = _LONGEST) -> None:
        self._file = file
        self._stall = stall
        self._longest = longest
        self._is_writing = False
        self._began_at = 0.0
        """When the last piece was begun, by the monotonic clock."""
        self._is_discarding = False
        self._is_restoring = False
        self._is_cut_short = False
        """Whether the rest of the text under way is to be discarded."""

    def fileno(self) -> int:
        """The file descriptor of the terminal."""
        return self._file.fileno()

    def write(self, text: str) -> None:
        """Write; while output is discarded, only what restores the terminal and what that undoes."""
        if self._is_discarding and _RESTORE not in text and not _PUSH_KEYBOARD.search(text):
            return
        self._is_restoring = _RESTORE in text
        self._is_discarding = self._is_discarding and not self._is_restoring
        self._is_cut_short = False
        for start in range(0, len(text), _PIECE):
            self._write_piece(text[start : start + _PIECE])
            if self._is_cut_short:
                break

    def flush(self) -> None:
        """Pass on what the file has buffered."""
        self._write_piece("")

    def _write_piece(self, piece: str) -> None:
        self._began_at = time.monotonic()
        self._is_writing = True
        try:
            self._file.write(piece)
            self._file.flush()
        finally:
            self._is_writing = False

    def discard_output(self, number: int, frame: FrameType | None) -> None:
        """Write no more frames, and do not wait for a terminal that does not read; a handler of signals."""
        if not self._is_discarding:
            self._is_discarding = True
            Thread(target=self._watch, name="writer", daemon=True).start()

    def _watch(self) -> None:
        """Drop what the terminal has not read, when it takes no more of it, or takes too long."""
        began = time.monotonic()
        while (now := time.monotonic()) < began + _WATCHED:
            is_stuck = now >= self._began_at + self._stall
            is_late = now >= began + self._longest and not self._is_restoring
            if self._is_writing and (is_stuck or is_late):
                self._drop_unread()
            time.sleep(_PAUSE)

    def _drop_unread(self) -> None:
        self._is_cut_short = not self._is_restoring
        with suppress(termios.error, OSError):
            # Linux wakes a blocked writer up when the flow is turned on again, not when a flush has made room.
            termios.tcflow(self.fileno(), termios.TCOOFF)
            termios.tcflush(self.fileno(), termios.TCOFLUSH)
            termios.tcflow(self.fileno(), termios.TCOON)
