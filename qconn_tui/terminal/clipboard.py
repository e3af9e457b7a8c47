"""Getting text into the clipboard of the person at the keyboard, who may be at the other end of an SSH line.

tmux drops OSC 52 from its panes in its default configuration, but takes text by `load-buffer -w`, keeps it as a
buffer and hands it on to the terminal around it. Everywhere else OSC 52 is the way that survives SSH.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 2.0
"""Seconds after which tmux is taken for dead."""


def tmux_command(environ: Mapping[str, str]) -> str | None:
    """The path of tmux when the program runs inside it and can call it, else None."""
    return shutil.which("tmux", path=environ.get("PATH")) if environ.get("TMUX") else None


async def load_tmux_buffer(tmux: str, text: str) -> bool:
    """Hand `text` to the tmux around the program; whether tmux took it."""
    try:
        process = await asyncio.create_subprocess_exec(
            tmux, "load-buffer", "-w", "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            await process.communicate(text.encode())
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0
