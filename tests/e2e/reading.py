"""What can be read off a terminal in which the program runs."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.terminal import Terminal

FIRST_PAGE = "100 of 100 · partial, more on the server"
ALL_PAGES = "412 of 412 · complete"

SOME_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An id as the demo has them."""

# tmux leaves out that it is the clipboard which is meant.
_OSC_52 = re.compile(rb"\x1b\]52;c?;([^\x07\x1b]*)(?:\x07|\x1b\\)")
_QUIET = 0.6
"""Seconds without a byte after which everything has been drawn."""


def shown_id(terminal: Terminal) -> str:
    """The id in the detail pane."""
    found = SOME_ID.search(terminal.text())
    assert found
    return found[0]


def clipboard(terminal: Terminal) -> list[bytes]:
    """What the terminal was told to put into its clipboard, in base64; each of several alike once."""
    return list(dict.fromkeys(_OSC_52.findall(terminal.raw)))


def settle(terminal: Terminal) -> int:
    """Wait until nothing more is drawn; the number of bytes that the program has written so far."""
    last = (len(terminal.raw), time.monotonic())

    def is_quiet() -> bool:
        nonlocal last
        if len(terminal.raw) != last[0]:
            last = (len(terminal.raw), time.monotonic())
        return time.monotonic() - last[1] > _QUIET

    terminal.wait_for(is_quiet)
    return last[0]
