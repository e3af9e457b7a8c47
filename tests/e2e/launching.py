"""Starting a program in a pseudo terminal."""

from __future__ import annotations

import os
import subprocess
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A session leader without a terminal gets the first one that it opens, and with it the signals for a new size.
_IN_TERMINAL = 'terminal=$1; shift; exec "$@" 0<>"$terminal" 1>&0 2>&0'


def launch(
    command: Sequence[str], terminal: int, size: tuple[int, int], environ: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start the command in the terminal of that descriptor, made `size` columns and lines large."""
    columns, lines = size
    termios.tcsetwinsize(terminal, (lines, columns))
    return subprocess.Popen(
        ["sh", "-c", _IN_TERMINAL, "sh", os.ttyname(terminal), *command], env=dict(environ), start_new_session=True
    )
