"""The loader: what is saved first, then the tenant's pages, and the truth about both."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import aclosing, asynccontextmanager, closing
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.connector import Connector
from qconn_tui.errors import NotAllowed, RateLimited, StoreError, TenantFailed, Unreachable, UsageError
from qconn_tui.loader import (
    LIST_ORDER,
    Demand,
    Loader,
    PageArrived,
    Refused,
    Rows,
    SavedLists,
    WalkEnded,
    make_loader,
    open_loader,
)
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.pace import Pace
from qconn_tui.qlik.pager import EMPTY_PAGES, PAGE_CAP, End, ListQuery, Page
from qconn_tui.qlik.patience import Patience
from qconn_tui.qlik.server import Server
from qconn_tui.settings import Settings
from qconn_tui.store.database import Database
from qconn_tui.store.snapshots import SILENCE_SECONDS, Snapshots
from qconn_tui.walk import rows_per_second
from tests.unit.tenant_double import Tenant, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from qconn_tui.errors import QconnError
    from qconn_tui.loader import Event

pytestmark = pytest.mark.anyio

SAVED_AT = 1_000_000.0
A, B, C, D, E = (Connector(letter, f"Name {letter}") for letter in "ABCDE")
NEW_B = Connector("B", "New name of B")
THE_LIST = ListQuery(sort=LIST_ORDER)
ALL = Demand(everything=True)


class Listing:
    """A tenant whose list has these pages, each of them connectors, faults or an error instead of the page."""

    def __init__(self, *pages: Sequence[object] | httpx.Response | Exception, after: str | None = None) -> None:
        self.pages = list(pages)
        self._after = after
        """The link behind the last page; None for none."""
        self.asked: list[dict[str, str]] = []
        """The fields of each request's query."""

    def transport(self) -> httpx.AsyncBaseTransport:
        """The network, with this tenant in it."""
        return Tenant(self)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fields = dict(request.url.params)
        self.asked.append(fields)
        number = int(fields.get("cursor", "0"))
        if number >= len(self.pages):
            return reply(400)
        page = self.pages[number]
        if isinstance(page, Exception):
            raise page
        if isinstance(page, httpx.Response):
            return page
        following = f"/?cursor={number + 1}" if number + 1 < len(self.pages) else self._after
        links = {"next": {"href": following}} if following else {}
        return reply(body=json.dumps({"data": [record(item) for item in page], "links": links}).encode())


class Hanging(Listing):
    """A tenant that does not answer for a page until it is let."""

    def __init__(self, *pages: Sequence[object], hangs_at: int) -> None:
        super().__init__(*pages)
        self._hangs_at = hangs_at
        self.may_answer = asyncio.Event()

    def transport(self) -> httpx.AsyncBaseTransport:
        return httpx.MockTransport(self._answer)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = self(request)
        if len(self.asked) == self._hangs_at:
            await self.may_answer.wait()
        return response


def record(item: object) -> object:
    """What the tenant sends for a connector; anything else goes as it is."""
    return {"id": item.id, "name": item.name} if isinstance(item, Connector) else item


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


def save(path: Path, *pages: tuple[Connector, ...]) -> None:
    with closing(Database.open(path)) as database:
        snapshots = Snapshots(database)
        generation = snapshots.begin(SAVED_AT)
        snapshots.add_pages(generation, enumerate(pages, 1), SAVED_AT)
        snapshots.complete(generation, SAVED_AT)


def saved(path: Path) -> list[tuple[Connector, ...]]:
    with closing(Database.open(path)) as database:
        snapshots = Snapshots(database)
        newest = snapshots.latest()
        return list(snapshots.pages(newest)) if newest is not None else []


