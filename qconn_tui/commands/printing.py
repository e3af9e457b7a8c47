"""What the commands that print connectors share: the formats, and the truth about what was printed.

Standard output carries the data, standard error everything else.
"""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

from qconn_tui.catalogue import export
from qconn_tui.catalogue.coverage import Reach
from qconn_tui.errors import IncompleteList, QconnError
from qconn_tui.loader.events import Refused, WalkEnded
from qconn_tui.runtime.stdio import write_flushed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from qconn_tui.connector import Connector
    from qconn_tui.loader.events import Event

WRITERS: dict[str, Callable[[Sequence[Connector]], Iterator[str]]] = {
    "json": export.to_json,
    "jsonl": export.to_jsonl,
    "csv": export.to_csv,
    "md": export.to_markdown,
}
"""The formats that look the same for one connector and for many, except that `get` prints JSON as an object."""


def prepare(out: TextIO) -> None:
    """Make `out` take every character: a pipe gets UTF-8 whatever the locale says, a terminal question marks."""
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(encoding=None if out.isatty() else "utf-8", errors="replace")


def width_of(out: TextIO) -> int | None:
    """The cells of a line; None when `out` is no terminal and a line may be as long as it needs."""
    return shutil.get_terminal_size().columns if out.isatty() else None


def print_lines(lines: Iterable[str], out: TextIO) -> None:
    """Print the lines, and keep none of them back. Raises what `write_flushed` raises."""
    write_flushed("".join(f"{line}\n" for line in lines), out)


def say_wait(seconds: float, error: QconnError) -> None:
    """Say that the tenant asks for a pause, and why."""
    when = f"in {seconds:.0f} s" if seconds >= 1 else "at once"
    print(f"qconn-tui: {error.summary} Trying again {when}.", file=sys.stderr, flush=True)


def report_coverage(event: Event, err: TextIO, now: float, *, offline: bool, advice: str) -> None:
    """Say on `err` what the rows of a walk that ended with `event` are worth; raise if it is less than was asked for.

    `now` is in seconds since the epoch; `offline` is whether an offline copy was asked for; `advice` is what to do
    about a list that the tenant leaves incomplete.
    """
    coverage = event.coverage
    if coverage.reach is Reach.READING:
        # The first rows of it were enough.
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
        # Asking for less does not mend what is on the disk.
        advice = "Run it without --offline once: the whole list is fetched and saved anew."
    raise IncompleteList(f"The list is incomplete: {words}.", advice)
