"""The loader and the list on disk: when it is shown, replaced, and left alone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

import httpx
import pytest

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.connector import Connector
from qconn_tui.errors import NotAllowed, NothingSaved, Unreachable
from qconn_tui.loader.events import Demand, PageArrived, Refused, WalkEnded
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.pager import ListQuery
from qconn_tui.store.database import Database
from qconn_tui.store.snapshots import STALLED_SECONDS, Snapshots
from tests.unit.loader.loading import (
    ALL,
    NEW_B,
    SAVED_AT,
    THE_LIST,
    A,
    B,
    C,
    D,
    E,
    Listing,
    events,
    loading,
    save,
    saved,
)
from tests.unit.qlik.tenant_double import reply

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


async def test_the_saved_list_comes_before_the_tenant_is_asked(path: Path) -> None:
    save(path, (A, B), (C,))
    listing = Listing([A, D])
    async with loading(listing, path) as loader, aclosing(loader.events(THE_LIST, ALL)) as stream:
        # Only when all of it was read the rows are as many as there are.
        reading, offline = Coverage(Reach.READING, SAVED_AT), Coverage(Reach.OFFLINE, SAVED_AT)
        assert await anext(stream) == PageArrived((A, B), 0, reading, pages=0)
        assert await anext(stream) == PageArrived((A, B, C), 2, offline, pages=0)
        assert listing.asked == []
        # What the tenant no longer lists is gone at the end, not before.
        assert await anext(stream) == WalkEnded((A, D), Coverage(Reach.COMPLETE))


def begin_elsewhere(path: Path, process: int, seconds_ago: float = 0.0) -> int:
    """Another process has begun to write down the list, and one page is there."""
    with closing(Database.open(path)) as database:
        snapshots, now = Snapshots(database), time.time() - seconds_ago
        generation = snapshots.begin(now, process)
        snapshots.add_pages(generation, [(1, [A, NEW_B])], now)
        return generation


async def nobody_waits(_: float) -> None:
    raise AssertionError("there is nothing to wait for")


def process_that_is_gone() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        return gone.pid


async def test_what_another_program_is_fetching_is_waited_for_and_taken_over(path: Path) -> None:
    save(path, (A, B))
    generation = begin_elsewhere(path, os.getppid())
    listing = Listing([A])
    waits: list[float] = []

    async def the_other_goes_on(seconds: float) -> None:
        waits.append(seconds)
        with closing(Database.open(path)) as database:
            if len(waits) == 1:
                Snapshots(database).add_pages(generation, [(2, [C])], time.time())
            else:
                Snapshots(database).complete(generation, time.time())

    async with (
        loading(listing, path, sleep=the_other_goes_on) as loader,
        aclosing(loader.events(THE_LIST, ALL)) as stream,
    ):
        assert (await anext(stream)).connectors == (A, B)
        assert await anext(stream) == WalkEnded((A, NEW_B, C), Coverage(Reach.COMPLETE))
    assert len(waits) == 2
    assert listing.asked == [], "one program asks for both"


async def test_what_another_program_has_given_up_is_not_waited_for(path: Path) -> None:
    for process, seconds_ago in (
        (process_that_is_gone(), 0.0),
        (os.getppid(), STALLED_SECONDS + 1),
        (os.getppid(), -60.0),
    ):
        save(path, (A, B))
        begin_elsewhere(path, process, seconds_ago)
        listing = Listing([A, D])
        async with loading(listing, path, sleep=nobody_waits) as loader:
            last = [event async for event in loader.events(THE_LIST, ALL)][-1]
        assert last == WalkEnded((A, D), Coverage(Reach.COMPLETE))
        assert len(listing.asked) == 1


async def test_a_script_asks_for_itself(path: Path) -> None:
    save(path, (A, B))
    begin_elsewhere(path, os.getppid())
    assert (await events(Listing([D]), path, saved_first=False))[-1].connectors == (D,)


async def test_until_the_end_the_merged_rows_are_an_offline_copy(path: Path) -> None:
    save(path, (A, B))
    arrived = (await events(Listing([NEW_B], [A]), path))[1]
    assert arrived == PageArrived((A, NEW_B), 1, Coverage(Reach.OFFLINE, SAVED_AT), pages=1, frontier="B")


async def test_a_whole_walk_is_saved_page_by_page(path: Path) -> None:
    await events(Listing([A, B], [C]), path)
    assert saved(path) == [(A, B), (C,)]


@pytest.mark.parametrize("listing", [Listing([D], reply(500, b"{}")), Listing([D], [E], after="unclear")])
async def test_a_walk_that_is_not_whole_leaves_the_saved_list(path: Path, listing: Listing) -> None:
    save(path, (A, B))
    ended = (await events(listing, path))[-1]
    assert saved(path) == [(A, B)]
    assert ended.connectors[:3] == (A, B, D)


async def test_a_filtered_walk_neither_reads_nor_writes_the_saved_list(path: Path) -> None:
    save(path, (A, B))
    query = ListQuery('name eq "C"')
    assert await events(Listing([C]), path, query) == [WalkEnded((C,), Coverage(Reach.COMPLETE))]
    (refused,) = await events(Listing(httpx.ConnectError("no")), path, query)
    assert refused.connectors == ()
    assert saved(path) == [(A, B)]


@pytest.mark.parametrize("order", [None, "-name", "id"])
async def test_a_walk_in_another_order_does_not_replace_the_saved_list(path: Path, order: str | None) -> None:
    save(path, (A, B))
    ended = (await events(Listing([D, C]), path, ListQuery(sort=order), saved_first=False))[-1]
    assert ended == WalkEnded((D, C), Coverage(Reach.COMPLETE))
    assert saved(path) == [(A, B)]


async def test_without_saved_first_the_tenant_alone_is_asked(path: Path) -> None:
    save(path, (A, B))
    assert await events(Listing([C]), path, saved_first=False) == [WalkEnded((C,), Coverage(Reach.COMPLETE))]


async def test_when_the_tenant_cannot_be_reached_the_saved_list_stands_in(path: Path) -> None:
    save(path, (A, B))
    (refused,) = await events(Listing(httpx.ConnectError("no")), path, saved_first=False)
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, Unreachable)
    assert (refused.connectors, refused.coverage) == ((A, B), Coverage(Reach.OFFLINE, SAVED_AT))


async def test_a_tenant_that_refuses_is_not_stood_in_for(path: Path) -> None:
    save(path, (A, B))
    (refused,) = await events(Listing(reply(401, b"{}")), path, saved_first=False)
    assert (refused.connectors, refused.coverage) == ((), Coverage(Reach.NOTHING))


async def test_a_walk_that_broke_off_goes_on_where_it_was(path: Path) -> None:
    listing = Listing([A, B], reply(401), [D])
    async with loading(listing, path) as loader:
        first = [event async for event in loader.events(THE_LIST, ALL)]
        refused = first[-1]
        assert isinstance(refused, Refused)
        assert isinstance(refused.error, NotAllowed)
        listing.pages[1] = [C]
        loader.replace_credentials(ApiKey(Secret("another key")))
        again = loader.events(THE_LIST, ALL, known=refused.connectors, bookmark=refused.bookmark)
        assert [event async for event in again][-1] == WalkEnded((A, B, C, D), Coverage(Reach.COMPLETE))
    assert [fields.get("cursor") for fields in listing.asked] == [None, "1", "1", "2"]
    assert saved(path) == [(A, B), (C,), (D,)]


async def test_a_tenant_that_forgot_the_place_is_asked_for_everything_once_more(path: Path) -> None:
    listing, demand = Listing([A, B], [C], [E]), Demand()
    async with loading(listing, path) as loader, aclosing(loader.events(THE_LIST, demand)) as stream:
        assert (await anext(stream)).connectors == (A, B)
        demand.want(3)
        assert (await anext(stream)).connectors == (A, B, C)
        listing.pages[:] = [[A, C], [D]]
        demand.want_everything()
        last = [event async for event in stream][-1]
    # B was listed when the walk began, and is not any more.
    assert last == WalkEnded((A, C, D), Coverage(Reach.COMPLETE))
    assert saved(path) == [(A, C), (D,)]


async def test_a_list_that_lost_half_its_rows_does_not_take_the_saved_one_s_place(path: Path) -> None:
    whole = tuple(Connector(str(number), f"Name {number}") for number in range(5))
    async with loading(Listing(whole), path) as loader:
        assert [event async for event in loader.events(THE_LIST, ALL)]
    async with loading(Listing(whole[:2]), path) as loader:
        end = [event async for event in loader.events(THE_LIST, ALL)][-1]
    assert isinstance(end, WalkEnded)
    assert end.connectors == whole[:2]
    assert end.notice is not None
    assert "shrank from 5 to 2 connectors" in end.notice
    assert saved(path) == [whole]


async def test_a_saved_list_that_is_older_than_a_day_gives_way_to_a_shorter_one(path: Path) -> None:
    save(path, (A, B, C, D, E))
    async with loading(Listing([A]), path) as loader:
        assert [event async for event in loader.events(THE_LIST, ALL)]
    assert saved(path) == [(A,)]


async def test_rows_of_an_earlier_walk_stay_until_the_end() -> None:
    arrived, ended = await events(Listing([NEW_B], [D]), known=(A, B), known_since=SAVED_AT)
    offline = Coverage(Reach.OFFLINE, SAVED_AT)
    assert arrived == PageArrived((A, NEW_B), 1, offline, pages=1, frontier="B")
    assert ended == WalkEnded((NEW_B, D), Coverage(Reach.COMPLETE))


async def test_rows_of_an_earlier_walk_outlive_a_refusal(path: Path) -> None:
    save(path, (C,))
    (refused,) = await events(Listing(httpx.ConnectError("no")), path, known=(A, B), known_since=SAVED_AT)
    assert (refused.connectors, refused.coverage) == ((A, B), Coverage(Reach.OFFLINE, SAVED_AT))
    (refused,) = await events(Listing(httpx.ConnectError("no")), path, known=(A, B))
    assert (refused.connectors, refused.coverage) == ((A, B), Coverage(Reach.REFUSED))


async def test_offline_shows_the_saved_list_and_says_how_old(path: Path) -> None:
    save(path, (A, B))
    offline = Coverage(Reach.OFFLINE, SAVED_AT)
    assert await events(None, path) == [PageArrived((A, B), 0, offline, pages=0), WalkEnded((A, B), offline)]


async def test_offline_a_saved_list_that_breaks_off_is_not_taken_for_whole(path: Path) -> None:
    save(path, (A,), (B,))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE page SET crc32 = 0 WHERE number = 2")
    *_, ended = await events(None, path)
    assert isinstance(ended, WalkEnded)
    assert (ended.connectors, ended.coverage) == ((A,), Coverage(Reach.TORN, SAVED_AT))
    assert ended.notice is not None
    assert "damaged" in ended.notice


async def test_offline_it_says_why_there_is_no_saved_list(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE page (of_somebody_else)")
    (refused,) = await events(None, path)
    assert isinstance(refused, Refused)
    assert "damaged" in refused.error.summary


async def test_offline_without_a_saved_list_says_what_to_do(path: Path) -> None:
    for cache in (path, None):
        (refused,) = await events(None, cache)
        assert isinstance(refused, Refused)
        assert isinstance(refused.error, NothingSaved)
        assert "without --offline and press L" in refused.error.advice
        assert refused.connectors == ()
