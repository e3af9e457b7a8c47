"""What a file of ours on disk has to be like before it is opened, and a value in it before it is used."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_VALUE = 32 * 1024 * 1024
"""Bytes of the largest value in a database, and of a page of connectors when it is decompressed."""

_LAST_MOMENT = 253_402_300_799.0  # in the year 9999
_COMPANIONS = ("-wal", "-shm", "-journal")


def is_moment(value: object) -> bool:
    """Return whether a value is a time in seconds since the epoch that a calendar has."""
    return isinstance(value, (int, float)) and 0 <= value <= _LAST_MOMENT


def companions(path: Path) -> tuple[Path, ...]:
    """Return the paths of the files that SQLite keeps beside a database."""
    return tuple(path.with_name(path.name + suffix) for suffix in _COMPANIONS)


def set_aside(path: Path) -> None:
    """Give what is at a path another name, under which the user can still find it.

    Raises:
        OSError: It cannot be renamed.
    """
    path.rename(path.with_name(f"{path.name}.corrupt-{int(time.time())}"))


def waits_for_ever(path: Path) -> bool:
    """Return whether opening the path could wait for another program, as a FIFO does (fifo(7)).

    Raises:
        OSError: The path cannot be looked at.
    """
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except FileNotFoundError:
        return False


def is_foreign(path: Path) -> bool:
    """Return whether there is something other than a file or a directory, which no program of ours has made.

    Raises:
        OSError: The path cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
