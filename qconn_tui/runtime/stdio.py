"""The three standard streams when somebody has closed them, or when what is behind them takes no more."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import TextIO

    from qconn_tui.errors import UsageError


def reopen_closed() -> None:
    """Open the streams that are closed: a file that is opened next would take their place.

    Nothing can be read from such an input or written to such an output, and a closed standard error says nothing.
    """
    # The lowest free number is taken, so the order matters.
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", closefd=False)


def write_flushed(text: str, out: TextIO) -> None:
    """Write and flush, so that what goes wrong does so here.

    Raises `BrokenPipeError` when whoever read it has gone, and for everything else a `UsageError`.
    """
    try:
        out.write(text)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        refusal = _refusal(error)
        # What was not taken is still in the buffer, and Python would complain of it at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    else:
        return
    raise refusal


def _refusal(error: OSError) -> UsageError:
    from qconn_tui.errors import UsageError
    from qconn_tui.text import clean

    reason = clean(error.strerror or type(error).__name__)
    return UsageError(f"Standard output cannot be written: {reason}.", "Send it to another place.")
