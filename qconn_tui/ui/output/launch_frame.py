"""The first frame of the last start, shown again before Textual is imported.

It is on the screen 60 ms after the start; Textual's own first frame takes four times as long and is nearly always the
same. The user can read at once, the input queue keeps what is typed, and Textual's frame only writes what differs.
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
"""How a driver takes the screen: xterm's alternate screen, DEC private mode 1049. Sent twice, it clears the screen."""
_HIDE_CURSOR = "\x1b[?25l"
FAREWELL = b"\x1b[?1049l\x1b[?25h"
"""Leaves the alternate screen and shows the cursor."""


def terminal_size(descriptor: int) -> tuple[int, int]:
    """The columns and lines of the terminal behind a file descriptor; zeros if the system does not know."""
    try:
        return os.get_terminal_size(descriptor)
    except OSError:
        return (0, 0)


class LaunchFrame:
    """Shows the frame of the last start, and records the one for the next.

    Args:
        file: Where frames are kept between starts; None to show and keep nothing.
        size: Columns and lines of the terminal.
    """

    def __init__(self, file: FrameFile | None = None, size: tuple[int, int] = (0, 0)) -> None:
        self._file = file
        self._size = size
        self._found = file.read() if file is not None else ""
        self._diff = ScreenDiff()
        self._lasting_rows = 0
        self._recorded: Rows = {}
        self.is_shown = False
        """Whether the frame is on the screen, with the alternate screen that the driver has yet to take over."""
        self.on_first_frame: Callable[[], None] | None = None
        """Called when Textual has drawn its first frame; the driver then calls `record` behind the frame."""

    def output(self) -> str:
        """The output that shows the frame on an empty screen; empty if there is none. Call once, and write it."""
        if not self._found:
            return ""
        self.is_shown = True
        self._diff.draw(self._found)
        return f"{ENTER}{_HIDE_CURSOR}{self._diff.changes()}"

    def diff_for(self, size: tuple[int, int]) -> ScreenDiff:
        """What the screen shows; `size` is its columns and lines by now, and after a change nothing is known."""
        return self._diff if size == self._size else ScreenDiff()

    def first_frame_drawn(self, lasting_rows: int) -> None:
        """Note that Textual has drawn its first frame.

        Args:
            lasting_rows: How many rows from the top are expected to be the same at the next start.
        """
        self._lasting_rows = lasting_rows
        if self.on_first_frame is not None:
            self.on_first_frame()

    def record(self, diff: ScreenDiff) -> None:
        """Record the frame that is drawn by now, unless one was recorded before. For the thread that writes."""
        if self._file is not None and not self._recorded:
            self._recorded = diff.rows(self._lasting_rows)

    def keep(self) -> None:
        """Write the recorded frame to the file for the next start, if it differs from the last one."""
        frame = output_of(self._recorded)
        if self._file is not None and frame not in ("", self._found):
            self._file.write(frame)
