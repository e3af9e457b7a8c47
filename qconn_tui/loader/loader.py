"""Loads the list, the saved copy first and then the tenant's pages, for the screen and for the headless commands.

The loader joins three rooms that do not import each other: the tenant's pages (`qlik`), the saved lists (`store`) and
the coverage of the rows (`catalogue`). The caller says with a `Demand` how far to walk.
"""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.server_order import LIST_ORDER
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
    from qconn_tui.settings.values import Settings
    from qconn_tui.store.database import Database

REPORT_INTERVAL = 0.25
"""Seconds between two events while a walk goes on: nothing faster can be read, and each event is painted."""


class Loader:
    """Loads lists of one tenant for one user.

    Args:
        connect: Makes the client, on first use; None when no request may be sent (`--offline`).
        saved: The lists on disk; None to keep none.
        make_logos: Makes a fetcher of logos from a callback; None for no logos.
        report_interval: Seconds between two events while a walk goes on.
    """

    def __init__(
        self,
        connect: Callable[[], TenantClient] | None,
        saved: SavedLists | None = None,
        make_logos: Callable[[Callable[[str], None]], LogoFetcher] | None = None,
        *,
        report_interval: float = REPORT_INTERVAL,
    ) -> None:
        self._connect = connect
        self._client: TenantClient | None = None
        self._saved = saved
        self._make_logos = make_logos
        self._report_interval = report_interval

    def read_ahead(self) -> None:
        """Start to read the saved list. This needs no event loop."""
        if self._saved is not None:
            self._saved.read_ahead()

    def poll(self) -> PageArrived | None:
        """The first saved rows if `read_ahead` has read them by now. `events` still begins with them."""
        found = self._saved.poll() if self._saved is not None else None
        return PageArrived(found.connectors, 0, _coverage_of(found), pages=0) if found is not None else None

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
        """Walk the list as far as `demand` goes.

        Args:
            query: What to ask the tenant for.
            demand: How many rows are wanted.
            known: Rows of an earlier walk, which this one merges its pages into.
            known_since: When those rows were complete, in seconds since the epoch; None if they were not.
            bookmark: Where the earlier walk broke off and this one goes on.
            saved_first: Whether the saved list comes before the tenant is asked. Otherwise it is read only when the
                tenant cannot be reached.
            retry_wait: Waits while the tenant is busy or fails.

        Yields:
            The saved rows and the tenant's pages, then a `WalkEnded` or a `Refused`.
        """
        rows = Rows(known, bookmark.seen if bookmark else ())
        coverage = Coverage() if known_since is None else Coverage(Reach.OFFLINE, known_since)
        if not known and (saved_first or self._connect is None) and query.filter is None:
            async for saved in self._read_saved():
                # A later page may hold newer content of a record.
                unchanged = len(rows) if saved.connectors[: len(rows)] == rows.all() else 0
                rows, coverage = Rows(saved.connectors), _coverage_of(saved)
                yield PageArrived(saved.connectors, unchanged, coverage, pages=0)
            coverage = _without_rest(coverage)
        if self._connect is None:
            yield self._offline_end(rows, coverage)
            return
        from qconn_tui.loader.tenant_walk import TenantWalk

        # A saved list in another order would be shown in that order at the next start.
        is_savable = query.filter is None and query.sort == LIST_ORDER
        walk = TenantWalk(
            query, demand, rows, coverage, bookmark, self._saved if is_savable else None, self._report_interval
        )
        try:
            client = await self._tenant(self._connect)
            async with aclosing(walk.events(client, retry_wait)) as events:
                async for event in events:
                    yield event
        except QconnError as error:
            coverage = walk.coverage
            if isinstance(error, Unreachable) and not len(rows) and query.filter is None:
                async for saved in self._read_saved():
                    rows, coverage = Rows(saved.connectors), _coverage_of(saved)
                coverage = _without_rest(coverage)
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

            # httpx and pydantic are slow to import. In a thread, they do not block the event loop.
            self._client = await asyncio.to_thread(connect)
        return self._client

    @property
    def is_offline(self) -> bool:
        """Whether no request may be sent."""
        return self._connect is None

    def replace_credentials(self, credentials: Credentials) -> None:
        """Send other credentials from now on. Saved lists still belong to the first ones."""
        if self._client is not None:
            self._client.replace_credentials(credentials)

    def logos(self, on_ready: Callable[[str], None]) -> LogoFetcher | None:
        """A fetcher that calls `on_ready` with the URL of each logo that it has fetched; None without logos."""
        return self._make_logos(on_ready) if self._make_logos is not None else None

    async def aclose(self) -> None:
        """Close the connections and the files."""
        if self._saved is not None:
            self._saved.close()
        if self._client is not None:
            await self._client.aclose()


def _coverage_of(saved: SavedRows) -> Coverage:
    return Coverage(Reach.OFFLINE if saved.is_all else Reach.READING, saved.saved_at)


def _without_rest(coverage: Coverage) -> Coverage:
    """The coverage of a saved list if the rest of it cannot be read."""
    return coverage._replace(reach=Reach.TORN) if coverage.reach is Reach.READING else coverage


def make_loader(settings: Settings) -> Loader:
    """Make the loader for the tenant and user of `settings`. The caller closes it with `aclose`.

    Connections and files are opened on first use.

    Raises:
        UsageError: The settings name no tenant.
    """
    if settings.server is None or settings.credentials is None:
        raise UsageError(
            "No tenant to connect to.", "Set QCONN_SERVER and QCONN_API_KEY, use qlik-cli's contexts, or try --demo."
        )
    server, credentials = settings.server.value, settings.credentials.value

    def connect() -> TenantClient:
        """Make the client, which opens connections on first use."""
        from qconn_tui.qlik.client import TenantClient

        return TenantClient(server, credentials)

    def open_database() -> Database:
        """Open the database of the tenant and user, or one in memory."""
        from qconn_tui.store.database import Database
        from qconn_tui.store.location import cache_path, database_path

        # The embedded tenant has another address at each start, so nothing that is saved of it is found again.
        is_kept = settings.use_cache and not settings.demo
        if settings.demo and settings.use_cache:
            # A user without a home learns from the demo, too, that nothing will be kept.
            cache_path()
        return Database.open(
            database_path(server.origin, credentials.fingerprint) if is_kept else None, server.authority
        )

    def make_logos(on_ready: Callable[[str], None]) -> LogoFetcher:
        """Make the fetcher of logos, without a store if the database cannot be used."""
        from qconn_tui.logos.fetch import LogoFetcher
        from qconn_tui.logos.policy import LogoPolicy
        from qconn_tui.store.logos import LogoStore

        policy = LogoPolicy(settings.logo_hosts, loopback=server.is_loopback)
        try:
            store = LogoStore(open_database())
        except StoreError:
            # The saved lists use the same file and report what is wrong with it.
            store = None
        return LogoFetcher(policy, store, on_ready=on_ready, offline=settings.offline)

    return Loader(
        connect=None if settings.offline else connect,
        saved=SavedLists(open_database),
        make_logos=make_logos,
    )


@asynccontextmanager
async def open_loader(settings: Settings) -> AsyncIterator[Loader]:
    """Make a loader with `make_loader`, and close it at the end."""
    loader = make_loader(settings)
    try:
        yield loader
    finally:
        await loader.aclose()
