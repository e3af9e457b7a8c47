"""The rows of the list: one walk at a time, as far as the rows on the screen need it."""

from __future__ import annotations

import time
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.server_order import LIST_ORDER, server_sort
from qconn_tui.catalogue.view import View
from qconn_tui.errors import NotAllowed
from qconn_tui.loader.events import Demand, PageArrived, Refused, WalkEnded
from qconn_tui.runtime.gc_policy import freeze_grown_rows
from qconn_tui.ui.controllers.preparation import prepare
from qconn_tui.ui.messages import LoadEvent, Paused
from qconn_tui.ui.paging_policy import frontier_row, is_near_the_end, needs_everything

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from qconn_tui.errors import QconnError
    from qconn_tui.loader.events import Bookmark, Event
    from qconn_tui.loader.loader import Loader
    from qconn_tui.qlik.pager import ListQuery
    from qconn_tui.qlik.retry_wait import RetryWait
    from qconn_tui.ui.controllers.host import Cancellable, Host

_UNFINISHED = (Reach.PARTIAL, Reach.STOPPED, Reach.REFUSED, Reach.NOTHING)


class Viewport(NamedTuple):
    """Which rows the person sees."""

    last_visible_row: int
    """The lowest visible row, counted from 0; -1 without rows."""
    page_rows: int
    """How many rows fit on the screen."""
    connector_id: str | None
    """The id of the connector under the cursor."""


class ListState(NamedTuple):
    """What the list controller knows: the rows, and what is running."""

    view: View
    """The rows that are shown."""
    problem: QconnError | None = None
    """What went wrong last, while it matters."""
    is_refused: bool = False
    """Whether the tenant did not accept the key the last time, also after the problem was dismissed."""
    has_ended: bool = False
    """Whether the walk is over: nothing more comes until the person asks for it."""
    is_loading: bool = False
    """Whether more rows are on their way."""
    is_stoppable: bool = False
    """Whether the walk goes on by itself for more than a page, or waits until the tenant allows another request."""
    is_offline: bool = False
    """Whether the tenant is never asked."""
    is_refreshing: bool = False
    """Whether a list that was complete is being checked again."""
    page: int = 1
    """The number of the page that comes next."""
    rate: float | None = None
    """Rows a second; None while it is too early to say."""
    pause: Paused | None = None
    """Until when the tenant asked to wait, and why; None while it does not."""


