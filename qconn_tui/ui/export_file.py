"""Files for the person at the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qconn_tui.errors import UsageError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def free_path(path: Path) -> Path:
    """`path`, or if something is there already, the first of `name-2`, `name-3` … that is free."""
    candidate, number = path, 2
    while candidate.exists():
        candidate, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return candidate


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write `lines` to a new file, each with a line end; return how many there were.

    A `~` at the front of `path` is the home directory. A file that is already there stays as it is. Raises
    `UsageError` naming the file when it cannot be written; nothing of it is left behind then.
    """
    try:
        path = path.expanduser()
        with path.open("x", encoding="utf-8", newline="\n") as file:
            try:
                return sum(file.write(f"{line}\n") > 0 for line in lines)
            except OSError:
                path.unlink()
                raise
    except OSError as error:
        reason = error.strerror or "it cannot be written"
    except (RuntimeError, ValueError):
        # Nobody of that name has a home directory; NUL or a lone surrogate cannot be in a name.
        reason = "no file can have that name"
    raise UsageError(f"{clean(str(path))} was not written: {clean(reason)}.", "Choose another name or folder.")
