"""Copying a text by every way that is open, and the words for what became of it."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from qconn_tui.terminal.clipboard import fits_osc_52, hand_over, ways
from qconn_tui.ui.messages import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qconn_tui.terminal.clipboard import Way

BY_HAND = "Y, then v, shows it to select by hand."
"""The way that is always open."""


async def copy(text: str, label: str, environ: Mapping[str, str], send_osc_52: Callable[[str], None]) -> Notice:
    """Put `text` into the clipboard of the person at the keyboard; what to tell about it.

    `label` is what the text is, e.g. “the id of Airtable”.
    """
    *commands, osc_52 = ways(environ, sys.platform, shutil.which)
    took = [way for way in commands if await hand_over(way.command, text)]
    if took:
        return Notice(_report("Copied", text, label, took))
    if not fits_osc_52(text):
        size = len(text.encode())
        words = f"Nothing was copied: {label} is {size:,} bytes, and many terminals take no more than 6,000 at once."
        return Notice(f"{words}\ne writes a file; {BY_HAND}", is_problem=True)
    send_osc_52(text)
    return Notice(_report("Sent", text, label, [osc_52]))


def _report(verb: str, text: str, label: str, took: list[Way]) -> str:
    count = text.count("\n") + 1
    lines = f" ({count} lines: mind where you paste)" if count > 1 else ""
    report = f"{verb} {label}{lines} to {' and '.join(way.target for way in took)}."
    if not (hints := [way.hint for way in took]) or "" in hints:
        return report
    return f"{report}\nNot there? {'; '.join(hints)}. {BY_HAND}"
