"""The program over a tenant that does what a test says, and hands to work it with."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import Input

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.folding import fold
from qconn_tui.connector import Connector
from qconn_tui.loader.events import Bookmark, Demand, PageArrived, Refused, Rows, WalkEnded
from qconn_tui.loader.loader import Loader
from qconn_tui.qlik.server import Server
from qconn_tui.settings.values import Settings, Sourced
from qconn_tui.terminal.profile import Profile
from qconn_tui.ui.app import QconnApp
from qconn_tui.ui.screens.browse import BrowseScreen
from qconn_tui.ui.widgets.connector_table import ConnectorTable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

    from textual.pilot import Pilot
    from textual.widget import Widget

    from qconn_tui.errors import AnswerError, QconnError
    from qconn_tui.loader.events import Event
    from qconn_tui.logos.fetch import LogoFetcher
    from qconn_tui.qlik.auth import Credentials
    from qconn_tui.qlik.pager import ListQuery
    from qconn_tui.qlik.retry_wait import RetryWait

Sent = TypeVar("Sent", bound=Message)

WIDE, MEDIUM, NARROW = (120, 40), (80, 24), (40, 12)
"""A terminal of each layout, in columns and lines."""

_FAMILIES = ("Airtable", "Amazon S3", "Azure Storage", "Box", "Café mail", "DocuSign", "Gmail", "東京 Sheets")
_STATES = (True, False, None)


def make_connectors(count: int) -> tuple[Connector, ...]:
    """So many connectors in the order of their names, with every combination of the flags."""
    return tuple(
        Connector(
            id=f"{number:08x}-27c0-11ea-921c-022e6b5ea1e2",
            name=f"{number:06} {_FAMILIES[number % len(_FAMILIES)]}",
            description=f"Reads and writes number {number}." if number % 5 else None,
            billable=_STATES[number % 3],
            has_webhooks=_STATES[number // 3 % 3],
        )
        for number in range(count)
    )


@dataclass(frozen=True, slots=True)
class Walk:
    """One call of `FakeLoader.events`."""

    query: ListQuery
    demand: Demand
    known: tuple[Connector, ...]
    saved_first: bool
    insists: bool = False
    known_since: float | None = None


@dataclass
class FakeLoader(Loader):
    """A loader without network and disk; a test may change what it does at any time."""

    connectors: tuple[Connector, ...]
    """What the tenant lists, in its own order."""
    saved: tuple[Connector, ...] = ()
    """The list on disk; empty for none."""
    ahead: tuple[Connector, ...] = ()
    """The part of it that was read before there was a screen."""
    saved_at: float = 0.0
    """When it was saved, in seconds since the epoch."""
    error: QconnError | None = None
    """What the tenant answers instead of a page."""
    error_from: int = 1
    """The first page that the error comes instead of."""
    pause: tuple[float, AnswerError] | None = None
    """What the tenant asks for before each page: how long to wait, and why."""
    pause_from: int = 1
    """The first page that it asks for that before."""
    replaced: int = 0
    """How often another key was handed over."""
    coverage: Coverage = field(default_factory=lambda: Coverage(Reach.COMPLETE))
    """What the rows are worth at the end."""
    notice: str | None = None
    """A sentence about the cache."""
    make_fetcher: Callable[[Callable[[str], None]], LogoFetcher] | None = None
    """Makes the fetcher of logos."""
    walks: list[Walk] = field(default_factory=list)
    """Every walk that was begun."""
    rate: float | None = None
    """How fast rows are said to come."""
    pages: int = 0
    """Pages that were given out, over all walks."""
    offline: bool = False
    """Whether it says that the tenant is never asked."""
    closed: bool = False
    """Whether it was closed."""

    def __post_init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._disk = asyncio.Event()
        self._disk.set()

    def poll(self) -> PageArrived | None:
        coverage = Coverage(Reach.OFFLINE if self.ahead == self.saved else Reach.READING, self.saved_at)
        return PageArrived(self.ahead, 0, coverage, pages=0) if self.ahead else None

    def hold(self) -> None:
        """Let the tenant hang from the next page on."""
        self._open.clear()

    def hold_disk(self) -> None:
        """Let the disk hang, too."""
        self._disk.clear()

    def release(self) -> None:
        """Let them answer again."""
        self._disk.set()
        self._open.set()

    async def answered(self) -> None:
        """Wait while the tenant hangs."""
        await self._open.wait()

    async def events(
        self,
        query: ListQuery,
        demand: Demand,
        *,
        known: tuple[Connector, ...] = (),
        known_since: float | None = None,
        saved_first: bool = True,
        bookmark: Bookmark | None = None,
        retry_wait: RetryWait | None = None,
    ) -> AsyncGenerator[Event, None]:
        insists = retry_wait is not None and retry_wait.insist()
        self.walks.append(Walk(query, demand, known, saved_first, insists, known_since))
        rows, coverage = Rows(known), Coverage()
        if known_since is not None:
            coverage = Coverage(Reach.OFFLINE, known_since)
        await self._disk.wait()
        if saved_first and self.saved and not known:
            rows, coverage = Rows(self.saved), Coverage(Reach.OFFLINE, self.saved_at)
            yield PageArrived(self.saved, 0, coverage, pages=0)
        pages = self._pages_of(query)
        for number, page in enumerate(pages, 1):
            if self.pause is not None and retry_wait is not None and number >= self.pause_from:
                await retry_wait.wait(*self.pause)
            await self.answered()
            if self.error is not None and number >= self.error_from:
                refused = coverage if coverage.reach is Reach.OFFLINE else Coverage(Reach.REFUSED)
                yield Refused(self.error, rows.all(), refused)
                return
            self.pages += 1
            unchanged = rows.merge(page)
            if number < len(pages):
                yield PageArrived(rows.all(), unchanged, coverage, number, page[-1].id, self.rate)
                await demand.wait_beyond(len(rows))
        yield WalkEnded(rows.seen() if self.coverage.is_complete else rows.all(), self.coverage, self.notice)

    def _pages_of(self, query: ListQuery) -> list[Sequence[Connector]]:
        key = {"name": lambda row: fold(row.name), "id": lambda row: row.id}[(query.sort or "id").removeprefix("-")]
        rows = sorted(self.connectors, key=key, reverse=(query.sort or "").startswith("-"))
        return [rows[start : start + query.limit] for start in range(0, len(rows), query.limit)] or [()]

    def logos(self, on_ready: Callable[[str], None]) -> LogoFetcher | None:
        return self.make_fetcher(on_ready) if self.make_fetcher is not None else None

    @property
    def is_offline(self) -> bool:
        return self.offline

    def replace_credentials(self, credentials: Credentials) -> None:
        self.replaced += 1

    async def aclose(self) -> None:
        self.closed = True


NO_LOGOS = Profile(images="off")
TENANT = Sourced(Server("https", "acme.eu.qlikcloud.com"), "a test")


def make_app(loader: Loader, settings: Settings | None = None, profile: Profile = NO_LOGOS) -> QconnApp:
    """The program with `loader` in the place of its own; the demo is the same loader."""
    return QconnApp(
        settings or Settings(server=TENANT, images="off"),
        make_loader=lambda _: loader,
        start_demo=lambda: Settings(server=TENANT, images="off", demo=True),
        profile=profile,
    )


class Hands:
    """Works a running program as a person does, and reads what stands on its screen."""

    def __init__(self, app: QconnApp, pilot: Pilot[int], loader: FakeLoader, messages: list[Message]) -> None:
        self.app = app
        self.pilot = pilot
        self.loader = loader
        self.messages = messages
        """Every message of the run, once for each widget that it was shown to."""

    def sent(self, kind: type[Sent]) -> list[Sent]:
        """The messages of that kind, the newest last."""
        return list({id(message): message for message in self.messages if isinstance(message, kind)}.values())

    @property
    def screen(self) -> BrowseScreen:
        """The main screen, also under a dialog."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, BrowseScreen))

    @property
    def on_main_screen(self) -> bool:
        """Whether no dialog is open."""
        return isinstance(self.app.screen, BrowseScreen)

    @property
    def table(self) -> ConnectorTable:
        return self.screen.query_one(ConnectorTable)

    @property
    def status(self) -> str:
        """The status line."""
        return self.text("#status")

    @property
    def focused(self) -> str | None:
        """The id of the widget that has the keys."""
        return self.app.focused.id if self.app.focused is not None else None

    @property
    def cursor_line(self) -> int | None:
        """The line of the table with the cursor's mark, None when it cannot be seen."""
        lines = self.text("#table").splitlines()
        return next((y for y, line in enumerate(lines) if line.startswith("▌")), None)

    @property
    def names(self) -> list[str]:
        """The names of the rows, in their order."""
        view = self.screen.view
        return [view.connector(row).name for row in range(len(view))]

    def shown(self, query: str) -> bool:
        """Whether the widget has a place on the screen."""
        widget = self.app.screen.query_one(query)
        return bool(widget.region) and all(node.display for node in widget.ancestors_with_self if node is not self.app)

    def text(self, query: str | Widget) -> str:
        """What a widget paints, without the space at the ends of lines."""
        widget = self.screen.query_one(query) if isinstance(query, str) else query
        return "\n".join(widget.render_line(y).text.rstrip() for y in range(widget.size.height)).strip("\n")

    async def press(self, *keys: str) -> None:
        """Press keys and let the program settle."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        """Type into what has the keys."""
        await self.press(*("space" if key == " " else key for key in text))

    async def filter(self, text: str) -> None:
        """Put a text into the filter box at once, as a paste does."""
        self.screen.filter_box.value = text
        await self.pilot.pause()

    async def click(self, x: int, y: int, widget: str | type[Widget] = ConnectorTable) -> None:
        """Click into a widget, `x` and `y` counted from its top left cell."""
        await self.pilot.click(widget, offset=Offset(x, y))
        await self.pilot.pause()

    async def wheel_down(self) -> None:
        """Turn the mouse wheel by one notch over the table."""
        x, y = self.table.region.offset + Offset(3, 3)
        self.table.post_message(
            events.MouseScrollDown(
                self.table, 3, 3, 0, 0, 0, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y
            )
        )
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Let the program run until a condition holds; fail when it never does."""
        for _ in range(500):
            await self.pilot.pause()
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"never came: {what or 'what was waited for'}; the status is {self.status!r}")

    async def loaded(self, rows: int) -> None:
        """Wait until so many rows are loaded, and the details of the first are there."""
        await self.until(lambda: len(self.screen.view.connectors) == rows, f"{rows} rows")
        await self.until(lambda: rows == 0 or bool(self.screen.query("#detail-body")), "the details")

    async def loaded_whole(self) -> None:
        """Load the whole list and wait for it."""
        await self.press("L")
        await self.until(lambda: self.screen.view.coverage.is_complete, "the whole list")

    async def resize(self, size: tuple[int, int]) -> None:
        await self.pilot.resize_terminal(*size)
        await self.pilot.pause()

    def toasts(self) -> list[str]:
        """The texts of the notifications, the newest last."""
        return [notification.message for notification in self.app._notifications]


@asynccontextmanager
async def running(
    loader: FakeLoader,
    size: tuple[int, int] = WIDE,
    settings: Settings | None = None,
    profile: Profile = NO_LOGOS,
) -> AsyncIterator[Hands]:
    """The program on a terminal of that size."""
    app = make_app(loader, settings, profile)
    messages: list[Message] = []
    async with app.run_test(size=size, message_hook=messages.append, notifications=True) as pilot:
        await pilot.pause()
        yield Hands(app, pilot, loader, messages)


@asynccontextmanager
async def browsing(count: int = 30, size: tuple[int, int] = WIDE) -> AsyncIterator[Hands]:
    """The program over so many connectors, as many of them loaded as it asks for at first."""
    async with running(FakeLoader(make_connectors(count)), size) as hands:
        await hands.loaded(min(count, 100))
        yield hands


def is_typing(hands: Hands) -> bool:
    """Whether the keys go into a text."""
    return isinstance(hands.app.focused, Input)
