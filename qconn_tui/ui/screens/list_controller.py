"""The loading half of the main screen: one walk at a time, as far as what is shown needs it."""

from __future__ import annotations

import asyncio
import gc
import math
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from textual import getters, on, work
from textual.reactive import var
from textual.screen import Screen

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.view import View
from qconn_tui.errors import NotAllowed
from qconn_tui.loader.events import Demand, PageArrived, Refused, WalkEnded
from qconn_tui.loader.loader import LIST_ORDER
from qconn_tui.ui.compat.stale_resize import DropsStaleResizes
from qconn_tui.ui.messages import LoadEvent, Paused
from qconn_tui.ui.paging_policy import describe_rate, frontier_row, is_near_the_end, needs_everything, server_sort
from qconn_tui.ui.widgets.connector_table import ConnectorTable

if TYPE_CHECKING:
    from qconn_tui.connector import Connector
    from qconn_tui.errors import QconnError
    from qconn_tui.loader.events import Bookmark
    from qconn_tui.loader.loader import Loader
    from qconn_tui.qlik.pager import ListQuery
    from qconn_tui.qlik.retry_wait import RetryWait

_TURNS_TO_REPAINT = 3
"""Turns of the event loop in which a widget that was changed asks the screen for its repaint."""
_MANY_ROWS = 10_000
"""Rows that cost a few milliseconds to search for garbage."""
_STRETCH = 0.004
"""Seconds for which filters and sorts are prepared at a time."""
_WRITTEN = 0.05
"""Seconds after a key by which its frame is written, on a slow machine."""
_UNFINISHED = (Reach.PARTIAL, Reach.STOPPED, Reach.REFUSED, Reach.NOTHING)


