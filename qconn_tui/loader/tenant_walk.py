"""One walk over the tenant's pages: what it has brought, what of that was told, and what is written down."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.loader.events import Bookmark, PageArrived, WalkEnded, rows_per_second

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from qconn_tui.loader.events import Demand, Event, Rows
    from qconn_tui.loader.saved_lists import SavedLists
    from qconn_tui.qlik.client import TenantClient
    from qconn_tui.qlik.pager import ListQuery, Page
    from qconn_tui.qlik.retry_wait import RetryWait

_REACH_AT_THE_END = {
    "LAST": Reach.COMPLETE,
    "LOOPED": Reach.LOOPED,
    "UNCLEAR": Reach.UNCLEAR,
    "CAPPED": Reach.CAPPED,
}


class TenantWalk:
    """A walk that merges into `rows`; `told_every` is how many seconds pages are gathered for before they are told."""

    def __init__(
        self,
        query: ListQuery,
        demand: Demand,
        rows: Rows,
        coverage: Coverage,
        bookmark: Bookmark | None,
        saved: SavedLists | None,
        told_every: float,
    ) -> None:
        self._query, self._demand, self._rows, self._saved = query, demand, rows, saved
        self.coverage = coverage
        """What the rows are worth."""
        self._told_every = told_every
        self._page: Page | None = bookmark.page if bookmark else None
        self._generation = bookmark.generation if bookmark else 0
        self._unwritten: list[Page] = []
        self._unchanged = len(rows)
        """How many rows at the front are those that were told last."""
        self._clock = asyncio.get_running_loop().time
        self._set_out()

    def bookmark(self) -> Bookmark | None:
        """Where to go on."""
        return Bookmark(self._page, self._rows.seen_ids(), self._generation) if self._page is not None else None

    async def events(self, client: TenantClient, retry_wait: RetryWait | None) -> AsyncGenerator[Event, None]:
        """The first page as it comes, later ones gathered, then the end; raises what the tenant refuses with.

        Nothing is held back while the walk rests, or waits for the tenant.
        """
        from qconn_tui.qlik.pager import End, walk

        if self._saved is not None and self._page is None and self.coverage.saved_at is not None:
            fetched = await self._saved.from_another(self.coverage.saved_at)
            if fetched is not None:
                yield WalkEnded(fetched, Coverage(Reach.COMPLETE))
                return
        pages = walk(client.get, self._query, after=self._page, retry_wait=retry_wait, wants_beyond=self._wants_beyond)
        due, is_told = -math.inf, True
        # A walk that breaks off may be gone on with: what it brought is kept.
        async with _upcoming(pages, at_last=self._write_down) as arrivals:
            while True:
                arrived = await arrivals.next(math.inf if is_told else due)
                if arrived is not None:
                    page = arrived
                    await self._take(page)
                    if page.end is not End.MORE:
                        yield await self._end(page)
                        return
                is_resting = not self._demand.exceeds(len(self._rows))
                is_told = is_resting or self._clock() >= due
                if is_told:
                    yield self._tell(page)
                    due = self._clock() + self._told_every
                if is_resting:
                    await self._demand.wait_beyond(len(self._rows))
                    self._set_out()

    def _wants_beyond(self, records: int) -> bool:
        return self._demand.exceeds(len(self._rows) + records)

    def _set_out(self) -> None:
        self._since, self._records = self._clock(), 0

    async def _take(self, page: Page) -> None:
        if page.number == 1:
            # Also in mid-walk: a tenant that forgot the place is asked for everything once more.
            self._rows.begin_again()
            self._unwritten.clear()
            self._generation = 0
            self.coverage = self.coverage._replace(skipped=0)
        self._unchanged = min(self._unchanged, self._rows.merge(page.connectors))
        self._records += len(page.connectors)
        skipped = self.coverage.skipped + len(page.skipped)
        self.coverage = self.coverage._replace(skipped=skipped, duplicates=self._rows.duplicates)
        if self._saved is not None:
            self._generation = self._generation or await self._saved.begin()
            self._unwritten.append(page)
        self._page = page

    def _write_down(self) -> None:
        if self._saved is not None:
            self._saved.add(self._generation, self._unwritten)
            self._unwritten.clear()

    def _tell(self, newest: Page) -> PageArrived:
        self._write_down()
        unchanged, self._unchanged = self._unchanged, len(self._rows)
        frontier = newest.connectors[-1].id if newest.connectors else None
        rate = rows_per_second(self._records, self._clock() - self._since)
        return PageArrived(self._rows.all(), unchanged, self.coverage, newest.number, frontier, rate)

    async def _end(self, page: Page) -> WalkEnded:
        self.coverage = self.coverage._replace(reach=_REACH_AT_THE_END[page.end.name], saved_at=None)
        if not self.coverage.is_complete:
            return WalkEnded(self._rows.all(), self.coverage)
        rows = self._rows.seen()
        if self._saved is not None:
            self._write_down()
            await self._saved.complete(self._generation, len(rows))
        return WalkEnded(rows, self.coverage, self._saved.notice if self._saved is not None else None)


class _Arrivals:
    """Pages that can be waited for up to a moment, without giving up the one that is under way."""

    def __init__(self, pages: AsyncGenerator[Page, None]) -> None:
        self._pages = pages
        self._next: asyncio.Future[Page] | None = None

    async def next(self, until: float) -> Page | None:
        """The next page, or None when the event loop's clock shows `until` first."""
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._pages))
        seconds = None if until == math.inf else max(0.0, until - asyncio.get_running_loop().time())
        await asyncio.wait({self._next}, timeout=seconds)
        if not self._next.done():
            return None
        done, self._next = self._next, None
        return done.result()

    async def aclose(self) -> None:
        """Give up the page that is under way."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait({self._next})
        await self._pages.aclose()


@asynccontextmanager
async def _upcoming(pages: AsyncGenerator[Page, None], at_last: Callable[[], None]) -> AsyncIterator[_Arrivals]:
    arrivals = _Arrivals(pages)
    try:
        yield arrivals
    finally:
        at_last()
        await arrivals.aclose()
