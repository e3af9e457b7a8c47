"""One walk of the program's own loader over a tenant with one fault, and everything that it must not do."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import traceback
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from qconn_tui.catalogue.coverage import Reach
from qconn_tui.catalogue.server_order import LIST_ORDER
from qconn_tui.loader.events import Bookmark, Demand, Event, Refused, WalkEnded
from qconn_tui.loader.loader import Loader
from qconn_tui.loader.saved_lists import SavedLists
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.pager import ListQuery
from qconn_tui.qlik.rate_limit import RateLimit
from qconn_tui.qlik.server import parse_server
from qconn_tui.store.database import Database
from tests.faults.listing import PAGES, PER_PAGE, Visit, answer, healthy, records
from tests.faults.raw_server import RawServer, Reply
from tests.unit.timing import Time, Waits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from qconn_tui.connector import Connector
    from tests.faults.kinds import Fault

MARK = "CANARY"
"""What every token begins with, and nothing else contains."""
_CURSOR = re.compile(rb"[?&]cursor=([0-9]+)\.([0-9]+)(?:[&#]| )")
_LONGEST = 30.0
"""Seconds after which a walk counts as one that hangs."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, and where and how often it strikes."""

    fault: Fault
    place: int
    """The page, from 1."""
    always: bool
    """Whether every request for the page is hit, or the first one alone."""

    def __str__(self) -> str:
        return f"{self.fault.name}, at page {self.place}, {'always' if self.always else 'once'}"

    @property
    def expected(self) -> str:
        """The end that the walk has to come to."""
        if self.place == 1 and self.fault.on_first_page is not None:
            return self.fault.on_first_page
        return self.fault.always if self.always else self.fault.once


@dataclass(slots=True)
class Result:
    """What came of a walk."""

    end: str = "nothing"
    """The name of the `Reach` or of the error that it ended with; of any other exception, in brackets."""
    lost: int = 0
    """Rows that were sent validly and that the loader does not hold."""
    leaked: list[str] = field(default_factory=list)
    """Where the token was seen."""
    wrong: list[str] = field(default_factory=list)
    """What else is not as it should be."""


class World:
    """What all walks share: the other servers that a request may be led to, which would receive the token."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where the walks keep their caches."""
        self.detours: dict[str, str | None] = {}
        """Origins at which there is no tenant, by what is wrong with them; None has no address at all."""
        self.elsewhere = RawServer(lambda _: answer({"data": [{"id": "stolen", "name": "Stolen"}], "links": {}}))
        """Another server, which would gladly answer."""
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        taken = self._stack.enter_context(socket.socket())
        # Bound, but not listening: no other process gets the port meanwhile.
        taken.bind(("127.0.0.1", 0))
        await self._stack.enter_async_context(self.elsewhere)
        self.detours = {"no such name": None, "refused": f"http://127.0.0.1:{taken.getsockname()[1]}"}
        for name, parts in (
            ("TLS: plain answer", (b"HTTP/1.1 400 Bad Request\r\n\r\n",)),
            ("TLS: hangs up", ()),
        ):
            server = await self._stack.enter_async_context(RawServer(_always(Reply(parts)), opening=1))
            self.detours[name] = f"https://127.0.0.1:{server.port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


def _always(reply: Reply) -> Callable[[bytes], Reply]:
    return lambda _: reply


