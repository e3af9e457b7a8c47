"""The lists on disk for asyncio: a thread reads and writes them, and after an error they are no longer used."""

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
    """The rows of a saved list that have been read so far."""

    saved_at: float
    """When the list was complete, in seconds since the epoch."""
    connectors: tuple[Connector, ...]
    """Its rows, from the first one on."""
    is_all: bool
    """Whether these are all rows."""


_log = logging.getLogger(__name__)

_POLL_INTERVAL = 0.25
"""Seconds between two checks of what another process has saved."""
_SHRINK_DELAY = 86_400.0
"""Seconds for which a saved list is not replaced by one with less than half of its rows."""


class SavedLists:
    """The lists on disk. One thread owns the database and runs every call.

    After a `StoreError`, `notice` says what happened, and the lists are no longer read or written.

    Args:
        open_database: Opens the database, on first use and in the thread.
        sleep: Waits so many seconds for another process; None for asyncio's own.
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
        """A sentence for the user if the cache was damaged or cannot be used."""

    def read_ahead(self) -> None:
        """Start to read the newest list, for `poll` and `read`. This needs no event loop."""
        self._ahead = self._thread.submit(self._call, _begin, None)

    def poll(self) -> SavedRows | None:
        """The first rows of the newest complete list if `read_ahead` has read them by now."""
        if self._ahead is None or not self._ahead.done():
            return None
        beginning = self._ahead.result()
        return _first_rows(beginning) if beginning is not None else None

    async def _run(self, work: Callable[[Snapshots], T], otherwise: T) -> T:
        if not self._usable:
            return otherwise
        return await _result(self._thread.submit(self._call, work, otherwise))

    def _call(self, work: Callable[[Snapshots], T], otherwise: T) -> T:
        """Run in the thread. Work that was submitted before an error is not done after it."""
        if not self._usable:
            return otherwise
        try:
            if self._snapshots is None:
                self._snapshots = self._open()
            return work(self._snapshots)
        except StoreError as error:
            self._usable = False
            self._set_notice(str(error))
            return otherwise

    def _open(self) -> Snapshots:
        from qconn_tui.store.snapshots import Snapshots

        self._database = self._open_database()
        if self._database.notice is not None:
            self._set_notice(self._database.notice)
        return Snapshots(self._database)

    async def read(self) -> AsyncIterator[SavedRows]:
        """Read the newest complete list.

        Yields:
            The rows of its first page, then all rows.
        """
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
        """Wait for the list that another process fetches at the moment, so that it is not requested twice.

        Args:
            newer_than: When the list that is known was saved, in seconds since the epoch.

        Returns:
            The rows of that list; None if no process fetches it, or if the process did not finish.
        """

        def is_fetched(snapshots: Snapshots) -> bool:
            """Whether another process fetches the list."""
            return snapshots.is_fetched_elsewhere(time.time())

        while await self._run(is_fetched, False):
            await self._sleep(_POLL_INTERVAL)
        saved: SavedList | None = await self._run(lambda snapshots: snapshots.latest(), None)
        if saved is None or saved.saved_at <= newer_than:
            return None
        rows: tuple[Connector, ...] = ()
        async for read in self.read():
            rows = read.connectors
        return rows if self._usable else None

    async def begin(self) -> int:
        """Start to save a new list; return its number."""
        return await self._run(lambda snapshots: snapshots.begin(time.time()), 0)

    def add(self, generation: int, pages: Iterable[Page]) -> None:
        """Save pages in one transaction. The thread does so before it runs later calls."""
        rows = [(page.number, page.connectors) for page in pages]
        if rows and self._is_open:
            self._thread.submit(self._call, lambda snapshots: snapshots.add_pages(generation, rows, time.time()), None)

    async def complete(self, generation: int, connectors: int) -> None:
        """Mark a list as complete, so that it is the one that is read from now on.

        A list with less than half of the connectors of the one before replaces it only a day later, and `notice` says
        so: a page that ends too early cannot be distinguished from a shorter list.

        Args:
            generation: The number of the list.
            connectors: How many connectors it has.
        """
        now = time.time()
        before: SavedList | None = await self._run(lambda snapshots: snapshots.latest(), None)
        if before is not None and connectors * 2 < before.connectors and 0 <= now - before.saved_at < _SHRINK_DELAY:
            shrank = f"The list shrank from {before.connectors:,} to {connectors:,} connectors."
            self._set_notice(f"{shrank} The saved copy stays as it was until tomorrow.")
        else:
            await self._run(lambda snapshots: snapshots.complete(generation, now), None)

    def _set_notice(self, notice: str) -> None:
        self.notice = notice
        _log.warning("%s", notice)

    def close(self) -> None:
        """Close the database when the thread has finished the calls that it was given."""
        self._is_open = False
        if self._database is not None:
            self._database.stop_waiting()
        self._thread.submit(lambda: self._database.close() if self._database is not None else None)
        self._thread.shutdown(wait=False)


async def _result(future: Future[T]) -> T:
    """The result of a call in the thread. asyncio is imported late, which takes longer than reading the first rows."""
    import asyncio

    return await asyncio.wrap_future(future)


async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


def _begin(snapshots: Snapshots) -> _Beginning | None:
    """The newest complete list, its first page, and an iterator over the others; None without a list."""
    saved = snapshots.latest()
    if saved is None:
        return None
    pages = snapshots.pages(saved)
    return saved, next(pages, ()), pages


def _first_rows(beginning: _Beginning) -> SavedRows:
    saved, first, _ = beginning
    return SavedRows(saved.saved_at, _merged(first), is_all=saved.pages <= 1)


def _merged(connectors: Iterable[Connector]) -> tuple[Connector, ...]:
    """Each connector once: as in a walk, a record keeps its first position and takes its newest content."""
    return tuple({connector.id: connector for connector in connectors}.values())