class ListController:
    """Keeps the view growing as far as the screen needs it; the rows that are loaded always stay.

    Args:
        loader: Where the list comes from.
        host: The screen, for workers, messages and notifications.
        page_size: Connectors per request.
        viewport: Which rows are visible now.
        show_rows: Called with each new view, before the controller asks for the `viewport` again.
        on_change: Called once after each change of `state`.
    """

    def __init__(
        self,
        loader: Loader,
        host: Host,
        *,
        page_size: int,
        viewport: Callable[[], Viewport],
        show_rows: Callable[[View], None],
        on_change: Callable[[], None],
    ) -> None:
        self._loader = loader
        self._host = host
        self._page_size = page_size
        self._viewport = viewport
        self._show_rows = show_rows
        self._on_change = on_change
        self._view = View(coverage=Coverage(Reach.NOTHING))
        if (saved := loader.poll()) is not None:
            # They are in the first frame; everything else comes with the walk.
            self._view = View().with_connectors(saved.connectors).with_coverage(saved.coverage)
        self._worker: Cancellable | None = None
        self._walk = 0
        """The number of the walk; events of an earlier one are out of date."""
        self._order = LIST_ORDER
        self._demand = Demand()
        self._frontier: str | None = None
        self._frontier_row: int | None = None
        self._pages = 0
        self._rate: float | None = None
        self._has_ended = False
        self._is_stopped = False
        self._stopped_on: str | None = None
        """The id of the connector that was under the cursor when the walk was stopped; None once another one was."""
        self._is_catching_up = False
        """Whether rows are visible that the walk has not come to: it goes on by itself until it has."""
        self._whole_list_wanted = False
        self._is_refreshing = False
        self._whole_since: float | None = None
        """When the list came whole from the tenant last, in seconds since the epoch."""
        self._bookmark: Bookmark | None = None
        self._pause: Paused | None = None
        self._retry_wait: RetryWait | None = None
        self._problem: QconnError | None = None
        self._is_refused = False
        self._known = self.state

    @property
    def view(self) -> View:
        """The rows that are shown."""
        return self._view

    @property
    def state(self) -> ListState:
        """What is known now."""
        return ListState(
            view=self._view,
            problem=self._problem,
            is_refused=self._is_refused,
            has_ended=self._has_ended,
            is_loading=not self._has_ended and self._demand.exceeds(len(self._view.connectors)),
            is_stoppable=self.is_stoppable,
            is_offline=self._loader.is_offline,
            is_refreshing=self._is_refreshing,
            page=self._pages + 1,
            rate=self._rate,
            pause=self._pause,
        )

    @property
    def is_stoppable(self) -> bool:
        """Whether the walk goes on by itself for more than a page, or waits until the tenant allows another request."""
        is_unattended = self._demand.everything or self._is_catching_up
        return self._pause is not None or (not self._has_ended and is_unattended)

    # --- what the person asks for ----------------------------------------------------------------------------

    def start(
        self,
        *,
        order: str = LIST_ORDER,
        saved_first: bool = False,
        bookmark: Bookmark | None = None,
        insists: bool = False,
    ) -> None:
        """Begin a walk; the rows that are loaded stay, and what comes is merged into them.

        Args:
            order: The tenant's `sort` parameter.
            saved_first: Whether the list on disk is read before the tenant is asked.
            bookmark: Where an earlier walk broke off, to go on from there; None begins at the first page.
            insists: Whether to ask also a tenant that asked for a longer pause than the program waits.
        """
        from qconn_tui.qlik.pager import ListQuery
        from qconn_tui.qlik.retry_wait import RetryWait

        self._walk += 1
        self._order = order
        self._demand = Demand()
        self._frontier, self._pages, self._rate = None, 0, None
        self._has_ended = self._is_stopped = False
        self._bookmark, self._pause = None, None
        self._is_refreshing = self._view.coverage.is_complete
        self._problem, self._is_refused = None, False
        walk = self._walk
        self._retry_wait = RetryWait(lambda seconds, error: self._post_pause(walk, seconds, error), insists=insists)
        query = ListQuery(sort=order, limit=self._page_size)
        work = partial(self._run_walk, walk, query, self._retry_wait, bookmark, saved_first=saved_first)
        self._worker = self._host.run_worker(work, group="walk", exclusive=True)
        self._demand_rows()
        self._publish()

    def refresh(self) -> None:
        """Ask the tenant again, where the last walk broke off; a pause that it asked for ends at once."""
        if self._pause is not None and self._retry_wait is not None:
            self._retry_wait.skip()
        else:
            self.resume()

    def resume(self) -> None:
        """Go on where the last walk broke off, or ask the tenant for everything again."""
        if self._loader.is_offline:
            self._host.notify("Offline: start without --offline to ask the tenant.", markup=False)
            return
        order = server_sort(self._view.sort) or LIST_ORDER
        self.start(order=order, bookmark=self._bookmark if order == self._order else None, insists=True)

    def load_everything(self) -> None:
        """Walk to the end, also where less of the list is shown."""
        if self._loader.is_offline:
            self.resume()
            return
        self._whole_list_wanted, self._is_stopped = True, False
        if self._has_ended and not self._view.coverage.is_complete:
            self.start(order=self._order, insists=True)
        else:
            self._demand_rows()
            self._publish()

    def stop(self) -> None:
        """Load no further than the page that is under way; the rows stay."""
        self._is_stopped, self._stopped_on = True, self._viewport().connector_id
        self._whole_list_wanted = self._is_catching_up = False
        if self._pause is not None:
            if self._worker is not None:
                self._worker.cancel()
            self._has_ended, self._pause = True, None
        self._demand.stop(len(self._view.connectors))
        self._set_view(self._view.with_coverage(self._assessed(self._view.coverage)))
        self._publish()

    def dismiss_problem(self) -> None:
        """Show the problem no longer."""
        self._problem = None
        self._publish()

    def show(self, view: View) -> None:
        """Show another filter, other facets or another order; the walk goes on as far as that needs."""
        order = server_sort(view.sort)
        reordered = view.sort != self._view.sort
        self._set_view(view)
        self._frontier_row = None
        self._is_stopped = False
        if self._has_ended and view.query.beginning:
            self._host.call_after_refresh(self._start_preparing)
        if reordered and order not in (None, self._order) and view.coverage.reach in _UNFINISHED:
            # Only the tenant can tell what comes first in a list of which it has sent us a part.
            self.start(order=order or LIST_ORDER)
        else:
            self._demand_rows()
            self._publish()

    # --- what the walk reports -------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """Act on a message of the walk, unless the walk was replaced; any other says that the viewport changed."""
        if not isinstance(message, LoadEvent | Paused):
            self._demand_rows()
            if self.state != self._known:
                self._publish()
        elif message.walk == self._walk:
            if isinstance(message, Paused):
                self._pause = message
            else:
                self._take_event(message.event)
            self._publish()

    def _take_event(self, event: Event) -> None:
        self._pause = None
        unchanged = 0
        if isinstance(event, PageArrived):
            unchanged = event.unchanged
            self._frontier, self._pages, self._rate = event.frontier, event.pages, event.rate
            if event.pages == 0:
                self._demand.want_everything()
        else:
            self._has_ended = True
            if isinstance(event, Refused):
                self._problem, self._bookmark = event.error, event.bookmark
                self._is_refused = isinstance(event.error, NotAllowed)
            elif event.coverage.is_complete:
                self._whole_since = time.time()
        before = len(self._view.connectors)
        view = self._view.with_connectors(event.connectors, unchanged)
        self._set_view(view.with_coverage(self._assessed(event.coverage)))
        freeze_grown_rows(before, len(self._view.connectors))
        self._frontier_row = None
        if self._has_ended or not self._pages:
            self._start_preparing()
        if isinstance(event, WalkEnded) and event.notice:
            self._host.notify(event.notice, markup=False, severity="warning")
        self._demand_rows()

    async def _run_walk(
        self, walk: int, query: ListQuery, retry_wait: RetryWait, bookmark: Bookmark | None, *, saved_first: bool
    ) -> None:
        # Rows that were read ahead come again with the saved list, which they are the beginning of.
        known, coverage = () if saved_first else self._view.connectors, self._view.coverage
        # A list that was whole is a copy from then while it is checked again.
        known_since = self._whole_since if coverage.is_complete else coverage.saved_at
        events = self._loader.events(
            query, self._demand,
            known=known, known_since=known_since, bookmark=bookmark, saved_first=saved_first, retry_wait=retry_wait,
        )  # fmt: skip
        async with aclosing(events):
            async for event in events:
                self._host.post_message(LoadEvent(walk, event))
                if isinstance(event, PageArrived) and event.pages == 0:
                    # Saved rows are painted before the rest is read and the tenant's client imported.
                    await self._host.wait_for_refresh()

    def _post_pause(self, walk: int, seconds: float, error: QconnError) -> None:
        self._host.post_message(Paused(walk, time.monotonic() + seconds, error.summary))

    # ---------------------------------------------------------------------------------------------------------

    def _set_view(self, view: View) -> None:
        self._view = view
        self._show_rows(view)

    def _publish(self) -> None:
        self._known = self.state
        self._on_change()

    def _demand_rows(self) -> None:
        """Let the walk go on as far as the visible rows, the filter and the order need it."""
        self._is_catching_up = False
        if self._has_ended:
            return
        loaded = len(self._view.connectors)
        is_copy = self._is_refreshing or self._view.coverage.is_copy
        if self._whole_list_wanted or is_copy or needs_everything(self._view):
            if not self._is_stopped:
                self._demand.want_everything()
            return
        self._demand.stop(loaded)
        viewport = self._viewport()
        if self._frontier_row is None:
            self._frontier_row = frontier_row(self._view, self._frontier)
        # A page that comes after the person has stopped the walk is no reason to go on.
        if viewport.connector_id != self._stopped_on:
            self._stopped_on = None
        is_wanted = not self._is_stopped or self._stopped_on is None
        if is_wanted and is_near_the_end(self._frontier_row, viewport.last_visible_row, viewport.page_rows):
            self._is_stopped = False
            self._demand.want(loaded + 1)
            self._is_catching_up = viewport.last_visible_row > self._frontier_row

    def _assessed(self, coverage: Coverage) -> Coverage:
        """The coverage to show: the walk does not know that it was stopped, or that it only checks the rows."""
        if self._is_stopped and coverage.reach is Reach.PARTIAL:
            # A page that was under way when the person stopped still comes, but nothing after it.
            return coverage._replace(reach=Reach.STOPPED)
        if self._is_refreshing and not self._has_ended and coverage.reach is Reach.OFFLINE:
            return coverage._replace(reach=Reach.COMPLETE)
        return coverage

    def _start_preparing(self) -> None:
        self._host.run_worker(partial(prepare, lambda: self._view), group="prepare", exclusive=True)
