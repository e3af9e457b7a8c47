"""The saved list first, then the tenant: one stream of events for the screen and for the headless commands.

The loader joins the rooms that do not know each other: the tenant's pages (`qlik`), what is kept on disk (`store`)
and what the rows are worth (`catalogue`). It owns no screen; whoever looks says how far to go with a `Demand`.
"""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.errors import NothingSaved, QconnError, StoreError, Unreachable, UsageError
from qconn_tui.loader.events import PageArrived, Refused, Rows, WalkEnded
from qconn_tui.loader.saved_lists import SavedLists

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from qconn_tui.connector import Connector
    from qconn_tui.loader.events import Bookmark, Demand, Event
    from qconn_tui.loader.saved_lists import SavedRows
    from qconn_tui.logos.fetch import LogoFetcher
    from qconn_tui.qlik.auth import Credentials
    from qconn_tui.qlik.client import TenantClient
    from qconn_tui.qlik.pager import ListQuery
    from qconn_tui.qlik.retry_wait import RetryWait
    from qconn_tui.settings.resolve import Settings
    from qconn_tui.store.database import Database

LIST_ORDER = "name"
"""How the tenant is asked to sort while nobody sorts: the screen, `ls` and the saved list agree on A to Z."""

REPORT_INTERVAL = 0.25
"""Seconds for which pages are gathered while a walk goes on by itself: nobody reads faster, and painting takes time."""


