"""`qconn-tui cache`: what is kept on disk, and how to be rid of it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, NoReturn

from qconn_tui.catalogue.coverage import describe_age
from qconn_tui.commands.printing import prepare, print_lines
from qconn_tui.errors import UsageError
from qconn_tui.text import TEXT_LIMIT, clean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from qconn_tui.store.inspection import CacheFile, Content


def run(args: argparse.Namespace) -> int:
    """Do what `args.action` says, one of `options.CACHE_ACTIONS`; return the exit status.

    Neither makes a cache where there is none. Raises a `UsageError` for one that cannot be read or removed.
    """
    # platformdirs and sqlite3 are needed for nothing else.
    from qconn_tui.store.location import cache_path

    directory = cache_path()
    prepare(sys.stdout)
    if args.action == "info":
        print_lines(describe(directory, time.time()), sys.stdout)
    else:
        print(f"qconn-tui: {clear(directory)}", file=sys.stderr)
    return 0


def describe(directory: Path, now: float) -> Iterator[str]:
    """Where the cache is, its size, and a line for each saved list; `now` is in seconds since the epoch."""
    from qconn_tui.store.inspection import read_content

    files = _own_files(directory)
    yield f"Directory  {_shown(directory)}" + ("" if directory.exists() else " (not there)")
    yield f"Size       {_described(files)}"
    for file in files:
        if file.is_database:
            content = read_content(file.path)
            yield f"List       {content.host or file.path.name}: {_held(content, now)}"


def _held(content: Content, now: float) -> str:
    if content.fault:
        return f"cannot be read: {content.fault}"
    saved = "none is complete"
    if content.saved_at is not None:
        saved = f"{content.connectors:,} connectors, {describe_age(now - content.saved_at)} old"
    return f"{saved}; {content.logos:,} logos"


def clear(directory: Path) -> str:
    """Remove the program's own files and nothing else; return one sentence about what became free."""
    from qconn_tui.store.inspection import remove

    files = _own_files(directory)
    if not files:
        return f"There is nothing to remove in {_shown(directory)}."
    try:
        remove(files)
    except OSError as error:
        _refuse(directory, "removed", error)
    return f"Removed {_described(files)} from {_shown(directory)}."


def _own_files(directory: Path) -> Sequence[CacheFile]:
    from qconn_tui.store.inspection import own_files

    try:
        return own_files(directory)
    except OSError as error:
        _refuse(directory, "read", error)


def _refuse(directory: Path, verb: str, error: OSError) -> NoReturn:
    reason = clean(error.strerror or type(error).__name__)
    raise UsageError(f"The cache in {_shown(directory)} cannot be {verb}: {reason}.", "Look at who owns it.") from error


def _described(files: Sequence[CacheFile]) -> str:
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return f"{_size(sum(file.size for file in files))} in {count}"


def _size(number: int) -> str:
    """So many bytes in a unit that people read, e.g. `640 kB`."""
    if number < 1000:
        return f"{number} bytes"
    return f"{number / 1000:,.0f} kB" if number < 1_000_000 else f"{number / 1_000_000:,.1f} MB"


def _shown(directory: Path) -> str:
    return clean(str(directory), TEXT_LIMIT)