@asynccontextmanager
async def loading(
    answer: Listing | None,
    path: Path | None = None,
    told_every: float = 0.0,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[Loader]:
    """A loader over a tenant that answers so, None for `--offline`, and the cache at `path`; it tells every page."""

    def connect() -> TenantClient:
        assert answer is not None
        key = ApiKey(Secret("key"))
        server = Server("https", "acme.eu.qlikcloud.com")
        return TenantClient(server, key, transport=answer.transport(), pace=Pace(unlimited=True))

    lists = SavedLists(lambda: Database.open(path), sleep=sleep) if path else None
    loader = Loader(connect if answer else None, lists, told_every=told_every)
    try:
        yield loader
    finally:
        await loader.aclose()


async def events(
    answer: Listing | None,
    path: Path | None = None,
    query: ListQuery = THE_LIST,
    *,
    known: tuple[Connector, ...] = (),
    known_since: float | None = None,
    saved_first: bool = True,
) -> list[Event]:
    """All events of a walk to the end."""
    async with loading(answer, path) as loader:
        stream = loader.events(query, ALL, known=known, known_since=known_since, saved_first=saved_first)
        return [event async for event in stream]


# --- the walk ----------------------------------------------------------------------------------------------------


async def test_pages_come_one_by_one_and_the_last_ends_the_walk() -> None:
    assert await events(Listing([A, B], [C], [D])) == [
        PageArrived((A, B), 0, Coverage(), pages=1, frontier="B"),
        PageArrived((A, B, C), 2, Coverage(), pages=2, frontier="C"),
        WalkEnded((A, B, C, D), Coverage(Reach.COMPLETE)),
    ]


async def test_an_empty_tenant_has_a_complete_list() -> None:
    assert await events(Listing([])) == [WalkEnded((), Coverage(Reach.COMPLETE))]


async def test_the_query_is_the_tenant_s() -> None:
    listing = Listing([A], [B])
    await events(listing, query=ListQuery('name eq "A"', "-name", 7))
    assert listing.asked == [{"filter": 'name eq "A"', "sort": "-name", "limit": "7"}, {"cursor": "1"}]


async def test_a_record_that_comes_again_is_merged_into_its_place() -> None:
    arrived, ended = await events(Listing([A, B], [NEW_B, C]))
    assert arrived == PageArrived((A, B), 0, Coverage(), pages=1, frontier="B")
    assert ended == WalkEnded((A, NEW_B, C), Coverage(Reach.COMPLETE, duplicates=1))


async def test_unchanged_is_what_the_page_left_as_it_was() -> None:
    arrived = (await events(Listing([A, B, C], [NEW_B, D], [E])))[1]
    assert isinstance(arrived, PageArrived)
    assert (arrived.connectors, arrived.unchanged) == ((A, NEW_B, C, D), 1)


async def test_a_record_that_cannot_be_read_is_counted_and_its_page_stays() -> None:
    arrived, ended = await events(Listing([A, {"name": "no id"}], [17, B]))
    assert arrived == PageArrived((A,), 0, Coverage(skipped=1), pages=1, frontier="A")
    assert ended == WalkEnded((A, B), Coverage(Reach.COMPLETE, skipped=2))


@pytest.mark.parametrize(
    ("listing", "reach"),
    [
        (Listing([A], [B], after="/?cursor=1"), Reach.LOOPED),
        (Listing([A], [B], after="no query"), Reach.UNCLEAR),
        (Listing([A], *[[]] * EMPTY_PAGES, [B]), Reach.UNCLEAR),
        (Listing([A], *[[B]] * PAGE_CAP), Reach.CAPPED),
    ],
)
async def test_an_end_that_is_not_the_last_page_says_why(listing: Listing, reach: Reach) -> None:
    ended = (await events(listing))[-1]
    assert isinstance(ended, WalkEnded)
    assert ended.coverage.reach is reach
    assert ended.connectors[0] == A


async def test_a_page_is_asked_for_only_when_more_rows_are_wanted() -> None:
    listing = Listing([A], [B], [C])
    demand = Demand()
    async with loading(listing) as loader, aclosing(loader.events(THE_LIST, demand)) as stream:
        await anext(stream)
        following = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.02)
        assert (len(listing.asked), following.done()) == (1, False)
        demand.want(2)
        assert len((await following).connectors) == 2
        following = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.02)
        assert (len(listing.asked), following.done()) == (2, False)
        demand.want_everything()
        assert isinstance(await following, WalkEnded)


NEVER = 3600.0
"""Seconds between two tellings that no test waits for."""


async def test_pages_that_follow_the_first_are_told_together() -> None:
    async with loading(Listing([A], [B], [C], [D], [E]), told_every=NEVER) as loader:
        told = [event async for event in loader.events(THE_LIST, ALL)]
    assert told == [
        PageArrived((A,), 0, Coverage(), pages=1, frontier="A"),
        WalkEnded((A, B, C, D, E), Coverage(Reach.COMPLETE)),
    ]


