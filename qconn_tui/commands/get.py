"""`qconn-tui get`: one connector as text, found by its id or by its name."""

from __future__ import annotations

import difflib
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from qconn_tui.catalogue import export
from qconn_tui.catalogue.coverage import Coverage
from qconn_tui.catalogue.folding import fold
from qconn_tui.commands.connect import start_demo
from qconn_tui.commands.printing import WRITERS, prepare, print_lines, report_coverage, say_wait, width_of
from qconn_tui.errors import UsageError
from qconn_tui.loader.events import Demand, Refused, WalkEnded
from qconn_tui.loader.loader import LIST_ORDER, open_loader
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


@dataclass(frozen=True, slots=True)
class GetRequest:
    """Which connector to print, and how."""

    wanted: str
    """Its id, its name or a part of the name, cleaned as ids and names are; never empty."""
    format: str = "json"
    """One of `options.FORMATS`."""
    width: int | None = None
    """The cells of a table's line; None is as many as it needs."""
    offline: bool = False
    """Whether an offline copy is what was asked for."""

    def lines(self, connector: Connector) -> Iterator[str]:
        """The text of the connector."""
        if self.format == "table":
            return export.to_fields(connector, self.width)
        return export.to_object(connector) if self.format == "json" else WRITERS[self.format]([connector])


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print the connector that `args` asks for; return the exit status.

    Reads `wanted` and `format`. Raises a `UsageError` when there is no such connector or more than one, and what
    `report_coverage` raises.
    """
    request = read_request(args, settings, sys.stdout)
    prepare(sys.stdout)
    with ExitStack() as demo:
        if settings.demo:
            settings = start_demo(settings, demo)
        run_promptly(_get(request, settings))
    return 0


def read_request(args: argparse.Namespace, settings: Settings, out: TextIO) -> GetRequest:
    """What `args` asks to be printed on `out`; a UsageError says that it names nothing."""
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
    """Print the requested connector of a walk on `out`, and notes on `err`.

    Asks for no further page once its id has come. Raises a `UsageError` when none or several fit, the walk's own
    error when it broke off before one was found, and after printing what `report_coverage` raises when the rows
    that are missing could matter.
    """
    read = 0
    event: Event = WalkEnded((), Coverage())
    found: Sequence[Connector] = ()
    async for event in events:
        found = [connector for connector in event.connectors[read:] if connector.id == request.wanted]
        read = len(event.connectors)
        if found:
            break
    has_id = bool(found)
    found = found or find_by_name(event.connectors, request.wanted)
    if not found:
        raise event.error if isinstance(event, Refused) else _none(event, request.wanted, now())
    if len(found) > 1:
        raise _several(found, request.wanted)
    print_lines(request.lines(found[0]), out)
    # A row that is missing may have the same name, but not the same id.
    if not has_id or event.coverage.is_copy:
        report_coverage(event, err, now(), offline=request.offline, advice="Try again, or give the id to be sure.")


def find_by_name(connectors: Sequence[Connector], wanted: str) -> Sequence[Connector]:
    """Those called so; without any, those whose name begins so; without any, those whose name contains it."""
    text = fold(wanted)
    names = [fold(connector.name) for connector in connectors]
    fits: tuple[Callable[[str], bool], ...] = (
        lambda name: name == text,
        lambda name: name.startswith(text),
        lambda name: text in name,
    )
    for fit in fits:
        found = [connector for connector, name in zip(connectors, names, strict=True) if fit(name)]
        if found:
            return found
    return ()


def _several(found: Sequence[Connector], wanted: str) -> UsageError:
    by_name = sorted(found, key=lambda connector: fold(connector.name))
    shown = [f"{connector.id}  {_short(connector.name)}" for connector in by_name[:_CANDIDATES_SHOWN]]
    rest = ["…"] if len(found) > _CANDIDATES_SHOWN else []
    return UsageError(
        f"“{_short(wanted)}” fits {len(found):,} connectors.",
        "Give the id, or more of the name.",
        more=(*shown, *rest),
    )


def _none(event: Event, wanted: str, now: float) -> UsageError:
    near = {fold(connector.name): connector for connector in event.connectors}
    shown = [_short(near[name].name) for name in difflib.get_close_matches(fold(wanted), near, _NAMES_SHOWN)]
    coverage = event.coverage
    is_certain = coverage.is_complete and not coverage.skipped
    return UsageError(
        f"No connector has the id “{_short(wanted)}” or this in its name"
        + ("." if is_certain else f" (the list is: {coverage.describe(now)})."),
        f"Near it: {', '.join(shown)}." if shown else "`qconn-tui ls` prints them all.",
    )


def _short(text: str) -> str:
    return clean(text, _NAME_LENGTH)
