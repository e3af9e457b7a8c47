"""The lists on disk, for an event loop: asked in a thread, and done without when there is trouble."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
    from concurrent.futures import Future
    from typing import TypeAlias, TypeVar

    from qconn_tui.connector import Connector
    from qconn_tui.qlik.pager import Page
    from qconn_tui.store.database import Database
    from qconn_tui.store.snapshots import SavedList, Snapshots

    T = TypeVar("T")
    _Beginning: TypeAlias = tuple[SavedList, tuple[Connector, ...], Iterator[tuple[Connector, ...]]]


class SavedRows(NamedTuple):
    """As much of a saved list as was read so far."""

    saved_at: float
    """When its walk was completed, in seconds since the epoch."""
    connectors: tuple[Connector, ...]
    """Its rows from the first one on."""
    is_all: bool
    """Whether there are no others behind them."""


_log = logging.getLogger(__name__)

_LOOK_AGAIN = 0.25
"""Seconds after which to look again what another program has saved."""
_GRACE = 86_400.0
"""Seconds for which a saved list stays although a walk says that half of it is gone."""


class SavedLists:
    """The lists on disk. Every call runs in the one thread that owns the database; trouble turns it off, aloud.

    `sleep`, in seconds, is how to wait for another program.
    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        *,
        sleep: Callable[[float], Awaitable[object]] | None = None,
    ) -> None:
        self._open_database = open_database
        self._sleep = sleep or _sleep
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="saved-lists")
        self._is_open = True
        self._database: Database | None = None
        self._snapshots: Snapshots | None = None
        self._ahead: Future[_Beginning | None] | None = None
        self._usable = True
        self.notice: str | None = None
        """One sentence when the cache was damaged, or cannot be used."""

    def read_ahead(self) -> None:
        """Begin to read, so that the first rows are there when `read` is asked for them. Needs no event loop yet."""
        self._ahead = self._thread.submit(self._call, _begin, None)

    def poll(self) -> SavedRows | None:
        """The first rows of the newest complete list, if `read_ahead` has found them by now."""
        if self._ahead is None or not self._ahead.done():
            return None
        beginning = self._ahead.result()
        return _first_rows(beginning) if beginning is not None else None

    async def _run(self, work: Callable[[Snapshots], T], otherwise: T) -> T:
        if not self._usable:
            return otherwise
        return await _result(self._thread.submit(self._call, work, otherwise))

    def _call(self, work: Callable[[Snapshots], T], otherwise: T) -> T:
        """In the thread. What was asked for before there was trouble is not done after it."""
        if not self._usable:
            return otherwise
        try:
            if self._snapshots is None:
                self._snapshots = self._open()
            return work(self._snapshots)
        except StoreError as error:
            self._usable = False
            self._tell(str(error))
            return otherwise

    def _open(self) -> Snapshots:
        from qconn_tui.store.snapshots import Snapshots

        self._database = self._open_database()
        if self._database.notice is not None:
            self._tell(self._database.notice)
        return Snapshots(self._database)

    async def read(self) -> AsyncIterator[SavedRows]:
        """The newest complete list: its first page, then all of it."""
        ahead, self._ahead = self._ahead, None
        beginning = await (self._run(_begin, None) if ahead is None else _result(ahead))
        if beginning is None:
            return
        saved, first, pages = beginning
        yield _first_rows(beginning)
        rest: tuple[Connector, ...] = await self._run(lambda _: tuple(chain.from_iterable(pages)), ())
        if rest:
            yield SavedRows(saved.saved_at, _merged(first + rest), is_all=True)

    async def from_another(self, newer_than: float) -> tuple[Connector, ...] | None:
        """The list that another program is fetching just now, as soon as it is whole, so that two do not ask for it.

        None when nobody is, or whoever was gave up. `newer_than` is when the list that is known was saved, in seconds
        since the epoch.
        """

        def is_fetched(snapshots: Snapshots) -> bool:
            return snapshots.is_fetched_elsewhere(time.time())

        while await self._run(is_fetched, False):
            await self._sleep(_LOOK_AGAIN)
        saved: SavedList | None = await self._run(lambda snapshots: snapshots.latest(), None)
        if saved is None or saved.saved_at <= newer_than:
            return None
        rows: tuple[Connector, ...] = ()
        async for read in self.read():
            rows = read.connectors
        return rows if self._usable else None

    async def begin(self) -> int:
        """Start to write down a new list; return its number."""
        return await self._run(lambda snapshots: snapshots.begin(time.time()), 0)

    def add(self, generation: int, pages: Iterable[Page]) -> None:
        """Write down pages in one transaction, soon, and before whatever is asked for next."""
        rows = [(page.number, page.connectors) for page in pages]
        if rows and self._is_open:
            self._thread.submit(self._call, lambda snapshots: snapshots.add_pages(generation, rows, time.time()), None)

    async def complete(self, generation: int, connectors: int) -> None:
        """The list is whole and has so many connectors: from now on it is the one that is read.

        Unless it has lost half of them: a page that ends too early looks the same as a shorter list, so the list
        before stays for another day, and `notice` says so.
        """
        now = time.time()
        before: SavedList | None = await self._run(lambda snapshots: snapshots.latest(), None)
        if before is not None and connectors * 2 < before.connectors and 0 <= now - before.saved_at < _GRACE:
            shrank = f"The list shrank from {before.connectors:,} to {connectors:,} connectors."
            self._tell(f"{shrank} The saved copy stays as it was until tomorrow.")
        else:
            await self._run(lambda snapshots: snapshots.complete(generation, now), None)

    def _tell(self, notice: str) -> None:
        self.notice = notice
        _log.warning("%s", notice)

    def close(self) -> None:
        """Let go of the database as soon as its thread is done with what it has begun."""
        self._is_open = False
        if self._database is not None:
            self._database.leave()
        self._thread.submit(lambda: self._database.close() if self._database is not None else None)
        self._thread.shutdown(wait=False)


async def _result(future: Future[T]) -> T:
    """What the thread has found. asyncio is imported late: that takes longer than to read the first rows."""
    import asyncio

    return await asyncio.wrap_future(future)


async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


def _begin(snapshots: Snapshots) -> _Beginning | None:
    """The newest complete list, its first page, and an iterator over the others; None without."""
    saved = snapshots.latest()
    if saved is None:
        return None
    pages = snapshots.pages(saved)
    return saved, next(pages, ()), pages


def _first_rows(beginning: _Beginning) -> SavedRows:
    saved, first, _ = beginning
    return SavedRows(saved.saved_at, _merged(first), is_all=saved.pages <= 1)


def _merged(connectors: Iterable[Connector]) -> tuple[Connector, ...]:
    """Each once, as in the walk that wrote them: the first place of a record stays, its newest content wins."""
    return tuple({connector.id: connector for connector in connectors}.values())