async def test_a_walk_that_rests_has_told_everything() -> None:
    demand = Demand()
    listing = Listing([A, B, C], [NEW_B], [D], [E])
    async with loading(listing, told_every=NEVER) as loader, aclosing(loader.events(THE_LIST, demand)) as stream:
        assert (await anext(stream)).connectors == (A, B, C)
        demand.want(4)
        # `unchanged` counts from what was told last, not from the page before.
        coverage = Coverage(duplicates=1)
        assert await anext(stream) == PageArrived((A, NEW_B, C, D), 1, coverage, pages=3, frontier="D")
        assert len(listing.asked) == 3


async def test_nothing_is_held_back_while_the_tenant_is_silent() -> None:
    listing = Hanging([A], [B], [C], hangs_at=3)
    async with loading(listing, told_every=0.01) as loader, aclosing(loader.events(THE_LIST, ALL)) as stream:
        assert (await anext(stream)).connectors == (A,)
        assert (await anext(stream)).connectors == (A, B)
        listing.may_answer.set()
        assert await anext(stream) == WalkEnded((A, B, C), Coverage(Reach.COMPLETE))


async def test_a_refusal_comes_with_the_rows_that_were_not_told_yet(path: Path) -> None:
    listing = Listing([A], [B], [C], reply(401), [E])
    async with loading(listing, path, NEVER) as loader:
        told, refused = [event async for event in loader.events(THE_LIST, ALL)]
        assert told.connectors == (A,)
        assert isinstance(refused, Refused)
        assert refused.connectors == (A, B, C)
        listing.pages[3] = [D]
        again = loader.events(THE_LIST, ALL, known=refused.connectors, bookmark=refused.bookmark)
        assert [event async for event in again][-1].connectors == (A, B, C, D, E)
    assert saved(path) == [(A,), (B,), (C,), (D,), (E,)]


async def test_a_walk_that_is_left_has_written_down_what_it_brought(path: Path) -> None:
    listing = Hanging([A], [B], [C], hangs_at=3)
    async with loading(listing, path, NEVER) as loader, aclosing(loader.events(THE_LIST, ALL)) as stream:
        await anext(stream)
        following = asyncio.ensure_future(anext(stream))
        # The tenant is silent: until the walk waits for it, every turn is one of the walk's own.
        for _ in range(1000):
            await asyncio.sleep(0)
        assert len(listing.asked) == 3
        following.cancel()
        await asyncio.wait({following})
    assert loader._saved is not None
    await asyncio.to_thread(loader._saved._thread.shutdown)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM page").fetchone() == (2,)


@pytest.mark.parametrize(
    ("rows", "seconds", "rate"), [(500, 0.0, None), (500, 0.9, None), (500, 2.0, 250.0), (0, 5.0, 0.0)]
)
def test_a_rate_is_told_when_it_means_something(rows: int, seconds: float, rate: float | None) -> None:
    assert rows_per_second(rows, seconds) == rate


async def test_one_client_serves_every_walk() -> None:
    made: list[TenantClient] = []

    def connect() -> TenantClient:
        server = Server("https", "acme.eu.qlikcloud.com")
        made.append(TenantClient(server, ApiKey(Secret("key")), transport=Tenant(Listing([A]))))
        return made[-1]

    loader = Loader(connect)
    for _ in range(2):
        assert [event.connectors async for event in loader.events(THE_LIST, ALL)] == [(A,)]
    await loader.aclose()
    assert len(made) == 1


# --- what goes wrong ---------------------------------------------------------------------------------------------


async def test_a_refusal_in_the_middle_keeps_the_rows() -> None:
    arrived, refused = await events(Listing([A, B], reply(403, b"{}")))
    assert isinstance(arrived, PageArrived)
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, NotAllowed)
    assert (refused.connectors, refused.coverage) == ((A, B), Coverage(Reach.REFUSED))


async def test_a_refusal_of_the_first_page_has_no_rows() -> None:
    (refused,) = await events(Listing(reply(500, b"{}")))
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, TenantFailed)
    assert (refused.connectors, refused.coverage) == ((), Coverage(Reach.NOTHING))


