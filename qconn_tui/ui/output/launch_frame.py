"""The frame that the program began with the last time, on the screen before Textual is even loaded.

It takes 60 ms from the start, where Textual's own first frame takes four times as long, and in nearly every case is
the very same frame. Whoever looks can read at once; what is typed meanwhile is kept, as always; what has changed
since is drawn over it cell by cell.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qconn_tui.ui.output.screen_diff import ScreenDiff, output_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from qconn_tui.store.launch_frames import FrameFile
    from qconn_tui.ui.output.screen_diff import Rows

ENTER = "\x1b[?1049h"
"""How a driver takes the screen; a terminal that hears it twice clears what it shows."""
_HIDE_CURSOR = "\x1b[?25l"
FAREWELL = b"\x1b[?1049l\x1b[?25h"
"""What gives the screen back."""


def terminal_size(descriptor: int) -> tuple[int, int]:
    """Columns and lines of that terminal; zeros where the system does not know."""
    try:
        return os.get_terminal_size(descriptor)
    except OSError:
        return (0, 0)


class LaunchFrame:
    """One start's: what it found in `file` and showed on a screen of `size` columns and lines, and what it leaves.

    Without a file it does nothing.
    """

    def __init__(self, file: FrameFile | None = None, size: tuple[int, int] = (0, 0)) -> None:
        self._file = file
        self._size = size
        self._found = file.read() if file is not None else ""
        self._diff = ScreenDiff()
        self._lasting_rows = 0
        self._taken: Rows = {}
        self.is_shown = False
        """Whether it stands on the screen, and the driver has not taken that yet."""
        self.on_outdated: Callable[[], None] | None = None
        """Called when Textual has drawn its own first frame; sees to it that `take` is called behind it."""

    def output(self) -> str:
        """What shows the frame on an empty screen; empty if there is none. To be asked once, and written."""
        if not self._found:
            return ""
        self.is_shown = True
        self._diff.draw(self._found)
        return f"{ENTER}{_HIDE_CURSOR}{self._diff.changes()}"

    def hand_over(self, size: tuple[int, int]) -> ScreenDiff:
        """What is known of the screen, which has so many columns and lines by now."""
        return self._diff if size == self._size else ScreenDiff()

    def outdate(self, lasting_rows: int) -> None:
        """Textual's own first frame is drawn; so many rows from the top will be the same at the next start."""
        self._lasting_rows = lasting_rows
        if self.on_outdated is not None:
            self.on_outdated()

    def take(self, diff: ScreenDiff) -> None:
        """Remember the frame that is drawn by now, unless one was taken before. For the thread that draws."""
        if self._file is not None and not self._taken:
            self._taken = diff.rows(self._lasting_rows)

    def keep(self) -> None:
        """Write the frame that was taken down for the next start, if it is another one."""
        frame = output_of(self._taken)
        if self._file is not None and frame not in ("", self._found):
            self._file.write(frame)
