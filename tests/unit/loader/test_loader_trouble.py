"""The loader over a cache that fails: it says so, and the walk goes on."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

import httpx
import pytest

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.errors import StoreError
from qconn_tui.loader.events import PageArrived, Refused, WalkEnded
from qconn_tui.loader.loader import Loader
from qconn_tui.loader.saved_lists import SavedLists
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.pager import End, Page
from qconn_tui.qlik.server import Server
from qconn_tui.store.database import Database
from tests.unit.loader.loading import ALL, SAVED_AT, THE_LIST, A, B, C, D, Listing, events, loading, save, saved
from tests.unit.qlik.tenant_double import Tenant, reply

if TYPE_CHECKING:
    from pathlib import Path

    from qconn_tui.connector import Connector

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


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


async def test_a_list_with_letters_that_are_lost_is_told_of_and_not_kept(path: Path) -> None:
    save(path, (A, B))
    page = reply(body=b'{"data": [{"id": "C", "name": "Caf\xe9"}], "links": {"next": {"href": "?cursor=1"}}}')
    ended = (await events(Listing(page, [D]), path))[-1]
    assert isinstance(ended, WalkEnded)
    assert ended.coverage == Coverage(Reach.COMPLETE, damaged=1)
    assert not ended.coverage.is_whole
    assert ended.coverage.describe(0) == "complete · 1 damaged"
    assert [connector.id for connector in ended.connectors] == ["C", "D"]
    assert saved(path) == [(A, B)]


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
        if (found := loader.poll()) is not None:
            return found
        time.sleep(0.001)
    return None


def test_the_first_page_is_read_ahead_without_an_event_loop(path: Path) -> None:
    save(path, (A, B), (C,))
    loader = Loader(None, SavedLists(lambda: Database.open(path)))
    assert loader.poll() is None
    assert read_ahead(loader) == PageArrived((A, B), 0, Coverage(Reach.READING, SAVED_AT), pages=0)

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
            assert loader.poll() is None
            save(path, (B,))


@pytest.mark.parametrize("saved_first", [True, False])
async def test_a_copy_that_breaks_off_does_not_stand_in_as_a_whole_one(path: Path, saved_first: bool) -> None:
    save(path, (A,), (B,))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE page SET crc32 = 0 WHERE number = 2")
    async with loading(Listing(httpx.ConnectError("no")), path) as loader:
        *_, refused = [event async for event in loader.events(THE_LIST, ALL, saved_first=saved_first)]
    assert isinstance(refused, Refused)
    assert (refused.connectors, refused.coverage) == ((A,), Coverage(Reach.TORN, SAVED_AT))


async def test_trouble_with_reading_ahead_is_told_with_the_walk(path: Path) -> None:
    save(path, (A,))
    damage(path)
    async with loading(Listing([B]), path) as loader:
        loader.read_ahead()
        *_, ended = [event async for event in loader.events(THE_LIST, ALL)]
        assert loader.poll() is None
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


async def test_whoever_leaves_does_not_wait_for_a_program_that_holds_the_cache(path: Path) -> None:
    lists = SavedLists(lambda: Database.open(path))
    generation = await lists.begin()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        lists.add(generation, [Page(1, (A,), (), 1, None, End.LAST)])
        lists.close()
        # Who does not leave waits for five seconds.
        async with asyncio.timeout(3):
            await asyncio.to_thread(lists._thread.shutdown)
    assert lists.notice is not None
    assert "locked" in lists.notice
