"""The saved list first, then the tenant: one stream of events for the screen and for the headless commands.

The loader joins the rooms that do not know each other: the tenant's pages (`qlik`), what is kept on disk (`store`)
and what the rows are worth (`catalogue`). It owns no screen; whoever looks says how far to go with a `Demand`.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.errors import QconnError, StoreError, Unreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from typing import TypeVar

    from qconn_tui.connector import Connector
    from qconn_tui.logos.fetch import LogoFetcher
    from qconn_tui.qlik.client import TenantClient
    from qconn_tui.qlik.pager import ListQuery, Page
    from qconn_tui.settings import Settings
    from qconn_tui.store.database import Database
    from qconn_tui.store.snapshots import Snapshots

    T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageArrived:
    """A page is in; the rows are everything known so far, merged by id."""

    connectors: tuple[Connector, ...]
    """All loaded rows, in the order in which they first came."""
    unchanged: int
    """How many rows at the front are the same as in the event before."""
    coverage: Coverage
    """What the rows are worth now."""
    pages: int
    """Pages that came from the tenant in this walk; 0 for rows that came from the disk."""
    frontier: str | None = None
    """The id of the last record of the newest page: the place up to which the walk's order is gapless."""


@dataclass(frozen=True, slots=True)
class WalkEnded:
    """The walk is over; nothing more comes."""

    connectors: tuple[Connector, ...]
    """All rows: after a complete walk exactly what the tenant listed."""
    coverage: Coverage
    """What the rows are worth."""
    notice: str | None = None
    """A sentence about the cache, when it was damaged or cannot be used."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The walk broke off; the rows that came before stay."""

    error: QconnError
    """Why, and what to do next."""
    connectors: tuple[Connector, ...]
    """All rows that are known."""
    coverage: Coverage
    """What they are worth."""


Event = PageArrived | WalkEnded | Refused


class Demand:
    """How many rows whoever looks wants. The walk asks for the next page only while it has fewer."""

    def __init__(self, rows: int = 1, *, everything: bool = False) -> None:
        self._rows = rows
        self._everything = everything
        self._changed = asyncio.Event()

    @property
    def everything(self) -> bool:
        """Whether the whole list is wanted."""
        return self._everything

    def want(self, rows: int) -> None:
        """Ask for at least `rows` rows."""
        if rows > self._rows:
            self._rows = rows
            self._changed.set()

    def want_everything(self) -> None:
        """Ask for the whole list."""
        self._everything = True
        self._changed.set()

    def stop(self, loaded: int) -> None:
        """Be content with the `loaded` rows there are, until asked again."""
        self._everything = False
        self._rows = loaded

    def exceeds(self, loaded: int) -> bool:
        """Whether more than the `loaded` rows there are is wanted."""
        return self._everything or self._rows > loaded

    async def wait_beyond(self, loaded: int) -> None:
        """Return as soon as more than `loaded` rows are wanted."""
        while not self.exceeds(loaded):
            self._changed.clear()
            await self._changed.wait()


class Rows:
    """The rows of a walk, merged by id: the first place of a record stays, its newest content wins."""

    def __init__(self, known: Sequence[Connector] = ()) -> None:
        self._rows: list[Connector] = list(known)
        self._places = {connector.id: place for place, connector in enumerate(known)}
        self._seen: set[str] = set()
        self.duplicates = 0

    def __len__(self) -> int:
        return len(self._rows)

    def merge(self, page: Sequence[Connector]) -> int:
        """Take in a page; return how many rows at the front stayed the same."""
        unchanged = len(self._rows)
        for connector in page:
            self.duplicates += connector.id in self._seen
            self._seen.add(connector.id)
            place = self._places.setdefault(connector.id, len(self._rows))
            if place == len(self._rows):
                self._rows.append(connector)
            elif self._rows[place] != connector:
                self._rows[place] = connector
                unchanged = min(unchanged, place)
        return unchanged

    def all(self) -> tuple[Connector, ...]:
        """Every row there is."""
        return tuple(self._rows)

    def seen(self) -> tuple[Connector, ...]:
        """The rows that this walk itself brought: what the tenant lists today."""
        return tuple(connector for connector in self._rows if connector.id in self._seen)