async def test_whoever_looks_hears_of_a_pause_and_why() -> None:
    replies = iter([reply(429, b"{}", [("Retry-After", "0.01")])])
    listing = Listing([A])
    heard: list[tuple[float, QconnError]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        return next(replies, None) or listing(request)

    client = TenantClient(Server("https", "acme.eu.qlikcloud.com"), ApiKey(Secret("key")), transport=Tenant(answer))
    loader = Loader(lambda: client)
    patience = Patience(lambda seconds, error: heard.append((seconds, error)))
    stream = loader.events(THE_LIST, ALL, patience=patience)
    assert [type(event) async for event in stream] == [WalkEnded]
    await loader.aclose()
    ((seconds, error),) = heard
    assert seconds == pytest.approx(0.01, abs=0.01)
    assert isinstance(error, RateLimited)


async def test_a_bug_is_not_taken_for_a_refusal() -> None:
    def connect() -> TenantClient:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        _ = [event async for event in Loader(connect).events(THE_LIST, ALL)]


# --- what is saved -----------------------------------------------------------------------------------------------


async def test_the_saved_list_comes_before_the_tenant_is_asked(path: Path) -> None:
    save(path, (A, B), (C,))
    listing = Listing([A, D])
    async with loading(listing, path) as loader, aclosing(loader.events(THE_LIST, ALL)) as stream:
        offline = Coverage(Reach.OFFLINE, SAVED_AT)
        assert await anext(stream) == PageArrived((A, B), 0, offline, pages=0)
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
    raise AssertionError("somebody waits in vain")


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
        (os.getppid(), SILENCE_SECONDS + 1),
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
        assert isinstance(refused.error, Unreachable)
        assert "press L once" in refused.error.advice
        assert refused.connectors == ()


# --- a cache in trouble ------------------------------------------------------------------------------------------


def damage(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE page SET content = x'00' WHERE number = 1")


async def test_a_damaged_cache_is_told_of_and_the_walk_goes_on(path: Path) -> None:
    save(path, (A, B))
    damage(path)
    *arrived, ended = await events(Listing([C], [D]), path)
    assert isinstance(ended, WalkEnded)
    assert (ended.connectors, ended.coverage) == ((C, D), Coverage(Reach.COMPLETE))
    assert ended.notice is not None
    assert "damaged" in ended.notice
    # Nothing came from the disk, so nothing on the way may call itself a copy.
    assert arrived == [PageArrived((C,), 0, Coverage(), pages=1, frontier="C")]


async def test_a_cache_that_cannot_be_opened_is_told_of() -> None:
    def refuse() -> Database:
        raise StoreError("The cache is not ours.")

    client = TenantClient(
        Server("https", "acme.eu.qlikcloud.com"), ApiKey(Secret("key")), transport=Tenant(Listing([A], [B]))
    )
    loader = Loader(lambda: client, SavedLists(refuse))
    found = [event async for event in loader.events(THE_LIST, ALL)]
    await loader.aclose()
    assert found[-1] == WalkEnded((A, B), Coverage(Reach.COMPLETE), "The cache is not ours.")


def read_ahead(loader: Loader) -> PageArrived | None:
    """What the loader has read when its thread is done with it, all without an event loop."""
    loader.read_ahead()
    for _ in range(1000):
        if (found := loader.by_now()) is not None:
            return found
        time.sleep(0.001)
    return None


def test_the_first_page_is_read_ahead_without_an_event_loop(path: Path) -> None:
    save(path, (A, B), (C,))
    loader = Loader(None, SavedLists(lambda: Database.open(path)))
    assert loader.by_now() is None
    assert read_ahead(loader) == PageArrived((A, B), 0, Coverage(Reach.OFFLINE, SAVED_AT), pages=0)

    async def walk() -> list[tuple[Connector, ...]]:
        rows = [event.connectors async for event in loader.events(THE_LIST, ALL)]
        await loader.aclose()
        return rows

    assert asyncio.run(walk()) == [(A, B), (A, B, C), (A, B, C)]


async def test_what_was_read_ahead_is_not_read_again(path: Path) -> None:
    save(path, (A,))
    async with loading(None, path) as loader:
        loader.read_ahead()
        for known in ((A,), (B,)):
            async with aclosing(loader.events(THE_LIST, ALL)) as events:
                assert (await anext(events)).connectors == known
            assert loader.by_now() is None
            save(path, (B,))


async def test_trouble_with_reading_ahead_is_told_with_the_walk(path: Path) -> None:
    save(path, (A,))
    damage(path)
    async with loading(Listing([B]), path) as loader:
        loader.read_ahead()
        *_, ended = [event async for event in loader.events(THE_LIST, ALL)]
        assert loader.by_now() is None
    assert isinstance(ended, WalkEnded)
    assert ended.connectors == (B,)
    assert "damaged" in (ended.notice or "")


def spoil(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)


async def test_a_cache_that_was_repaired_is_told_of_and_used(path: Path) -> None:
    spoil(path)
    ended = (await events(Listing([A]), path))[-1]
    assert isinstance(ended, WalkEnded)
    assert "begun anew" in (ended.notice or "")
    assert saved(path) == [(A,)]


async def test_trouble_turns_the_cache_off_for_good() -> None:
    opened: list[None] = []

    def refuse() -> Database:
        opened.append(None)
        raise StoreError("The cache is not ours.")

    lists = SavedLists(refuse)
    assert await lists.begin() == 0
    assert [pages async for pages in lists.read()] == []
    await lists.complete(1, 100)
    lists.close()
    assert len(opened) == 1


def refuse_page(path: Path, number: int) -> None:
    """Let the database refuse a page with this number."""
    raising = "BEGIN SELECT RAISE(ABORT, 'full'); END"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TRIGGER full BEFORE INSERT ON page WHEN NEW.number = {number} {raising}")


async def test_after_a_page_that_could_not_be_written_nothing_is(path: Path) -> None:
    save(path, (A,))
    refuse_page(path, 1)
    lists = SavedLists(lambda: Database.open(path))
    generation = await lists.begin()
    # Both are on their way to the thread before there is trouble.
    lists.add(generation, [Page(1, (B,), (), 1, "cursor=2", End.MORE)])
    lists.add(generation, [Page(2, (C,), (), 2, None, End.LAST)])
    await lists.complete(generation, 2)
    lists.close()
    assert lists.notice is not None
    assert saved(path) == [(A,)]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM page").fetchone() == (1,)


async def test_a_list_of_which_a_page_could_not_be_written_is_not_taken_for_whole(path: Path) -> None:
    save(path, (A,))
    refuse_page(path, 2)
    ended = (await events(Listing([A], [B], [C]), path, saved_first=False))[-1]
    assert isinstance(ended, WalkEnded)
    assert ended.connectors == (A, B, C)
    assert ended.notice is not None
    assert saved(path) == [(A,)]


# --- demand and rows ---------------------------------------------------------------------------------------------


def test_a_demand_is_for_at_least_so_many_rows() -> None:
    demand = Demand()
    assert demand.exceeds(0)
    assert not demand.exceeds(1)
    demand.want(50)
    demand.want(20)
    assert demand.exceeds(49)
    assert not demand.exceeds(50)
    assert not demand.everything


def test_a_demand_for_everything_ends_when_somebody_stops_it() -> None:
    demand = Demand(5)
    demand.want_everything()
    assert demand.exceeds(10**9)
    demand.stop(120)
    assert not demand.exceeds(120)
    demand.want(121)
    assert demand.exceeds(120)


@pytest.mark.parametrize("ask", [lambda demand: demand.want(3), Demand.want_everything])
async def test_who_waits_is_woken_when_more_is_wanted(ask: Callable[[Demand], None]) -> None:
    demand = Demand(1)
    waiting = asyncio.ensure_future(demand.wait_beyond(2))
    demand.want(2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    ask(demand)
    await asyncio.wait_for(waiting, 5)


records = st.builds(Connector, st.sampled_from("abcdef"), st.sampled_from(("x", "y")))


@given(
    st.lists(records, unique_by=lambda item: item.id, max_size=4), st.lists(st.lists(records, max_size=5), max_size=4)
)
def test_rows_are_what_a_plain_merge_gives(known: list[Connector], pages: list[list[Connector]]) -> None:
    rows, plain = Rows(known), {item.id: item for item in known}
    for page in pages:
        before = rows.all()
        unchanged = rows.merge(page)
        plain.update((item.id, item) for item in page)
        assert rows.all() == tuple(plain.values())
        assert rows.all()[:unchanged] == before[:unchanged]
        assert unchanged == len(before) or before[unchanged].id in {item.id for item in page}
    seen = [item.id for page in pages for item in page]
    assert rows.seen() == tuple(item for item in plain.values() if item.id in seen)
    assert rows.duplicates == len(seen) - len(set(seen))
    assert len(rows) == len(plain)


# --- from settings -----------------------------------------------------------------------------------------------


async def test_settings_without_a_tenant_make_no_loader() -> None:
    with pytest.raises(UsageError, match="No tenant"):
        make_loader(Settings())
    with pytest.raises(UsageError, match="No tenant"):
        async with open_loader(Settings()):
            pass
