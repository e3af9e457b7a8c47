"""`qconn-tui get`: print one connector, found by its id or by its name."""

from __future__ import annotations

import difflib
import re
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from qconn_tui.catalogue import export
from qconn_tui.catalogue.coverage import Coverage
from qconn_tui.catalogue.folding import fold
from qconn_tui.catalogue.server_order import LIST_ORDER
from qconn_tui.commands.connect import start_demo
from qconn_tui.commands.printing import (
    damaged_letters,
    is_damaged,
    prepare,
    print_lines,
    report_coverage,
    say_wait,
    width_of,
)
from qconn_tui.errors import UsageError
from qconn_tui.loader.events import Demand, Refused, WalkEnded
from qconn_tui.loader.loader import open_loader
from qconn_tui.runtime.event_loop import run_promptly
from qconn_tui.text import clean

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from qconn_tui.connector import Connector
    from qconn_tui.loader.events import Event
    from qconn_tui.settings.values import Settings

_NAMES_SHOWN = 5
_CANDIDATES_SHOWN = 10
_NAME_LENGTH = 40
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GetRequest:
    """Which connector to print, and how."""

    wanted: str
    """Its id, its name or a part of the name; cleaned as ids and names are, never empty."""
    format: str = "json"
    """One of `options.FORMATS`."""
    width: int | None = None
    """Cells in a line of a table; None for as many as it needs."""
    offline: bool = False
    """Whether the user has asked for the offline copy."""

    def lines(self, connector: Connector) -> Iterator[str]:
        """The connector as lines in the requested format."""
        if self.format == "table":
            return export.to_fields(connector, self.width)
        # As JSON it is one object, where a list is an array.
        return export.to_object(connector) if self.format == "json" else export.WRITERS[self.format]([connector])


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print one connector.

    Args:
        args: The parsed options, of which it reads `wanted` and `format`.
        settings: The settings of this run.

    Returns:
        The exit status.

    Raises:
        UsageError: No connector matches, or several do.
        QconnError: The tenant has not answered, or the list is incomplete.
    """
    request = read_request(args, settings, sys.stdout)
    prepare(sys.stdout)
    with ExitStack() as demo:
        if settings.demo:
            settings = start_demo(settings, demo)
        run_promptly(_get(request, settings))
    return 0


def read_request(args: argparse.Namespace, settings: Settings, out: TextIO) -> GetRequest:
    """The request that the options make.

    Args:
        args: The parsed options, as for `run`.
        settings: The settings of this run.
        out: Where the connector will be printed: a terminal gets a table, anything else a JSON object.

    Raises:
        UsageError: The id or name is empty.
    """
    wanted = clean(args.wanted)
    if not wanted:
        raise UsageError("ID|NAME is empty.", "Give a connector's id or name.")
    return GetRequest(wanted, args.format or ("table" if out.isatty() else "json"), width_of(out), settings.offline)


async def _get(request: GetRequest, settings: Settings) -> None:
    # pydantic and httpx come with the pages.
    from qconn_tui.qlik.pager import ListQuery
    from qconn_tui.qlik.retry_wait import RetryWait

    async with open_loader(settings) as loader:
        query = ListQuery(sort=LIST_ORDER, limit=settings.page_size)
        events = loader.events(query, Demand(everything=True), saved_first=False, retry_wait=RetryWait(say_wait))
        await print_connector(events, sys.stdout, sys.stderr, request)


async def print_connector(
    events: AsyncIterator[Event], out: TextIO, err: TextIO, request: GetRequest, now: Callable[[], float] = time.time
) -> None:
    """Print the requested connector of a walk; stop the walk once its id has come.

    Args:
        events: The events of the walk.
        out: Where the connector is printed.
        err: Where notes are printed.
        request: The request.
        now: The clock, in seconds since the epoch.

    Raises:
        UsageError: No connector matches, or several do.
        IncompleteList: The connector is printed, but a row that is missing could match, too; or letters are missing.
        QconnError: The walk has failed before a connector was found.
    """
    read = 0
    event: Event = WalkEnded((), Coverage())
    found: Sequence[Connector] = ()
    async for event in events:
        found = find_by_id(event.connectors[read:], request.wanted)
        read = len(event.connectors)
        if found:
            break
    has_id = bool(found)
    found = found or find_by_name(event.connectors, request.wanted)
    if not found:
        raise event.error if isinstance(event, Refused) else _no_match(event, request.wanted, now())
    if len(found) > 1:
        raise _several_matches(found, request.wanted)
    print_lines(request.lines(found[0]), out)
    # A row that is missing may have the same name, but not the same id.
    if not has_id or event.coverage.is_copy:
        advice = "Try again, or give the id to be sure."
        report_coverage(event, err, now(), printed=1, offline=request.offline, advice=advice)
    elif event.coverage.damaged and is_damaged(found[0]):
        raise damaged_letters(1)


def find_by_id(connectors: Sequence[Connector], wanted: str) -> Sequence[Connector]:
    """The connectors with that id. In a UUID, case makes no difference (RFC 9562, section 4); in other ids it does."""
    found = [connector for connector in connectors if connector.id == wanted]
    if found or not _UUID.fullmatch(wanted):
        return found
    return [connector for connector in connectors if connector.id.lower() == wanted.lower()]


def find_by_name(connectors: Sequence[Connector], wanted: str) -> Sequence[Connector]:
    """The connectors with that name; else those whose name begins with it; else those whose name contains it.

    Case and accents make no difference, unless a name has the very same.
    """
    if found := [connector for connector in connectors if connector.name == wanted]:
        return found
    text = fold(wanted)
    names = [fold(connector.name) for connector in connectors]
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: name == text,
        lambda name: name.startswith(text),
        lambda name: text in name,
    )
    # Every name begins with the empty text, which is what is left of a single mark.
    for test in tests if text else tests[:1]:
        found = [connector for connector, name in zip(connectors, names, strict=True) if test(name)]
        if found:
            return found
    return ()


def _several_matches(found: Sequence[Connector], wanted: str) -> UsageError:
    by_name = sorted(found, key=lambda connector: fold(connector.name))
    shown = [f"{connector.id}  {_short(connector.name)}" for connector in by_name[:_CANDIDATES_SHOWN]]
    rest = ["…"] if len(found) > _CANDIDATES_SHOWN else []
    return UsageError(
        f"“{_short(wanted)}” fits {len(found):,} connectors.",
        "Give the id, or more of the name.",
        more=(*shown, *rest),
    )


def _no_match(event: Event, wanted: str, now: float) -> UsageError:
    near = {fold(connector.name): connector for connector in event.connectors}
    shown = [_short(near[name].name) for name in difflib.get_close_matches(fold(wanted), near, _NAMES_SHOWN)]
    coverage = event.coverage
    is_certain = coverage.is_whole
    return UsageError(
        f"No connector has the id “{_short(wanted)}” or this in its name"
        + ("." if is_certain else f" (the list is: {coverage.describe(now)})."),
        f"Near it: {', '.join(shown)}." if shown else "`qconn-tui ls` prints them all.",
    )


def _short(text: str) -> str:
    return clean(text, _NAME_LENGTH)
