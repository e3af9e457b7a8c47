"""Writing the files that the user exports."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qconn_tui.errors import UsageError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def free_path(path: Path) -> Path:
    """Return `path` if nothing is there, or else the first of `name-2`, `name-3` … that is free."""
    candidate, number = path, 2
    # Not `Path.exists`, which raises an error for a folder that must not be looked at. Writing reports that.
    while os.path.lexists(candidate):
        candidate, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return candidate


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines of text to a new file in UTF-8.

    Args:
        path: The path of the file; a leading `~` is the home directory.
        lines: The lines, without line ends.

    Returns:
        How many lines were written.

    Raises:
        UsageError: The file exists, or it cannot be written; then no partial file is left.
    """
    try:
        path = path.expanduser()
        file = path.open("x", encoding="utf-8", newline="\n")
        try:
            # A full disk may only show when the file is closed.
            with file:
                return sum(file.write(f"{line}\n") > 0 for line in lines)
        except OSError:
            path.unlink()
            raise
    except OSError as error:
        reason = error.strerror or "it cannot be written"
    except (RuntimeError, ValueError):
        # There is no home directory of that user, or the path contains NUL or a lone surrogate.
        reason = "no file can have that name"
    raise UsageError(f"{clean(str(path))} was not written: {clean(reason)}.", "Choose another name or folder.")
