"""`qconn-tui ls`: the list as text. Standard output carries the data, standard error everything else."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from qconn_tui.catalogue import export
from qconn_tui.catalogue.coverage import Coverage
from qconn_tui.catalogue.query.query import EVERYTHING, Query, mistyped_field, parse
from qconn_tui.catalogue.sorting import Sort, SortKey, parse_sort
from qconn_tui.catalogue.view import View
from qconn_tui.commands.connect import start_demo
from qconn_tui.commands.printing import WRITERS, prepare, print_lines, report_coverage, say_wait, width_of
from qconn_tui.errors import QueryError, RequestRejected, UsageError
from qconn_tui.loader.events import Demand, Refused, WalkEnded
from qconn_tui.loader.loader import LIST_ORDER, open_loader
from qconn_tui.runtime.event_loop import run_promptly

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from qconn_tui.connector import Connector
    from qconn_tui.loader.events import Event
    from qconn_tui.settings.values import Settings


_REGEX_SECONDS = 10.0
"""Seconds after which a regular expression is given up; a screen would have done so long before."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What to print."""

    format: str = "jsonl"
    """One of `options.FORMATS`."""
    query: Query = EVERYTHING
    """Which connectors."""
    sort: tuple[Sort, ...] = ()
    """In which order; without, the best matches of the query first, then as the tenant lists them."""
    limit: int | None = None
    """At most so many."""
    filtered: bool = False
    """Whether the tenant itself leaves out what does not fit."""
    width: int | None = None
    """The cells of a table's line; None is as many as it needs."""
    offline: bool = False
    """Whether an offline copy is what was asked for."""

    @property
    def server_sort(self) -> str | None:
        """The order to ask the tenant for, which knows two; in `ListQuery`'s words."""
        if len(self.sort) != 1 or self.sort[0].key not in (SortKey.ID, SortKey.NAME):
            return None
        return f"{'-' if self.sort[0].descending else ''}{self.sort[0].key.value}"

    @property
    def enough(self) -> int | None:
        """How many rows of the tenant decide what is printed; None is all of them."""
        return self.limit if self.query.is_empty and bool(self.server_sort) == bool(self.sort) else None

    @property
    def streams(self) -> bool:
        """Whether a row can be printed before the next one is known."""
        return self.format == "jsonl" and not self.sort and not self.query.words

    def select(
        self, connectors: tuple[Connector, ...], printed: int = 0, time_limit: float = _REGEX_SECONDS
    ) -> Sequence[Connector]:
        """Those of `connectors` to print, in order, after `printed` others.

        A QueryError if a regular expression takes longer than `time_limit`, in seconds.
        """
        view = View().with_connectors(connectors).with_query(self.query, time_limit).sorted_by(*self.sort)
        rows = view.rows if self.limit is None else view.rows[: self.limit - printed]
        return [connectors[row] for row in rows]

    def lines(self, connectors: Sequence[Connector]) -> Iterator[str]:
        """The text of the connectors."""
        if self.format == "table":
            return export.to_table(connectors, self.width)
        return WRITERS[self.format](connectors)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print what `args` asks for; return the exit status.

    Reads `where`, `filter`, `sort`, `limit` and `format`. Raises a `QconnError` after printing what there is:
    an `IncompleteList`, or what kept the tenant from answering.
    """
    listing = read_listing(args, settings, sys.stdout)
    if args.filter is not None and settings.offline:
        raise UsageError("--filter is the tenant's business, and --offline does not ask it.", "Use --where.")
    prepare(sys.stdout)
    if doubt := mistyped_field(args.where or ""):
        print(f"qconn-tui: {doubt}", file=sys.stderr)
    with ExitStack() as demo:
        if settings.demo:
            settings = start_demo(settings, demo)
        run_promptly(_list(listing, args.filter, settings))
    return 0


def read_listing(args: argparse.Namespace, settings: Settings, out: TextIO) -> ListRequest:
    """What `args` asks to be printed on `out`; a UsageError names the option that cannot be used."""
    try:
        query = parse(args.where or "")
    except QueryError as error:
        where = f"--where, character {error.position + 1}"
        raise QueryError(f"{where}: {error.summary}", error.advice, position=error.position) from None
    return ListRequest(
        format=args.format or ("table" if out.isatty() else "jsonl"),
        query=query,
        sort=parse_sort(args.sort) if args.sort is not None else (),
        limit=args.limit,
        filtered=args.filter is not None,
        width=width_of(out),
        offline=settings.offline,
    )


async def _list(listing: ListRequest, server_filter: str | None, settings: Settings) -> None:
    # pydantic and httpx come with the pages.
    from qconn_tui.qlik.pager import ListQuery
    from qconn_tui.qlik.retry_wait import RetryWait

    enough = listing.enough
    page_size = min(settings.page_size, enough or settings.page_size)
    query = ListQuery(server_filter, listing.server_sort or LIST_ORDER, page_size)
    demand = Demand(everything=True) if enough is None else Demand(enough)
    async with open_loader(settings) as loader:
        events = loader.events(query, demand, saved_first=False, retry_wait=RetryWait(say_wait))
        try:
            await print_list(events, sys.stdout, sys.stderr, listing)
        except RequestRejected as error:
            rejection = error
        else:
            return
    raise _blame_filter(rejection) if server_filter is not None and rejection.status == 400 else rejection


def _blame_filter(rejection: RequestRejected) -> UsageError:
    """For a tenant that does not take an expression; nothing else in the request is anybody's own words."""
    return UsageError(
        "The tenant does not take that --filter.",
        "It takes e.g. 'name eq \"Airtable\"'.",
        more=rejection.details(),
    )


async def print_list(
    events: AsyncIterator[Event],
    out: TextIO,
    err: TextIO,
    listing: ListRequest,
    now: Callable[[], float] = time.time,
) -> None:
    """Print the rows of a walk on `out`, as they come if they can be, and notes on `err`.

    Stops asking for pages when `listing.limit` is reached. Raises an `IncompleteList` if rows are missing and
    the walk's own error if it broke off, both after printing what there is.
    """
    read = printed = 0
    time_limit = _REGEX_SECONDS
    is_enough = False
    event: Event = WalkEnded((), Coverage())
    async for event in events:
        if listing.streams:
            began = time.monotonic()
            rows = listing.select(event.connectors[read:], printed, time_limit)
            time_limit -= time.monotonic() - began
            print_lines(listing.lines(rows), out)
            read, printed = len(event.connectors), printed + len(rows)
            is_enough = printed == listing.limit
        else:
            is_enough = listing.enough is not None and len(event.connectors) >= listing.enough
        if is_enough:
            break
    if not listing.streams and (event.connectors or not isinstance(event, Refused)):
        print_lines(listing.lines(listing.select(event.connectors)), out)
        if listing.format == "md" and not is_enough and not event.coverage.is_whole:
            print_lines(export.to_remark(f"Not the whole list: {event.coverage.describe(now())}"), out)
    if not event.connectors and event.coverage.is_complete:
        which = " that --filter admits" if listing.filtered else ""
        print(f"qconn-tui: The tenant lists no connectors{which}.", file=err)
    if listing.query.terms and event.connectors and not listing.select(event.connectors):
        print(f"qconn-tui: None of the {len(event.connectors):,} connectors matches.", file=err)
    if not is_enough or event.coverage.is_copy:
        report_coverage(event, err, now(), offline=listing.offline, advice="Try again, or ask for less with --limit.")