class FaultyTenant:
    """A tenant whose list has one fault; it notes which rows it has sent validly."""

    def __init__(self, case: Case, token: str, elsewhere: str) -> None:
        self.case = case
        self.token = token
        self.server = RawServer(self._respond)
        self.sent: set[str] = set()
        """The ids that went out as they should."""
        self.healed = False
        """Whether the fault is gone."""
        self._elsewhere = elsewhere
        self._strikes = 0

    def strikes(self, target: bytes) -> Visit | None:
        """The visit that a request for `target` is, when it is hit by the fault."""
        visit = self._visit(target)
        if visit is None or visit.page != self.case.place or self.healed or (self._strikes and not self.case.always):
            return None
        self._strikes += 1
        return visit

    def _visit(self, target: bytes) -> Visit | None:
        cursor = _CURSOR.search(target + b" ")
        if cursor is None and b"cursor=" in target:
            return None
        page, depth = (int(cursor[1]), int(cursor[2])) if cursor else (1, 0)
        return Visit(page, depth, self.server.origin, self._elsewhere, self.token)

    def _respond(self, head: bytes) -> Reply:
        target = head.split(b" ", 2)[1]
        hit = self.strikes(target) if self.case.fault.detour is None else None
        if hit is not None:
            self._note(hit.page, self.case.fault.rows)
            return self.case.fault.reply(hit)
        visit = self._visit(target)
        if visit is None:
            return answer({"errors": [{"code": "WF-2", "title": "Invalid cursor"}]}, status=400)
        self._note(visit.page, range(PER_PAGE))
        return healthy(visit)

    def _note(self, page: int, places: range | tuple[int, ...]) -> None:
        ids = [record["id"] for record in records(page)]
        self.sent.update(ids[place] for place in places if place < len(ids))


class Detour(httpx.AsyncBaseTransport):
    """The network, but a request that the fault strikes is led to an address where there is no tenant."""

    def __init__(self, tenant: FaultyTenant, origin: str | None) -> None:
        self._tenant = tenant
        self._origin = httpx.URL(origin) if origin else None
        self._network = httpx.AsyncHTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._tenant.strikes(request.url.raw_path) is not None:
            origin = self._origin
            if origin is None:
                raise httpx.ConnectError("no such name") from socket.gaierror(socket.EAI_NONAME, "unknown")
            request.url = request.url.copy_with(scheme=origin.scheme, host=origin.host, port=origin.port)
        return await self._network.handle_async_request(request)

    async def aclose(self) -> None:
        await self._network.aclose()


class Walker:
    """The program's loader in front of a faulty tenant."""

    def __init__(self, tenant: FaultyTenant, world: World, cache: Path) -> None:
        self._tenant = tenant
        self._cache = cache
        self._time = Time()
        detour = tenant.case.fault.detour
        # Without a fault of that kind the client has the network to itself.
        transport = Detour(tenant, world.detours[detour]) if detour else None
        deadline = 0.5 if tenant.case.fault.slow else 10.0

        def connect() -> TenantClient:
            server = parse_server(tenant.server.origin, "the test")
            rate_limit = RateLimit(clock=self._time.clock, sleep=self._time.sleep)
            key = ApiKey(Secret(tenant.token))
            return TenantClient(server, key, transport=transport, deadline=deadline, rate_limit=rate_limit)

        self.saved = SavedLists(lambda: Database.open(cache))
        self.loader = Loader(connect, self.saved)
        self.events: list[Event] = []

    async def walk(self, known: tuple[Connector, ...] = (), bookmark: Bookmark | None = None) -> Event:
        """Walk to the end; return the last event."""
        retry_wait = Waits(self._time).retry_wait
        walk = self.loader.events(
            ListQuery(sort=LIST_ORDER),
            Demand(everything=True),
            known=known,
            bookmark=bookmark,
            saved_first=False,
            retry_wait=retry_wait,
        )
        self.events += [event async for event in walk]
        return self.events[-1]

    async def go_on(self, last: Event) -> Event:
        """Walk on from where a walk broke off, some days later, when all is well again."""
        self._tenant.healed = True
        self._time.now += 1e10
        bookmark = last.bookmark if isinstance(last, Refused) else None
        return await self.walk(last.connectors if bookmark else (), bookmark)

    async def aclose(self) -> None:
        """Close the loader, and wait until its files are closed."""
        await self.loader.aclose()
        await asyncio.to_thread(self.saved._thread.shutdown)