class SavedLists:
    """The lists on disk. Every call runs in the one thread that owns the database; trouble turns it off, aloud."""

    def __init__(self, open_database: Callable[[], Database]) -> None:
        self._open_database = open_database
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="saved-lists")
        self._database: Database | None = None
        self._snapshots: Snapshots | None = None
        self._usable = True
        self.notice: str | None = None
        """One sentence when the cache was damaged, or cannot be used."""

    async def _run(self, work: Callable[[Snapshots], T], otherwise: T) -> T:
        if not self._usable:
            return otherwise

        def call() -> T:
            if self._snapshots is None:
                self._snapshots = self._open()
            return work(self._snapshots)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except StoreError as error:
            self._usable = False
            self.notice = str(error)
            return otherwise

    def _open(self) -> Snapshots:
        from qconn_tui.store.snapshots import Snapshots

        self._database = self._open_database()
        self.notice = self._database.notice
        return Snapshots(self._database)

    async def read(self) -> AsyncIterator[tuple[float, tuple[Connector, ...]]]:
        """The newest complete list: when it was saved, then the rows read so far, growing from the first page on."""
        saved = await self._run(lambda snapshots: snapshots.latest(), None)
        if saved is None:
            return
        pages: Iterator[tuple[Connector, ...]] = await self._run(lambda snapshots: snapshots.pages(saved), iter([()]))
        first: tuple[Connector, ...] = await self._run(lambda _: next(pages, ()), ())
        if not self._usable:
            return
        yield saved.saved_at, first
        rest: tuple[Connector, ...] = await self._run(lambda _: tuple(chain.from_iterable(pages)), ())
        if rest:
            yield saved.saved_at, first + rest

    async def begin(self) -> int:
        """Start to write down a new list; return its number."""
        return await self._run(lambda snapshots: snapshots.begin(time.time()), 0)

    async def add(self, generation: int, page: Page) -> None:
        """Write down one page."""
        await self._run(lambda snapshots: snapshots.add_page(generation, page.number, page.connectors), None)

    async def complete(self, generation: int) -> None:
        """The list is whole: from now on it is the one that is read."""
        await self._run(lambda snapshots: snapshots.complete(generation, time.time()), None)

    def close(self) -> None:
        """Let go of the database as soon as its thread is done with what it has begun."""
        self._thread.submit(lambda: self._database.close() if self._database is not None else None)
        self._thread.shutdown(wait=False)


_REACH_AT_THE_END = {
    "LAST": Reach.COMPLETE,
    "LOOPED": Reach.LOOPED,
    "UNCLEAR": Reach.UNCLEAR,
    "CAPPED": Reach.CAPPED,
}


