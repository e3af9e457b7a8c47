"""The three standard streams, when they are closed or cannot be written."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import TextIO

    from qconn_tui.errors import UsageError


def reopen_closed() -> None:
    """Open the standard streams that are closed, as the next file that is opened would get their descriptor.

    Input is then empty, output fails on writing, and what goes to standard error is lost.
    """
    # The system gives out the lowest free descriptor, so the order matters.
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", closefd=False)


def write_flushed(text: str, out: TextIO) -> None:
    """Write and flush, so that errors come up here and not at exit.

    Raises:
        BrokenPipeError: The reader has closed the pipe.
        UsageError: The stream cannot be written for another reason.
    """
    try:
        out.write(text)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        refusal = _refusal(error)
        # The rest is still in the buffer, and Python would fail to flush it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    else:
        return
    raise refusal


def _refusal(error: OSError) -> UsageError:
    from qconn_tui.errors import UsageError
    from qconn_tui.text import clean

    reason = clean(error.strerror or type(error).__name__)
    return UsageError(f"Standard output cannot be written: {reason}.", "Send it to another place.")
