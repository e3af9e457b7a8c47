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

    from qconn_tui.connector import Connector
    from qconn_tui.loader.events import Event

_DAMAGE = "\N{REPLACEMENT CHARACTER}"


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


def report_coverage(event: Event, err: TextIO, now: float, *, printed: int, offline: bool, advice: str) -> None:
    """Print a note when the rows of a walk are not the whole, current list.

    Args:
        event: The last event of the walk.
        err: Where the note is printed.
        now: Seconds since the epoch.
        printed: How many rows have been printed.
        offline: Whether the user has asked for the offline copy.
        advice: What to do about a list that the tenant leaves incomplete.

    Raises:
        IncompleteList: Rows are missing that the user has asked for, or letters in them.
        QconnError: The tenant has not answered, there is no copy in its place, and nothing has been printed.
    """
    coverage = event.coverage
    if coverage.reach is Reach.READING:
        # The walk was stopped because the first saved rows were enough.
        coverage = coverage._replace(reach=Reach.OFFLINE)
    if isinstance(event, Refused) and coverage.reach is not Reach.OFFLINE:
        raise broken_off(event.error) if printed else event.error
    if isinstance(event, WalkEnded) and event.notice:
        print(f"qconn-tui: {event.notice}", file=err)
    if coverage.skipped:
        print(f"qconn-tui: {coverage.skipped:,} connectors could not be read and are missing.", file=err)
    if coverage.is_complete:
        if coverage.damaged:
            raise damaged_letters(coverage.damaged)
        return
    words = coverage.describe(now)
    if coverage.reach is Reach.OFFLINE and offline:
        print(f"qconn-tui: This is an {words}.", file=err)
        return
    if isinstance(event, Refused):
        reason = event.error
        raise IncompleteList(f"This is an {words}: {reason.summary}", reason.advice, more=reason.details())
    if coverage.reach is Reach.TORN:
        # A smaller request does not repair the saved list.
        advice = "Run it without --offline once: the whole list is fetched and saved anew."
    raise IncompleteList(f"The list is incomplete: {words}.", advice)


def is_damaged(connector: Connector) -> bool:
    """Whether a connector of a list with damaged records can be one of them."""
    return any(isinstance(text, str) and _DAMAGE in text for text in connector)


def damaged_letters(records: int) -> IncompleteList:
    """The error for records that were printed with letters missing."""
    which = "a connector" if records == 1 else f"{records:,} connectors"
    return IncompleteList(
        f"Letters of {which} came damaged, and are printed as {_DAMAGE}.",
        "Try again; if it stays so, look for a proxy or filter on the way.",
    )


def broken_off(error: QconnError) -> IncompleteList:
    """The error for a walk that failed after rows had been printed."""
    return IncompleteList(f"The list is incomplete: {error.summary}", error.advice, more=error.details())
