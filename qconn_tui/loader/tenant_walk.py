"""One walk over the tenant's pages, which merges them, reports them in events and saves them."""

from __future__ import annotations

import asyncio
import math
from contextlib import aclosing
from typing import TYPE_CHECKING

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.loader.events import Bookmark, PageArrived, WalkEnded, rows_per_second
from qconn_tui.qlik.prefetch import Prefetch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

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
    """A walk over the pages of one query.

    Args:
        query: What to ask for.
        demand: How many rows are wanted. It can grow while the walk goes on.
        rows: The rows that are known already. The walk merges its pages into them.
        coverage: What those rows are worth.
        bookmark: Where an earlier walk broke off; None to begin with the first page.
        saved: Where to save the pages; None to save nothing.
        report_interval: Seconds between two events while the walk goes on.
    """

    def __init__(
        self,
        query: ListQuery,
        demand: Demand,
        rows: Rows,
        coverage: Coverage,
        bookmark: Bookmark | None,
        saved: SavedLists | None,
        report_interval: float,
    ) -> None:
        self._query, self._demand, self._rows, self._saved = query, demand, rows, saved
        self.coverage = coverage
        """What the rows are worth."""
        self._report_interval = report_interval
        self._page: Page | None = bookmark.page if bookmark else None
        self._generation = bookmark.generation if bookmark else 0
        self._unsaved: list[Page] = []
        self._unchanged = len(rows)
        """How many rows at the front are the same as in the last event."""
        self._clock = asyncio.get_running_loop().time
        self._restart_rate()

    def bookmark(self) -> Bookmark | None:
        """Where another walk can go on; None before the first page."""
        return Bookmark(self._page, self._rows.seen_ids(), self._generation) if self._page is not None else None

    async def events(self, client: TenantClient, retry_wait: RetryWait | None) -> AsyncGenerator[Event, None]:
        """Walk as far as the demand goes.

        The first page is reported as it comes, later ones at every `report_interval`. All that has come is reported
        before the walk pauses, and while it waits for the tenant.

        Args:
            client: Requests the pages.
            retry_wait: Waits while the tenant is busy or fails.

        Yields:
            Pages that have come, then a `WalkEnded`.

        Raises:
            QconnError: The tenant refused a page.
        """
        from qconn_tui.qlik.pager import End, walk

        if self._saved is not None and self._page is None and self.coverage.saved_at is not None:
            fetched = await self._saved.from_another(self.coverage.saved_at)
            if fetched is not None:
                yield WalkEnded(fetched, Coverage(Reach.COMPLETE))
                return
        pages = walk(
            client.get, self._query, after=self._page, retry_wait=retry_wait, is_next_wanted=self._is_next_wanted
        )
        due, is_reported = -math.inf, True
        async with aclosing(pages), Prefetch["Page"]() as upcoming:
            try:
                while True:
                    if not upcoming.is_started:
                        upcoming.start(anext(pages))
                    if await upcoming.wait(math.inf if is_reported else due):
                        page = await upcoming.result()
                        await self._take(page)
                        if page.end is not End.MORE:
                            yield await self._end(page)
                            return
                    is_enough = not self._demand.exceeds(len(self._rows))
                    is_reported = is_enough or self._clock() >= due
                    if is_reported:
                        yield self._report(page)
                        due = self._clock() + self._report_interval
                    if is_enough:
                        await self._demand.wait_beyond(len(self._rows))
                        self._restart_rate()
            finally:
                # A walk that broke off can be resumed: the pages that it has read are kept.
                self._save_pages()

    def _is_next_wanted(self, records: int) -> bool:
        return self._demand.exceeds(len(self._rows) + records)

    def _restart_rate(self) -> None:
        self._since, self._records = self._clock(), 0

    async def _take(self, page: Page) -> None:
        if page.number == 1:
            # Also in the middle of a walk, which starts over when the tenant no longer knows a cursor.
            self._rows.begin_again()
            self._unsaved.clear()
            self._generation = 0
            self.coverage = self.coverage._replace(skipped=0, damaged=0)
        self._unchanged = min(self._unchanged, self._rows.merge(page.connectors))
        self._records += len(page.connectors)
        skipped, damaged = self.coverage.skipped + len(page.skipped), self.coverage.damaged + page.damaged
        self.coverage = self.coverage._replace(skipped=skipped, duplicates=self._rows.duplicates, damaged=damaged)
        if self._saved is not None:
            self._generation = self._generation or await self._saved.begin()
            self._unsaved.append(page)
        self._page = page

    def _save_pages(self) -> None:
        if self._saved is not None:
            self._saved.add(self._generation, self._unsaved)
            self._unsaved.clear()

    def _report(self, newest: Page) -> PageArrived:
        self._save_pages()
        unchanged, self._unchanged = self._unchanged, len(self._rows)
        frontier = newest.connectors[-1].id if newest.connectors else None
        rate = rows_per_second(self._records, self._clock() - self._since)
        return PageArrived(self._rows.all(), unchanged, self.coverage, newest.number, frontier, rate)

    async def _end(self, page: Page) -> WalkEnded:
        self.coverage = self.coverage._replace(reach=_REACH_AT_THE_END[page.end.name], saved_at=None)
        if not self.coverage.is_complete:
            return WalkEnded(self._rows.all(), self.coverage)
        rows = self._rows.seen()
        # Nothing would say of a saved list that some of its letters are lost, and one from before is better.
        if self._saved is not None and not self.coverage.damaged:
            self._save_pages()
            await self._saved.complete(self._generation, len(rows))
        return WalkEnded(rows, self.coverage, self._saved.notice if self._saved is not None else None)
