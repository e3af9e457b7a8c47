"""The loader: the tenant's pages, what goes wrong on the way, and the truth about both."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

import pytest

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.errors import NotAllowed, RateLimited, TenantFailed, UsageError
from qconn_tui.loader.events import Demand, PageArrived, Refused, WalkEnded
from qconn_tui.loader.loader import Loader, make_loader, open_loader
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.pager import EMPTY_PAGES, PAGE_CAP, ListQuery
from qconn_tui.qlik.retry_wait import RetryWait
from qconn_tui.qlik.server import Server
from qconn_tui.settings.values import Settings
from tests.unit.loader.loading import (
    ALL,
    NEW_B,
    THE_LIST,
    A,
    B,
    C,
    D,
    E,
    Hanging,
    Listing,
    WatchedDemand,
    events,
    loading,
    saved,
)
from tests.unit.qlik.tenant_double import Tenant, reply

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from qconn_tui.errors import QconnError

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


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
    demand = WatchedDemand()
    async with loading(listing) as loader, aclosing(loader.events(THE_LIST, demand)) as stream:
        await anext(stream)
        following = asyncio.ensure_future(anext(stream))
        assert await demand.pauses.get() == 1
        assert (len(listing.asked), following.done()) == (1, False)
        demand.want(2)
        assert len((await following).connectors) == 2
        following = asyncio.ensure_future(anext(stream))
        assert await demand.pauses.get() == 2
        assert (len(listing.asked), following.done()) == (2, False)
        demand.want_everything()
        assert isinstance(await following, WalkEnded)


NEVER = 3600.0
"""Seconds between two reports that no test waits for."""


async def test_pages_that_follow_the_first_are_reported_together() -> None:
    async with loading(Listing([A], [B], [C], [D], [E]), report_interval=NEVER) as loader:
        reported = [event async for event in loader.events(THE_LIST, ALL)]
    assert reported == [
        PageArrived((A,), 0, Coverage(), pages=1, frontier="A"),
        WalkEnded((A, B, C, D, E), Coverage(Reach.COMPLETE)),
    ]


async def test_a_walk_that_pauses_has_reported_everything() -> None:
    demand = Demand()
    listing = Listing([A, B, C], [NEW_B], [D], [E])
    async with loading(listing, report_interval=NEVER) as loader, aclosing(loader.events(THE_LIST, demand)) as stream:
        assert (await anext(stream)).connectors == (A, B, C)
        demand.want(4)
        # `unchanged` counts from the last report, not from the page before.
        coverage = Coverage(duplicates=1)
        assert await anext(stream) == PageArrived((A, NEW_B, C, D), 1, coverage, pages=3, frontier="D")
        assert len(listing.asked) == 3


async def test_nothing_is_held_back_while_the_tenant_is_silent() -> None:
    listing = Hanging([A], [B], [C], hangs_at=3)
    async with loading(listing, report_interval=0.01) as loader, aclosing(loader.events(THE_LIST, ALL)) as stream:
        assert (await anext(stream)).connectors == (A,)
        assert (await anext(stream)).connectors == (A, B)
        listing.may_answer.set()
        assert await anext(stream) == WalkEnded((A, B, C), Coverage(Reach.COMPLETE))


async def test_a_refusal_comes_with_the_rows_that_were_not_reported_yet(path: Path) -> None:
    listing = Listing([A], [B], [C], reply(401), [E])
    async with loading(listing, path, NEVER) as loader:
        arrived, refused = [event async for event in loader.events(THE_LIST, ALL)]
        assert arrived.connectors == (A,)
        assert isinstance(refused, Refused)
        assert refused.connectors == (A, B, C)
        listing.pages[3] = [D]
        again = loader.events(THE_LIST, ALL, known=refused.connectors, bookmark=refused.bookmark)
        assert [event async for event in again][-1].connectors == (A, B, C, D, E)
    assert saved(path) == [(A,), (B,), (C,), (D,), (E,)]


async def test_a_walk_that_is_left_has_written_down_what_it_brought(path: Path) -> None:
    listing, demand = Hanging([A], [B], [C], hangs_at=3), WatchedDemand(everything=True)
    async with loading(listing, path, NEVER) as loader, aclosing(loader.events(THE_LIST, demand)) as stream:
        await anext(stream)
        following = asyncio.ensure_future(anext(stream))
        await demand.wait_merged(2)
        assert len(listing.asked) == 3
        following.cancel()
        await asyncio.wait({following})
    assert loader._saved is not None
    await asyncio.to_thread(loader._saved._thread.shutdown)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM page").fetchone() == (2,)


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


async def test_a_wait_is_reported_with_its_reason() -> None:
    replies = iter([reply(429, b"{}", [("Retry-After", "0.01")])])
    listing = Listing([A])
    waits: list[tuple[float, QconnError]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        return next(replies, None) or listing(request)

    client = TenantClient(Server("https", "acme.eu.qlikcloud.com"), ApiKey(Secret("key")), transport=Tenant(answer))
    loader = Loader(lambda: client)
    retry_wait = RetryWait(lambda seconds, error: waits.append((seconds, error)))
    stream = loader.events(THE_LIST, ALL, retry_wait=retry_wait)
    assert [type(event) async for event in stream] == [WalkEnded]
    await loader.aclose()
    ((seconds, error),) = waits
    assert seconds == pytest.approx(0.01, abs=0.01)
    assert isinstance(error, RateLimited)


async def test_a_bug_is_not_taken_for_a_refusal() -> None:
    def connect() -> TenantClient:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        _ = [event async for event in Loader(connect).events(THE_LIST, ALL)]


# --- from settings -----------------------------------------------------------------------------------------------


async def test_settings_without_a_tenant_make_no_loader() -> None:
    with pytest.raises(UsageError, match="No tenant"):
        make_loader(Settings())
    with pytest.raises(UsageError, match="No tenant"):
        async with open_loader(Settings()):
            pass
