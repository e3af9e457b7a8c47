"""`qconn-tui cache`: describe the files that are kept on disk, or remove them."""

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
    """Describe or remove the cache; neither creates one.

    Args:
        args: The parsed options, of which it reads `action`, one of `options.CACHE_ACTIONS`.

    Returns:
        The exit status.

    Raises:
        UsageError: The cache cannot be read or removed.
    """
    # Imported late: `location` brings platformdirs.
    from qconn_tui.store.location import cache_path

    directory = cache_path()
    prepare(sys.stdout)
    if args.action == "info":
        print_lines(describe(directory, time.time()), sys.stdout)
    else:
        print(f"qconn-tui: {clear(directory)}", file=sys.stderr)
    return 0


def describe(directory: Path, now: float) -> Iterator[str]:
    """Lines with the cache's path, its size, and each saved list.

    Args:
        directory: The cache's directory, which may be missing.
        now: Seconds since the epoch.

    Raises:
        UsageError: The directory cannot be read.
    """
    from qconn_tui.store.inspection import read_content

    files = _own_files(directory)
    yield f"Directory  {_path_text(directory)}" + ("" if directory.exists() else " (not there)")
    yield f"Size       {_files_text(files)}"
    for file in files:
        if file.is_database:
            content = read_content(file.path)
            yield f"List       {content.host or file.path.name}: {_content_text(content, now)}"


def _content_text(content: Content, now: float) -> str:
    if content.fault:
        return f"cannot be read: {content.fault}"
    saved = "none is complete"
    if content.saved_at is not None:
        saved = f"{content.connectors:,} connectors, {describe_age(now - content.saved_at)} old"
    return f"{saved}; {content.logos:,} logos"


def clear(directory: Path) -> str:
    """Remove the program's own files from the directory, and nothing else.

    Returns:
        A sentence with the number and size of the removed files.

    Raises:
        UsageError: The directory cannot be read, or a file cannot be removed.
    """
    from qconn_tui.store.inspection import remove

    files = _own_files(directory)
    if not files:
        return f"There is nothing to remove in {_path_text(directory)}."
    try:
        remove(files)
    except OSError as error:
        _raise_unusable(directory, "removed", error)
    return f"Removed {_files_text(files)} from {_path_text(directory)}."


def _own_files(directory: Path) -> Sequence[CacheFile]:
    from qconn_tui.store.inspection import own_files

    try:
        return own_files(directory)
    except OSError as error:
        _raise_unusable(directory, "read", error)


def _raise_unusable(directory: Path, verb: str, error: OSError) -> NoReturn:
    reason = clean(error.strerror or type(error).__name__)
    raise UsageError(
        f"The cache in {_path_text(directory)} cannot be {verb}: {reason}.", "Look at who owns it."
    ) from error


def _files_text(files: Sequence[CacheFile]) -> str:
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return f"{_size_text(sum(file.size for file in files))} in {count}"


def _size_text(number: int) -> str:
    """A number of bytes with a readable unit, e.g. `640 kB`."""
    if number < 1000:
        return f"{number} bytes"
    return f"{number / 1000:,.0f} kB" if number < 1_000_000 else f"{number / 1_000_000:,.1f} MB"


def _path_text(directory: Path) -> str:
    return clean(str(directory), TEXT_LIMIT)
