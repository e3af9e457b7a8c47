"""Printing for all commands: lines on standard output, notes and the list's coverage on standard error."""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

from qconn_tui.catalogue.coverage import Reach
from qconn_tui.errors import IncompleteList, QconnError
from qconn_tui.loader.events import Refused, WalkEnded
from qconn_tui.runtime.stdio import write_flushed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qconn_tui.loader.events import Event


def prepare(out: TextIO) -> None:
    """Let `out` accept every character.

    A pipe gets UTF-8 in any locale. A terminal keeps its encoding, and gets question marks for what that lacks.
    """
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(encoding=None if out.isatty() else "utf-8", errors="replace")


def width_of(out: TextIO) -> int | None:
    """The width of the terminal in cells; None when `out` is no terminal and lines may have any length."""
    return shutil.get_terminal_size().columns if out.isatty() else None


def print_lines(lines: Iterable[str], out: TextIO) -> None:
    """Print the lines and flush them. Raises what `write_flushed` raises."""
    write_flushed("".join(f"{line}\n" for line in lines), out)


def say_wait(seconds: float, error: QconnError) -> None:
    """Print a note that the tenant asks for a pause.

    Args:
        seconds: The length of the pause.
        error: The reason.
    """
    when = f"in {seconds:.0f} s" if seconds >= 1 else "at once"
    print(f"qconn-tui: {error.summary} Trying again {when}.", file=sys.stderr, flush=True)


def report_coverage(event: Event, err: TextIO, now: float, *, offline: bool, advice: str) -> None:
    """Print a note when the rows of a walk are not the whole, current list.

    Args:
        event: The last event of the walk.
        err: Where the note is printed.
        now: Seconds since the epoch.
        offline: Whether the user has asked for the offline copy.
        advice: What to do about a list that the tenant leaves incomplete.

    Raises:
        IncompleteList: Rows are missing that the user has asked for.
        QconnError: The tenant has not answered, and there is no copy in its place.
    """
    coverage = event.coverage
    if coverage.reach is Reach.READING:
        # The walk was stopped because the first saved rows were enough.
        coverage = coverage._replace(reach=Reach.OFFLINE)
    if isinstance(event, Refused) and coverage.reach is not Reach.OFFLINE:
        raise event.error
    if isinstance(event, WalkEnded) and event.notice:
        print(f"qconn-tui: {event.notice}", file=err)
    if coverage.skipped:
        print(f"qconn-tui: {coverage.skipped:,} connectors could not be read and are missing.", file=err)
    if coverage.is_complete:
        return
    words = coverage.describe(now)
    if coverage.reach is Reach.OFFLINE and offline:
        print(f"qconn-tui: This is an {words}.", file=err)
        return
    if isinstance(event, Refused):
        raise IncompleteList(f"This is an {words}: {event.error.summary}", event.error.advice)
    if coverage.reach is Reach.TORN:
        # A smaller request does not repair the saved list.
        advice = "Run it without --offline once: the whole list is fetched and saved anew."
    raise IncompleteList(f"The list is incomplete: {words}.", advice)
