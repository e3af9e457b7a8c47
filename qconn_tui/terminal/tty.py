"""The terminal as the operating system sees it: its file descriptors, its input mode, its size."""

from __future__ import annotations

import os
import struct
import termios
from fcntl import ioctl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Attributes = list[Any]
"""A terminal's settings, as `termios.tcgetattr` returns them."""

_DISABLED = b"\0"
"""The control character that no key sends (`_POSIX_VDISABLE`)."""


def reason_not_to_ask(environ: Mapping[str, str], source: int, target: int) -> str:
    """Return why the terminal must not be asked anything, as the end of a sentence; empty if it may be.

    Args:
        environ: The environment variables of the program.
        source: The file descriptor that keys are read from.
        target: The file descriptor that the screen is written to.
    """
    if environ.get("TERM") in (None, "", "dumb"):
        return "TERM is unset or dumb"
    try:
        if not (os.isatty(source) and os.isatty(target)):
            return "there is none"
        if os.fstat(source).st_rdev != os.fstat(target).st_rdev:
            return "keys and screen belong to two terminals"
        if not _is_in_foreground(source):
            return "the program runs in the background"
    except OSError:
        return "there is none"
    return ""


def _is_in_foreground(source: int) -> bool:
    try:
        return os.tcgetpgrp(source) == os.getpgrp()
    except OSError:
        # Not the controlling terminal: there is no job control, so using it does not stop the program.
        return True


def without_echo(attributes: Attributes) -> Attributes:
    """Return settings that deliver each key at once, unchanged and without echo; ctrl+c still interrupts."""
    changed = list(attributes)
    changed[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    changed[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    changed[6] = list(changed[6])
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    # ctrl+z and ctrl+\ would stop or kill the program and leave the shell with these settings.
    changed[6][termios.VSUSP] = changed[6][termios.VQUIT] = _DISABLED
    return changed


def cell_size(target: int) -> tuple[int, int] | None:
    """Return the width and height of a character cell in pixels (TIOCGWINSZ); None if the system does not know."""
    try:
        lines, columns, width, height = struct.unpack("4H", ioctl(target, termios.TIOCGWINSZ, bytes(8)))
    except OSError:
        return None
    return (width // columns, height // lines) if lines and columns and width and height else None
