"""Copies a text to the clipboard by every way that the system offers, and reports how."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from qconn_tui.terminal.clipboard import copy_methods, fits_osc_52, pipe_to
from qconn_tui.ui.messages import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qconn_tui.terminal.clipboard import CopyMethod

BY_HAND = "Y, then v, shows it to select by hand."
"""The way that always works."""


async def copy(text: str, label: str, environ: Mapping[str, str], send_osc_52: Callable[[str], None]) -> Notice:
    """Copy a text to the clipboard of the user's terminal or desktop.

    Args:
        text: What to copy.
        label: What the text is, e.g. “the id of Airtable”.
        environ: The environment, which tells the desktop and the multiplexer.
        send_osc_52: Sends a text to the terminal's clipboard: OSC 52 of xterm's control sequences.

    Returns:
        What to report to the user.
    """
    *commands, osc_52 = copy_methods(environ, sys.platform, shutil.which)
    used = [way for way in commands if await pipe_to(way.command, text)]
    if used:
        return Notice(_report("Copied", text, label, used))
    if not fits_osc_52(text):
        size = len(text.encode())
        sentence = f"Nothing was copied: {label} is {size:,} bytes, and many terminals take no more than 6,000 at once."
        return Notice(f"{sentence}\ne writes a file; {BY_HAND}", is_problem=True)
    send_osc_52(text)
    return Notice(_report("Sent", text, label, [osc_52]))


def _report(verb: str, text: str, label: str, used: list[CopyMethod]) -> str:
    count = text.count("\n") + 1
    lines = f" ({count} lines: mind where you paste)" if count > 1 else ""
    report = f"{verb} {label}{lines} to {' and '.join(way.target for way in used)}."
    if not (hints := [way.hint for way in used]) or "" in hints:
        return report
    return f"{report}\nNot there? {'; '.join(hints)}. {BY_HAND}"
