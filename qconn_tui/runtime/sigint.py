"""Ctrl+C while the program is still being imported.

Python raises `KeyboardInterrupt` wherever it is. During an import that can be inside a callback of the import system,
which ignores exceptions, and the program would start in spite of the interrupt.
"""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130
"""Exit status after ctrl+c, as a shell expects it."""


def end_at_once() -> None:
    """From now on an interrupt ends the process at once, unless it was started with interrupts ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def restore_sigint() -> None:
    """From now on an interrupt raises `KeyboardInterrupt` again, for commands that clean up."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    os._exit(INTERRUPTED)
