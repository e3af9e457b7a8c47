"""The list controller without a screen: which rows it asks for, and what it says of them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from qconn_tui.catalogue.coverage import Reach
from qconn_tui.catalogue.query.parse import parse
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.errors import NotAllowed, RateLimited, Unreachable
from qconn_tui.loader.events import WalkEnded
from qconn_tui.ui.controllers.list_controller import ListController, ListState, Viewport
from qconn_tui.ui.messages import LoadEvent, Paused
from tests.ui.fakes import FakeLoader, make_connectors
from tests.unit.ui.hosts import FakeHost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.message import Message

    from qconn_tui.catalogue.view import View

pytestmark = pytest.mark.anyio

PAGE = 10
"""Rows of a page."""


class Listing:
    """A controller with a host, a loader and a viewport that a test moves."""

    def __init__(self, loader: FakeLoader) -> None:
        self.loader = loader
        self.host = FakeHost()
        self.viewport = Viewport(last_visible_row=0, page_rows=1, connector_id=None)
        self.shown: list[View] = []
        self.changes = 0
        self.controller = ListController(
            loader, self.host, page_size=PAGE,
            viewport=lambda: self.viewport, show_rows=self.shown.append, on_change=self._count,
        )  # fmt: skip
        self.host.take = self.controller.take

    def _count(self) -> None:
        self.changes += 1

    @property
    def loaded(self) -> int:
        return len(self.controller.view.connectors)

    def is_stoppable(self) -> bool:
        return self.controller.is_stoppable

    def state(self) -> ListState:
        return self.controller.state

    def look_at(self, row: int, connector_id: str | None = None) -> None:
        """Make `row` the lowest visible one."""
        self.viewport = Viewport(row, 1, connector_id)
        self.controller.take(ViewportChanged)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - what the fakes do takes no time, only turns
                await asyncio.sleep(0)


class _ViewportChanged:
    """Any message that is none of a walk."""


ViewportChanged: Message = _ViewportChanged()  # type: ignore[assignment] # only its kind is asked for


@asynccontextmanager
async def listing(loader: FakeLoader) -> AsyncIterator[Listing]:
    it = Listing(loader)
    it.controller.start()
    try:
        yield it
    finally:
        for worker in it.host.workers.values():
            worker.cancel()


async def test_it_loads_one_page_and_waits_until_the_viewport_comes_near_its_end() -> None:
    async with listing(FakeLoader(make_connectors(50))) as it:
        await it.until(lambda: it.loaded == PAGE)
        state = it.state()
        assert (state.page, state.is_loading, state.has_ended) == (2, False, False)
        it.look_at(PAGE - 3)
        assert not it.state().is_loading
        it.look_at(PAGE - 2)
        assert it.state().is_loading
        await it.until(lambda: it.loaded == 2 * PAGE)
        assert it.loader.pages == 2


async def test_a_viewport_that_needs_nothing_changes_nothing() -> None:
    async with listing(FakeLoader(make_connectors(50))) as it:
        await it.until(lambda: it.loaded == PAGE)
        before = it.changes
        it.look_at(1)
        assert it.changes == before


async def test_each_change_is_reported_once() -> None:
    async with listing(FakeLoader(make_connectors(50))) as it:
        await it.until(lambda: it.loaded == PAGE)
        changes: list[Callable[[], None]] = [
            lambda: it.controller.show(it.controller.view.with_query(parse("box"))),
            lambda: it.controller.show(it.controller.view.sorted_by(Sort(SortKey.ID))),
            it.controller.stop,
            it.controller.load_everything,
            it.controller.dismiss_problem,
        ]
        for change in changes:
            before = it.changes
            change()
            assert it.changes == before + 1


async def test_a_filter_loads_the_whole_list_and_stop_ends_that() -> None:
    async with listing(FakeLoader(make_connectors(50))) as it:
        await it.until(lambda: it.loaded == PAGE)
        it.controller.show(it.controller.view.with_query(parse("box")))
        assert it.is_stoppable()
        it.controller.stop()
        assert not it.is_stoppable()
        assert it.controller.view.coverage.reach is Reach.STOPPED
        it.controller.load_everything()
        await it.until(lambda: it.state().has_ended)
        assert it.loaded == 50
        assert it.controller.view.coverage.is_complete


async def test_a_stopped_walk_goes_on_at_the_end_once_the_cursor_was_elsewhere() -> None:
    async with listing(FakeLoader(make_connectors(50))) as it:
        await it.until(lambda: it.loaded == PAGE)
        it.viewport = Viewport(PAGE - 1, 1, "here")
        it.controller.stop()
        it.look_at(PAGE - 1, "here")
        assert not it.state().is_loading
        it.look_at(0, "elsewhere")
        it.look_at(PAGE - 1, "here")
        await it.until(lambda: it.loaded == 2 * PAGE)


async def test_an_order_that_the_tenant_knows_is_asked_of_it_while_rows_are_missing() -> None:
    async with listing(FakeLoader(make_connectors(50))) as it:
        await it.until(lambda: it.loaded == PAGE)
        it.controller.show(it.controller.view.sorted_by(Sort(SortKey.NAME, descending=True)))
        await it.until(lambda: len(it.loader.walks) == 2 and it.loaded == 2 * PAGE)
        assert it.loader.walks[-1].query.sort == "-name"
        assert it.loader.walks[-1].known


async def test_events_of_a_walk_that_was_replaced_are_ignored() -> None:
    async with listing(FakeLoader(make_connectors(5))) as it:
        await it.until(lambda: it.state().has_ended)
        late = LoadEvent(0, WalkEnded((), it.controller.view.coverage))
        before = it.changes
        it.controller.take(late)
        it.controller.take(Paused(0, 1.0, "busy"))
        assert (it.loaded, it.changes, it.state().pause) == (5, before, None)


async def test_a_problem_stays_until_it_is_dismissed_and_a_refused_key_until_the_next_walk() -> None:
    loader = FakeLoader(make_connectors(5), error=NotAllowed("No."))
    async with listing(loader) as it:
        await it.until(lambda: it.state().has_ended)
        assert it.state().problem is loader.error
        it.controller.dismiss_problem()
        assert (it.state().problem, it.state().is_refused) == (None, True)
        loader.error = None
        it.controller.refresh()
        await it.until(lambda: it.state().has_ended)
        assert (it.state().is_refused, it.loaded) == (False, 5)
        assert it.loader.walks[-1].insists


async def test_a_problem_that_is_no_refusal_offers_no_other_key() -> None:
    async with listing(FakeLoader((), error=Unreachable("Gone."))) as it:
        await it.until(lambda: it.state().has_ended)
        assert it.state().problem is not None
        assert not it.state().is_refused


async def test_a_pause_can_be_cut_short_or_stopped() -> None:
    loader = FakeLoader(make_connectors(30), pause=(60.0, RateLimited("Busy.")))
    async with listing(loader) as it:
        await it.until(lambda: it.state().pause is not None)
        assert it.is_stoppable()
        it.controller.refresh()
        await it.until(lambda: it.loaded == PAGE)
        assert it.state().pause is None
        it.look_at(PAGE - 1)
        await it.until(lambda: it.state().pause is not None)
        it.controller.stop()
        await it.host.ended("walk")
        assert (it.state().has_ended, it.state().pause, it.loaded) == (True, None, PAGE)


async def test_offline_nothing_is_asked_for() -> None:
    loader = FakeLoader((), offline=True)
    async with listing(loader) as it:
        await it.until(lambda: it.state().has_ended)
        walks = len(loader.walks)
        it.controller.refresh()
        it.controller.load_everything()
        assert len(loader.walks) == walks
        assert it.host.notifications == ["Offline: start without --offline to ask the tenant."] * 2


async def test_a_complete_list_that_is_checked_again_stays_complete_meanwhile() -> None:
    loader = FakeLoader(make_connectors(30))
    async with listing(loader) as it:
        it.controller.load_everything()
        await it.until(lambda: it.state().has_ended)
        before = len(it.shown)
        it.controller.refresh()
        assert it.state().is_refreshing
        assert it.is_stoppable()
        await it.until(lambda: it.state().has_ended)
        assert len(it.shown) > before
        assert all(view.coverage.is_complete for view in it.shown[before:])
        assert loader.walks[-1].known_since is not None


async def test_the_rows_that_were_read_ahead_are_there_before_the_first_walk() -> None:
    ahead = make_connectors(4)
    it = Listing(FakeLoader(make_connectors(30), saved=ahead, ahead=ahead))
    assert it.loaded == 4
    assert it.controller.view.coverage.is_copy
    assert not it.loader.walks
