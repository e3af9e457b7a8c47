"""A tenant whose list is what a test says, a loader in front of it, and the list on disk."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import httpx

from qconn_tui.catalogue.server_order import LIST_ORDER
from qconn_tui.connector import Connector
from qconn_tui.loader.events import Demand
from qconn_tui.loader.loader import Loader
from qconn_tui.loader.saved_lists import SavedLists
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.pager import ListQuery
from qconn_tui.qlik.rate_limit import RateLimit
from qconn_tui.qlik.server import Server
from qconn_tui.store.database import Database
from qconn_tui.store.snapshots import Snapshots
from tests.unit.qlik.tenant_double import Tenant, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from qconn_tui.loader.events import Event

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


class WatchedDemand(Demand):
    """A demand that lets a test wait until the walk asks about it."""

    def __init__(self, rows: int = 1, *, everything: bool = False) -> None:
        super().__init__(rows, everything=everything)
        self.pauses: asyncio.Queue[int] = asyncio.Queue()
        """How many rows there were at each pause of the walk."""
        self._questions: list[int] = []
        self._is_asked = asyncio.Event()

    def exceeds(self, loaded: int) -> bool:
        self._questions.append(loaded)
        self._is_asked.set()
        return super().exceeds(loaded)

    async def wait_beyond(self, loaded: int) -> None:
        self.pauses.put_nowait(loaded)
        await super().wait_beyond(loaded)

    async def wait_merged(self, rows: int) -> None:
        """Return when the walk has merged so many rows: it asks about them once before and once after that."""
        while self._questions.count(rows) < 2:
            self._is_asked.clear()
            await self._is_asked.wait()


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
    report_interval: float = 0.0,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[Loader]:
    """A loader over a tenant that answers so, None for `--offline`, and the cache at `path`; it tells every page."""

    def connect() -> TenantClient:
        assert answer is not None
        key = ApiKey(Secret("key"))
        server = Server("https", "acme.eu.qlikcloud.com")
        return TenantClient(server, key, transport=answer.transport(), rate_limit=RateLimit(unlimited=True))

    lists = SavedLists(lambda: Database.open(path), sleep=sleep) if path else None
    loader = Loader(connect if answer else None, lists, report_interval=report_interval)
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
