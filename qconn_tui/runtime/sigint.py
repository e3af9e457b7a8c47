"""What ctrl+c does to a program that is still being imported.

Python raises an exception wherever it happens to be. In the midst of an import that can be a callback of Python's own
which swallows it, and the program starts as if nobody had asked it to end.
"""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130
"""Exit status after ctrl+c, as a shell expects it."""


def end_at_once() -> None:
    """From now on an interrupt ends the program on the spot, unless interrupts are ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def restore_sigint() -> None:
    """From now on an interrupt is Python's usual exception again, for who has something to finish."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    os._exit(INTERRUPTED)