async def run(case: Case, number: int, world: World) -> Result:
    """Walk once, and once more when the first walk was kept from its end by something that passes."""
    token = f"{MARK}-{number:06d}-0123456789abcdef"
    cache = world.folder / f"{number}.db"
    tenant, result = FaultyTenant(case, token, world.elsewhere.origin), Result()
    async with tenant.server:
        walker = Walker(tenant, world, cache)
        try:
            async with asyncio.timeout(_LONGEST):
                last = await walker.walk()
                _judge(result, case, tenant, last)
                await _check_saved(result, walker, last)
                if not case.always and result.end != "COMPLETE":
                    _judge_second(result, await walker.go_on(last))
        except Exception as error:  # noqa: BLE001 - after any exception, the other walks go on
            result.end = f"[{type(error).__name__}]"
            result.wrong.append("".join(traceback.format_exception(error)[-3:]))
        finally:
            await walker.aclose()
    _search(result, walker, tenant, cache)
    return result


def _judge(result: Result, case: Case, tenant: FaultyTenant, last: Event) -> None:
    held = {connector.id: connector.name for connector in last.connectors}
    result.lost = len(tenant.sent - held.keys())
    result.end = type(last.error).__name__ if isinstance(last, Refused) else last.coverage.reach.name
    if result.end != case.expected:
        result.wrong.append(f"ended with {result.end}, not with {case.expected}")
    if held.keys() - tenant.sent:
        result.wrong.append(f"rows that were never sent: {held.keys() - tenant.sent}")
    if any(name != f"Connector {identity}" for identity, name in held.items()):
        result.wrong.append("a name is not what was sent")
    if isinstance(last, Refused):
        says_so = last.error.summary and last.error.advice and last.error.exit_code in (3, 4)
        if not says_so or last.coverage.is_complete:
            result.wrong.append(f"refused, and does not say so: {last.error!r}")
    if result.end == Reach.COMPLETE.name:
        whole = (case.place if case.fault.ends_early else PAGES) * PER_PAGE
        if len(held) + last.coverage.skipped != whole:
            result.wrong.append(f"complete with {len(held)} rows and {last.coverage.skipped} unreadable ones")
    if result.end in (Reach.COMPLETE.name, case.fault.once) and last.coverage.skipped != case.fault.skipped:
        result.wrong.append(f"counts {last.coverage.skipped} unreadable rows, not {case.fault.skipped}")


def _judge_second(result: Result, last: Event) -> None:
    if not isinstance(last, WalkEnded) or not last.coverage.is_complete or len(last.connectors) != PAGES * PER_PAGE:
        result.wrong.append(f"when all is well again it ends with {last.coverage} and {len(last.connectors)} rows")


async def _check_saved(result: Result, walker: Walker, last: Event) -> None:
    """Only a complete list is kept on disk, and all of it."""
    kept = [rows.connectors async for rows in walker.saved.read()]
    expected = [last.connectors] if result.end == Reach.COMPLETE.name else []
    if kept[-1:] != expected or walker.saved.notice is not None:
        result.wrong.append(f"kept on disk: {kept[-1:]}, {walker.saved.notice}")


def _search(result: Result, walker: Walker, tenant: FaultyTenant, cache: Path) -> None:
    """Note wherever the token is found, and it is not the header that is meant for it."""
    for event in walker.events:
        _look(result, "an event", repr(event))
        if isinstance(event, Refused):
            error = event.error
            _look(result, "an error", f"{error} {error!r} {error.args!r} {vars(error)!r}")
            lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
            _look(result, "a traceback", "".join(lines))
    _look(result, "the loader", repr(vars(walker.loader)))
    for file in cache.parent.glob(f"{cache.name}*"):
        _look(result, "a file", file.read_bytes().decode("latin-1"))
        file.unlink()
    authorization = f"Authorization: Bearer {tenant.token}\r\n".encode()
    for head in tenant.server.heads:
        _look(result, "another part of a request", head.replace(authorization, b"", 1).decode("latin-1"))
        if b"\r\ncookie:" in head.lower():
            result.wrong.append("sends a cookie")


def _look(result: Result, where: str, text: str) -> None:
    place = text.upper().find(MARK)
    if place >= 0:
        result.leaked.append(f"{where}: {text[max(0, place - 80) : place + 40]}")