class WalkingScreen(DropsStaleResizes, Screen[None]):
    """Owns the view and keeps it growing; knows the table, and no other pane."""

    view: var[View] = var(View)
    """The rows that are shown."""
    activity: var[str] = var("")
    """What is running, in a few words."""
    is_refused = False
    """Whether the tenant did not take the key the last time, also after somebody has read that."""
    problem: var[QconnError | None] = var(None)
    """What went wrong last, while it matters."""

    table = getters.query_one(ConnectorTable)

    def __init__(self, loader: Loader, *, page_size: int) -> None:
        super().__init__()
        self.loader = loader
        """Where lists and logos come from."""
        view = View(coverage=Coverage(Reach.NOTHING))
        if (saved := loader.poll()) is not None:
            # They are in the first frame; everything else comes with the walk.
            view = View().with_connectors(saved.connectors).with_coverage(saved.coverage)
        self.set_reactive(WalkingScreen.view, view)
        self._page_size = page_size
        self._walk = 0
        self._order = LIST_ORDER
        self._demand = Demand()
        self._frontier: str | None = None
        self._frontier_row: int | None = None
        self._pages = 0
        self._rate: float | None = None
        self.has_ended = False
        """Whether nothing more comes until somebody asks for it."""
        self._stopped = False
        self._stopped_on: str | None = None
        """The id of the connector that was under the cursor when the walk was stopped; None once another one was."""
        self._is_catching_up = False
        """Whether rows are seen that the walk has not come to: it goes on by itself until it has."""
        self._whole_list_wanted = False
        self._refreshing = False
        self._whole_since: float | None = None
        """When the list came whole from the tenant last, in seconds since the epoch."""
        self._bookmark: Bookmark | None = None
        self._pause: Paused | None = None
        self._retry_wait: RetryWait | None = None

    @property
    def is_stoppable(self) -> bool:
        """Whether a walk goes on by itself for more than a page, or waits until it may."""
        return self.is_waiting or (not self.has_ended and (self._demand.everything or self._is_catching_up))

    def start_walk(
        self,
        *,
        order: str = LIST_ORDER,
        saved_first: bool = False,
        bookmark: Bookmark | None = None,
        insists: bool = False,
    ) -> None:
        """Begin at the first page again, or at the `bookmark` of a walk that broke off.

        Who `insists` asks also a tenant that wants to be left alone for longer than anybody waits.
        The rows that are loaded stay, and what comes is merged into them.
        """
        from qconn_tui.qlik.pager import ListQuery
        from qconn_tui.qlik.retry_wait import RetryWait

        self._walk += 1
        self._order = order
        self._demand = Demand()
        self._frontier, self._pages, self._rate = None, 0, None
        self.has_ended = self._stopped = False
        self._bookmark, self._pause = None, None
        self._refreshing = self.view.coverage.is_complete
        self.problem, self.is_refused = None, False
        walk = self._walk
        self._retry_wait = RetryWait(lambda seconds, error: self._tell_pause(walk, seconds, error), insists=insists)
        query = ListQuery(sort=order, limit=self._page_size)
        self._run_walk(walk, query, self._retry_wait, bookmark, saved_first=saved_first)
        self.ask_for_more()

    @work(group="walk", exclusive=True)
    async def _run_walk(
        self, walk: int, query: ListQuery, retry_wait: RetryWait, bookmark: Bookmark | None, *, saved_first: bool
    ) -> None:
        # Rows that were read ahead come again with the saved list, which they are the beginning of.
        known, coverage = () if saved_first else self.view.connectors, self.view.coverage
        # A list that was whole is a copy from then while it is checked again.
        known_since = self._whole_since if coverage.is_complete else coverage.saved_at
        events = self.loader.events(
            query, self._demand,
            known=known, known_since=known_since, bookmark=bookmark, saved_first=saved_first, retry_wait=retry_wait,
        )  # fmt: skip
        async with aclosing(events):
            async for event in events:
                self.post_message(LoadEvent(walk, event))
                if isinstance(event, PageArrived) and event.pages == 0:
                    # Saved rows are painted before the rest is read and the tenant's client imported.
                    await self.wait_for_refresh()

    def _tell_pause(self, walk: int, seconds: float, error: QconnError) -> None:
        self.post_message(Paused(walk, time.monotonic() + seconds, error.summary))

    @on(LoadEvent)
    def _take(self, message: LoadEvent) -> None:
        if message.walk != self._walk:
            return
        event = message.event
        self._pause = None
        unchanged = 0
        if isinstance(event, PageArrived):
            unchanged = event.unchanged
            self._frontier, self._pages, self._rate = event.frontier, event.pages, event.rate
            if event.pages == 0:
                self._demand.want_everything()
        else:
            self.has_ended = True
            if isinstance(event, Refused):
                self.problem, self._bookmark = event.error, event.bookmark
                self.is_refused = isinstance(event.error, NotAllowed)
            elif event.coverage.is_complete:
                self._whole_since = time.time()
        before = len(self.view.connectors)
        self.view = self.view.with_connectors(event.connectors, unchanged).with_coverage(self._worth(event.coverage))
        if len(self.view.connectors) // _MANY_ROWS > before // _MANY_ROWS:
            # Rows are in no cycles. Searched with all else, 100,000 of them hold a key up for 60 ms now and then.
            gc.freeze()
        self._frontier_row = None
        if self.has_ended or not self._pages:
            self._prepare()
        if isinstance(event, WalkEnded) and event.notice:
            self.notify(event.notice, markup=False, severity="warning")
        self.ask_for_more()

    @work(group="prepare", exclusive=True)
    async def _prepare(self) -> None:
        """Let the first filter and the first sort find everything ready; whatever is pressed meanwhile goes first."""
        clock = asyncio.get_running_loop().time
        began, beginning = clock(), None
        while beginning != self.view.query.beginning:
            if beginning := self.view.query.beginning:
                # What shows it goes first: another thread writes that, and would have to share the processor.
                await asyncio.sleep(_WRITTEN)
                began = clock()
            for _ in self.view.preparations():
                if (took := clock() - began) >= _STRETCH:
                    # As long again, not for one turn: a key goes from widget to widget, and would wait at each of them.
                    await asyncio.sleep(took)
                    began = clock()
                if beginning != self.view.query.beginning:
                    # What would have been typed next is of no use any more.
                    break

    @on(Paused)
    def _say_pause(self, message: Paused) -> None:
        if message.walk == self._walk:
            self._pause = message
            self._show_activity()

    def _count_down(self) -> None:
        """Once a second: a pause shows how long it still takes, and a copy gets older."""
        if self._pause is not None:
            self._show_activity()
        if self.view.coverage.is_copy:
            self.query_one("#status").refresh()

    @property
    def is_waiting(self) -> bool:
        """Whether the tenant asked for patience and the time is not over."""
        return self._pause is not None

    def go_on_now(self) -> None:
        """Wait no longer."""
        if self._retry_wait is not None:
            self._retry_wait.skip()

    def resume_walk(self) -> None:
        """Go on where the last walk broke off, or ask the tenant for everything again."""
        if self.loader.is_offline:
            self.notify("Offline: start without --offline to ask the tenant.", markup=False)
            return
        order = server_sort(self.view) or LIST_ORDER
        self.start_walk(order=order, bookmark=self._bookmark if order == self._order else None, insists=True)

    def ask_for_more(self) -> None:
        """Let the walk go on as far as what is shown needs it, and say so."""
        self._is_catching_up = False
        if not self.has_ended:
            loaded = len(self.view.connectors)
            is_copy = self._refreshing or self.view.coverage.is_copy
            if self._whole_list_wanted or is_copy or needs_everything(self.view):
                if not self._stopped:
                    self._demand.want_everything()
            else:
                self._demand.stop(loaded)
                table = self.table
                if self._frontier_row is None:
                    self._frontier_row = frontier_row(self.view, self._frontier)
                # A page that comes after the person has stopped the walk is no reason to go on.
                if _id_of(table.connector) != self._stopped_on:
                    self._stopped_on = None
                is_wanted = not self._stopped or self._stopped_on is None
                if is_wanted and is_near_the_end(self._frontier_row, table.last_visible_row, table.page_rows):
                    self._stopped = False
                    self._demand.want(loaded + 1)
                    self._is_catching_up = table.last_visible_row > self._frontier_row
        self._show_activity()

    def _show_activity(self) -> None:
        if self.has_ended or not self._demand.exceeds(len(self.view.connectors)):
            self.activity = "L goes on" if self.view.coverage.reach is Reach.STOPPED else ""
            return
        if self._pause is not None:
            left = max(1, math.ceil(self._pause.until - time.monotonic()))
            self.activity = f"waiting {left} s · r goes on · Esc stops · {self._pause.reason}"
            return
        if self.loader.is_offline:
            self.activity = "reading the saved list"
            return
        doing = f"{'checking' if self._refreshing else 'loading'} page {self._pages + 1:,}"
        self.activity = f"{doing}{describe_rate(self._rate)} · Esc stops" if self.is_stoppable else doing

    def stop_walk(self) -> None:
        """Load no further than the page that is under way; the rows stay."""
        self._stopped, self._stopped_on = True, _id_of(self.table.connector)
        self._whole_list_wanted = self._is_catching_up = False
        if self._pause is not None:
            self.workers.cancel_group(self, "walk")
            self.has_ended, self._pause = True, None
        self._demand.stop(len(self.view.connectors))
        self.view = self.view.with_coverage(self._worth(self.view.coverage))
        self._show_activity()

    def _worth(self, coverage: Coverage) -> Coverage:
        """What to say of the rows: the walk does not know that it was stopped, or that it only checks them."""
        if self._stopped and coverage.reach is Reach.PARTIAL:
            # A page that was under way when the person stopped still comes, but nothing after it.
            return coverage._replace(reach=Reach.STOPPED)
        if self._refreshing and not self.has_ended and coverage.reach is Reach.OFFLINE:
            return coverage._replace(reach=Reach.COMPLETE)
        return coverage

    def load_everything(self) -> None:
        """Walk to the end, whatever is shown."""
        if self.loader.is_offline:
            self.resume_walk()
            return
        self._whole_list_wanted, self._stopped = True, False
        if self.has_ended and not self.view.coverage.is_complete:
            self.start_walk(order=self._order, insists=True)
        else:
            self.ask_for_more()

    def show(self, view: View) -> None:
        """Take another filter, facets or order; the walk goes on as far as that needs."""
        order = server_sort(view)
        reordered = view.sort != self.view.sort
        self.view = view
        self._frontier_row = None
        self._stopped = False
        if self.has_ended and view.query.beginning:
            self.call_after_refresh(self._prepare)
        if reordered and order not in (None, self._order) and view.coverage.reach in _UNFINISHED:
            # Only the tenant can tell what comes first in a list of which it has shown us a part.
            self.start_walk(order=order or LIST_ORDER)
        else:
            self.ask_for_more()

    async def gather_repaints(self) -> None:
        """Let the panes say what they want repainted before the next frame is drawn: it shows all of it, or nothing.

        Else the first frame would show only what was told first, and the rest would wait for the one after it.
        """
        for _ in range(_TURNS_TO_REPAINT):
            await asyncio.sleep(0)

    @on(ConnectorTable.Reached)
    def _follow_the_eye(self) -> None:
        self.ask_for_more()


def _id_of(connector: Connector | None) -> str | None:
    return connector.id if connector is not None else None