class Loader:
    """Lists of one tenant for one user."""

    def __init__(
        self,
        connect: Callable[[], TenantClient] | None,
        saved: SavedLists | None = None,
        make_logos: Callable[[Callable[[str], None]], LogoFetcher] | None = None,
    ) -> None:
        self._connect = connect
        """Makes the client on first use; None when the tenant must not be asked (`--offline`)."""
        self._client: TenantClient | None = None
        self._saved = saved
        self._make_logos = make_logos

    async def events(
        self,
        query: ListQuery,
        demand: Demand,
        *,
        known: tuple[Connector, ...] = (),
        known_since: float | None = None,
        saved_first: bool = True,
        on_wait: Callable[[float, QconnError], None] | None = None,
    ) -> AsyncIterator[Event]:
        """Walk the list as far as `demand` goes; the last event is a `WalkEnded` or a `Refused`.

        `known` are rows of an earlier walk to keep and merge into; `known_since` is when they were complete, in
        seconds since the epoch, or None. With `saved_first` the list on disk is painted
        before the tenant is asked; otherwise it only stands in when the tenant cannot be reached. `on_wait` hears
        of every pause that the tenant asks for, in seconds, and why.
        """
        rows, saved_at = Rows(known), known_since
        if not known and (saved_first or self._connect is None) and query.filter is None:
            async for saved_at, connectors in self._read_saved():
                rows = Rows(connectors)
                yield PageArrived(connectors, 0, Coverage(Reach.OFFLINE, saved_at), pages=0)
        if self._connect is None:
            yield self._offline_end(rows, saved_at)
            return
        coverage = Coverage(Reach.PARTIAL) if saved_at is None else Coverage(Reach.OFFLINE, saved_at)
        try:
            async for event in self._walk(self._connect, query, demand, rows, coverage, on_wait):
                yield event
        except QconnError as error:
            if isinstance(error, Unreachable) and not len(rows) and query.filter is None:
                async for saved_at, connectors in self._read_saved():
                    rows, coverage = Rows(connectors), Coverage(Reach.OFFLINE, saved_at)
            if coverage.reach is Reach.PARTIAL:
                coverage = replace(coverage, reach=Reach.REFUSED)
            yield Refused(error, rows.all(), coverage)

    async def _read_saved(self) -> AsyncIterator[tuple[float, tuple[Connector, ...]]]:
        if self._saved is not None:
            async for saved in self._saved.read():
                yield saved

    def _offline_end(self, rows: Rows, saved_at: float | None) -> Event:
        if saved_at is not None:
            return WalkEnded(rows.all(), Coverage(Reach.OFFLINE, saved_at), self._notice())
        error = Unreachable(
            "There is no saved list of this tenant for this user.",
            "Start once without --offline to fetch it.",
        )
        return Refused(error, (), Coverage(Reach.REFUSED))

    async def _walk(
        self,
        connect: Callable[[], TenantClient],
        query: ListQuery,
        demand: Demand,
        rows: Rows,
        coverage: Coverage,
        on_wait: Callable[[float, QconnError], None] | None,
    ) -> AsyncIterator[Event]:
        from qconn_tui.qlik.pager import End, walk

        client = await self._tenant(connect)
        saved = self._saved if query.filter is None else None
        generation = 0
        async with aclosing(walk(client.get, query, on_wait=on_wait)) as pages:
            async for page in pages:
                unchanged = rows.merge(page.connectors)
                coverage = replace(coverage, skipped=coverage.skipped + len(page.skipped), duplicates=rows.duplicates)
                if saved is not None:
                    generation = generation or await saved.begin()
                    await saved.add(generation, page)
                if page.end is not End.MORE:
                    break
                frontier = page.connectors[-1].id if page.connectors else None
                yield PageArrived(rows.all(), unchanged, coverage, page.number, frontier)
                await demand.wait_beyond(len(rows))
        coverage = replace(coverage, reach=_REACH_AT_THE_END[page.end.name], saved_at=None)
        if saved is not None and coverage.is_complete:
            await saved.complete(generation)
        yield WalkEnded(rows.seen() if coverage.is_complete else rows.all(), coverage, self._notice())

    async def _tenant(self, connect: Callable[[], TenantClient]) -> TenantClient:
        if self._client is None:
            # httpx and pydantic take a while to import: in a thread, so that keys are answered meanwhile.
            self._client = await asyncio.to_thread(connect)
        return self._client

    def _notice(self) -> str | None:
        return self._saved.notice if self._saved is not None else None

    def logos(self, on_ready: Callable[[str], None]) -> LogoFetcher | None:
        """A fetcher of logos that calls `on_ready` with the address of each one it has; None without any logos."""
        return self._make_logos(on_ready) if self._make_logos is not None else None

    async def aclose(self) -> None:
        """Close connections and files."""
        if self._saved is not None:
            self._saved.close()
        if self._client is not None:
            await self._client.aclose()


def make_loader(settings: Settings) -> Loader:
    """The loader for the tenant and user of `settings`; whoever made it calls `aclose`.

    Cheap: connections and files are opened on first use. Raises `UsageError` when the settings name no tenant.
    """
    if settings.server is None or settings.credentials is None:
        raise UsageError("No tenant to connect to.", "Set QCONN_SERVER and QCONN_API_KEY, or try --demo.")
    server, credentials = settings.server.value, settings.credentials.value

    def connect() -> TenantClient:
        from qconn_tui.qlik.client import TenantClient

        return TenantClient(server, credentials)

    def open_database() -> Database:
        from qconn_tui.store.database import Database
        from qconn_tui.store.location import database_path

        # The embedded tenant has another address at every start: nothing of it is worth keeping.
        keeps = settings.use_cache and not settings.demo
        return Database.open(database_path(server.origin, credentials.fingerprint) if keeps else None)

    def make_logos(on_ready: Callable[[str], None]) -> LogoFetcher:
        from qconn_tui.logos.fetch import LogoFetcher
        from qconn_tui.logos.source import LogoPolicy
        from qconn_tui.store.logos import LogoStore

        policy = LogoPolicy(settings.logo_hosts, loopback=server.is_loopback)
        try:
            store = LogoStore(open_database())
        except StoreError:
            # The list's own use of the cache says what is wrong with it.
            store = None
        return LogoFetcher(policy, store, on_ready=on_ready, offline=settings.offline)

    return Loader(
        connect=None if settings.offline else connect,
        saved=SavedLists(open_database),
        make_logos=make_logos,
    )


@asynccontextmanager
async def open_loader(settings: Settings) -> AsyncIterator[Loader]:
    """`make_loader`, closed at the end."""
    loader = make_loader(settings)
    try:
        yield loader
    finally:
        await loader.aclose()