class Loader:
    """Lists of one tenant for one user."""

    def __init__(
        self,
        connect: Callable[[], TenantClient] | None,
        saved: SavedLists | None = None,
        make_logos: Callable[[Callable[[str], None]], LogoFetcher] | None = None,
        *,
        report_interval: float = REPORT_INTERVAL,
    ) -> None:
        self._connect = connect
        """Makes the client on first use; None when the tenant must not be asked (`--offline`)."""
        self._client: TenantClient | None = None
        self._saved = saved
        self._make_logos = make_logos
        self._report_interval = report_interval

    def read_ahead(self) -> None:
        """Begin to read the list on disk, before there is an event loop."""
        if self._saved is not None:
            self._saved.read_ahead()

    def poll(self) -> PageArrived | None:
        """The first rows on disk, if `read_ahead` has found any by now; `events` begins with them all the same."""
        found = self._saved.poll() if self._saved is not None else None
        return PageArrived(found.connectors, 0, _worth(found), pages=0) if found is not None else None

    async def events(
        self,
        query: ListQuery,
        demand: Demand,
        *,
        known: tuple[Connector, ...] = (),
        known_since: float | None = None,
        bookmark: Bookmark | None = None,
        saved_first: bool = True,
        retry_wait: RetryWait | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Walk the list as far as `demand` goes; the last event is a `WalkEnded` or a `Refused`.

        `known` are rows of an earlier walk to keep and merge into; `known_since` is when they were complete, in
        seconds since the epoch, or None; with the `bookmark` of that walk this one goes on where it broke off. With
        `saved_first` the list on disk is painted before the tenant is asked; otherwise it only stands in when the
        tenant cannot be reached. `retry_wait` waits when the tenant asks for it.
        """
        rows = Rows(known, bookmark.seen if bookmark else ())
        coverage = Coverage() if known_since is None else Coverage(Reach.OFFLINE, known_since)
        if not known and (saved_first or self._connect is None) and query.filter is None:
            async for saved in self._read_saved():
                # A record may have come again on a later page, and with it newer content.
                unchanged = len(rows) if saved.connectors[: len(rows)] == rows.all() else 0
                rows, coverage = Rows(saved.connectors), _worth(saved)
                yield PageArrived(saved.connectors, unchanged, coverage, pages=0)
            coverage = _as_far_as_read(coverage)
        if self._connect is None:
            yield self._offline_end(rows, coverage)
            return
        from qconn_tui.loader.tenant_walk import TenantWalk

        # A saved list in another order would be taken for the tenant's own the next time.
        is_the_list = query.filter is None and query.sort == LIST_ORDER
        keeps = self._saved if is_the_list else None
        walk = TenantWalk(query, demand, rows, coverage, bookmark, keeps, self._report_interval)
        try:
            client = await self._tenant(self._connect)
            async with aclosing(walk.events(client, retry_wait)) as events:
                async for event in events:
                    yield event
        except QconnError as error:
            coverage = walk.coverage
            if isinstance(error, Unreachable) and not len(rows) and query.filter is None:
                async for saved in self._read_saved():
                    rows, coverage = Rows(saved.connectors), _worth(saved)
                coverage = _as_far_as_read(coverage)
            if coverage.reach is Reach.PARTIAL:
                coverage = coverage._replace(reach=Reach.REFUSED if len(rows) else Reach.NOTHING)
            yield Refused(error, rows.all(), coverage, walk.bookmark())

    async def _read_saved(self) -> AsyncIterator[SavedRows]:
        if self._saved is not None:
            async for saved in self._saved.read():
                yield saved

    def _offline_end(self, rows: Rows, coverage: Coverage) -> Event:
        notice = self._saved.notice if self._saved is not None else None
        if coverage.is_copy:
            return WalkEnded(rows.all(), coverage, notice)
        error = NothingSaved(
            notice or "There is no saved list of this tenant for this user.",
            "Start once without --offline and press L, or run `qconn-tui ls`: only whole lists are kept.",
        )
        return Refused(error, (), Coverage(Reach.NOTHING))

    async def _tenant(self, connect: Callable[[], TenantClient]) -> TenantClient:
        if self._client is None:
            import asyncio

            # httpx and pydantic take a while to import: in a thread, so that keys are answered meanwhile.
            self._client = await asyncio.to_thread(connect)
        return self._client

    @property
    def is_offline(self) -> bool:
        """Whether the tenant is never asked."""
        return self._connect is None

    def replace_credentials(self, credentials: Credentials) -> None:
        """Ask as somebody else from now on; what is saved on disk stays the first one's."""
        if self._client is not None:
            self._client.replace_credentials(credentials)

    def logos(self, on_ready: Callable[[str], None]) -> LogoFetcher | None:
        """A fetcher of logos that calls `on_ready` with the address of each one it has; None without any logos."""
        return self._make_logos(on_ready) if self._make_logos is not None else None

    async def aclose(self) -> None:
        """Close connections and files."""
        if self._saved is not None:
            self._saved.close()
        if self._client is not None:
            await self._client.aclose()


def _worth(saved: SavedRows) -> Coverage:
    return Coverage(Reach.OFFLINE if saved.is_all else Reach.READING, saved.saved_at)


def _as_far_as_read(coverage: Coverage) -> Coverage:
    """What a saved list is worth of which no more can be read."""
    return coverage._replace(reach=Reach.TORN) if coverage.reach is Reach.READING else coverage


def make_loader(settings: Settings) -> Loader:
    """The loader for the tenant and user of `settings`; whoever made it calls `aclose`.

    Cheap: connections and files are opened on first use. Raises `UsageError` when the settings name no tenant.
    """
    if settings.server is None or settings.credentials is None:
        raise UsageError(
            "No tenant to connect to.", "Set QCONN_SERVER and QCONN_API_KEY, use qlik-cli's contexts, or try --demo."
        )
    server, credentials = settings.server.value, settings.credentials.value

    def connect() -> TenantClient:
        from qconn_tui.qlik.client import TenantClient

        return TenantClient(server, credentials)

    def open_database() -> Database:
        from qconn_tui.store.database import Database
        from qconn_tui.store.location import database_path

        # The embedded tenant has another address at every start: nothing of it is worth keeping.
        keeps = settings.use_cache and not settings.demo
        return Database.open(database_path(server.origin, credentials.fingerprint) if keeps else None, server.authority)

    def make_logos(on_ready: Callable[[str], None]) -> LogoFetcher:
        from qconn_tui.logos.fetch import LogoFetcher
        from qconn_tui.logos.policy import LogoPolicy
        from qconn_tui.store.logos import LogoStore

        policy = LogoPolicy(settings.logo_hosts, loopback=server.is_loopback)
        try:
            store = LogoStore(open_database())
        except StoreError:
            # The list's own use of the cache says what is wrong with it.
            store = None
        return LogoFetcher(policy, store, on_ready=on_ready, offline=settings.offline)

    return Loader(
        connect=None if settings.offline else connect,
        saved=SavedLists(open_database),
        make_logos=make_logos,
    )


@asynccontextmanager
async def open_loader(settings: Settings) -> AsyncIterator[Loader]:
    """`make_loader`, closed at the end."""
    loader = make_loader(settings)
    try:
        yield loader
    finally:
        await loader.aclose()
