"""`qconn-tui ls`: print the list. Standard output carries the data, standard error everything else."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from qconn_tui.catalogue import export
from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.query.parse import mistyped_field, parse
from qconn_tui.catalogue.query.query import EVERYTHING, Query
from qconn_tui.catalogue.server_order import LIST_ORDER, server_sort
from qconn_tui.catalogue.sorting import Sort, parse_sort
from qconn_tui.catalogue.view import View
from qconn_tui.commands.connect import start_demo
from qconn_tui.commands.printing import (
    broken_off,
    damaged_letters,
    is_damaged,
    prepare,
    print_lines,
    report_coverage,
    say_wait,
    width_of,
)
from qconn_tui.errors import QueryError, RequestRejected, UsageError
from qconn_tui.loader.events import Demand, Refused, WalkEnded
from qconn_tui.loader.loader import open_loader
from qconn_tui.runtime.event_loop import run_promptly

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from qconn_tui.connector import Connector
    from qconn_tui.loader.events import Event
    from qconn_tui.settings.values import Settings


_REGEX_SECONDS = 10.0
"""Seconds that a regular expression may take, which is more than the screen allows."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which connectors to print, and how."""

    format: str = "jsonl"
    """One of `options.FORMATS`."""
    query: Query = EVERYTHING
    """The query that they match."""
    sort: tuple[Sort, ...] = ()
    """Their order; when empty, the best matches of the query come first, and the rest as the tenant lists them."""
    limit: int | None = None
    """The most rows to print; None for all."""
    filtered: bool = False
    """Whether the tenant applies a filter, too."""
    width: int | None = None
    """Cells in a line of a table; None for as many as it needs."""
    offline: bool = False
    """Whether the user has asked for the offline copy."""

    @property
    def enough(self) -> int | None:
        """How many of the tenant's rows decide what is printed; None for all of them."""
        return self.limit if self.query.is_empty and server_sort(self.sort) is not None else None

    @property
    def streams(self) -> bool:
        """Whether a row can be printed before the next one is known."""
        return self.format == "jsonl" and not self.sort and not self.query.words

    def select(
        self, connectors: tuple[Connector, ...], printed: int = 0, time_limit: float = _REGEX_SECONDS
    ) -> Sequence[Connector]:
        """The connectors to print, in order.

        Args:
            connectors: Connectors of the tenant, in its order.
            printed: How many have been printed before, which count towards the limit.
            time_limit: Seconds that a regular expression may take.

        Raises:
            QueryError: A regular expression takes longer.
        """
        view = View().with_connectors(connectors).with_query(self.query, time_limit).sorted_by(*self.sort)
        rows = view.rows if self.limit is None else view.rows[: self.limit - printed]
        return [connectors[row] for row in rows]

    def lines(self, connectors: Sequence[Connector]) -> Iterator[str]:
        """The connectors as lines in the requested format."""
        if self.format == "table":
            return export.to_table(connectors, self.width)
        return export.WRITERS[self.format](connectors)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print the list.

    Args:
        args: The parsed options, of which it reads `where`, `filter`, `sort`, `limit` and `format`.
        settings: The settings of this run.

    Returns:
        The exit status.

    Raises:
        QconnError: An option cannot be used, the list is incomplete, or the tenant has not answered. The latter two
            are raised after the rows that there are have been printed.
    """
    listing = read_listing(args, settings, sys.stdout)
    if args.filter is not None and settings.offline:
        raise UsageError("--filter is the tenant's business, and --offline does not ask it.", "Use --where.")
    prepare(sys.stdout)
    if hint := mistyped_field(args.where or ""):
        print(f"qconn-tui: {hint}", file=sys.stderr)
    with ExitStack() as demo:
        if settings.demo:
            settings = start_demo(settings, demo)
        run_promptly(_list(listing, args.filter, settings))
    return 0


def read_listing(args: argparse.Namespace, settings: Settings, out: TextIO) -> ListRequest:
    """The request that the options make.

    Args:
        args: The parsed options, as for `run`.
        settings: The settings of this run.
        out: Where the list will be printed: a terminal gets a table, anything else JSON lines.

    Raises:
        UsageError: `--sort` names no column.
        QueryError: `--where` is no query.
    """
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
    query = ListQuery(server_filter, server_sort(listing.sort) or LIST_ORDER, page_size)
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
    """The error for a rejected `--filter`: nothing else in the request is the user's own text."""
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
    """Print the rows of a walk; stop it when `listing.limit` is reached.

    Args:
        events: The events of the walk.
        out: Where rows are printed: page by page if the request allows it, otherwise at the end of the walk.
        err: Where notes are printed.
        listing: The request.
        now: The clock, in seconds since the epoch.

    Raises:
        IncompleteList: Rows are missing, or letters in them. It is raised after what there is has been printed.
        QconnError: The walk has failed, and no rows have been printed.
    """
    read = printed = damaged = 0
    time_limit = _REGEX_SECONDS
    is_enough = False
    event: Event = WalkEnded((), Coverage())
    async for event in events:
        if listing.streams:
            began = time.monotonic()
            rows = _next_rows(listing, event.connectors[read:], printed, time_limit)
            time_limit -= time.monotonic() - began
            print_lines(listing.lines(rows), out)
            read, printed, damaged = len(event.connectors), printed + len(rows), damaged + _damaged(rows, event)
            is_enough = printed == listing.limit
        else:
            is_enough = listing.enough is not None and len(event.connectors) >= listing.enough
        if is_enough:
            break
    if not listing.streams:
        rows = listing.select(event.connectors)
        printed, damaged = len(rows), _damaged(rows, event)
        _print_at_the_end(listing, rows, event, out, None if is_enough else now())
    if not event.connectors and event.coverage.is_complete:
        which = " that --filter admits" if listing.filtered else ""
        print(f"qconn-tui: The tenant lists no connectors{which}.", file=err)
    if listing.query.terms and event.connectors and not listing.select(event.connectors):
        print(f"qconn-tui: None of the {len(event.connectors):,} connectors matches.", file=err)
    if not is_enough or event.coverage.is_copy:
        advice = "Try again, or ask for less with --limit."
        report_coverage(event, err, now(), printed=printed, offline=listing.offline, advice=advice)
    elif damaged:
        raise damaged_letters(damaged)


def _print_at_the_end(
    listing: ListRequest, rows: Sequence[Connector], event: Event, out: TextIO, now: float | None
) -> None:
    """Print the rows of a walk that is over; `now` is None if no more rows were wanted."""
    # Without rows, the status says that nothing was printed. A copy in place of the tenant's list may be empty.
    if not rows and isinstance(event, Refused) and event.coverage.reach is not Reach.OFFLINE:
        return
    print_lines(listing.lines(rows), out)
    if listing.format == "md" and now is not None:
        print_lines(export.to_markdown_remark(event.coverage, now), out)


def _next_rows(
    listing: ListRequest, connectors: tuple[Connector, ...], printed: int, time_limit: float
) -> Sequence[Connector]:
    """The next rows to print; after the first ones, an expression that takes too long leaves the list incomplete."""
    try:
        return listing.select(connectors, printed, time_limit)
    except QueryError as error:
        if not printed:
            raise
        failure = error
    raise broken_off(failure)


def _damaged(rows: Sequence[Connector], event: Event) -> int:
    return sum(map(is_damaged, rows)) if event.coverage.damaged else 0
