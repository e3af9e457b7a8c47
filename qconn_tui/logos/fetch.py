"""Fetching logos in the background: a few at a time, the most important first, without credentials.

There is no queue that could become outdated. `LogoFetcher.set_wanted` replaces one short list of addresses, and a free
worker takes the first of them that is neither known nor being fetched. So an address that is no longer wanted is
never fetched.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.parse import urlsplit

from qconn_tui.errors import StoreError
from qconn_tui.logos.decoder.process import Decoder
from qconn_tui.logos.download import DEADLINE, Downloader
from qconn_tui.logos.policy import RETRY_SOON, LogoRefusal, LogoRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from qconn_tui.logos.policy import LogoPolicy
    from qconn_tui.logos.thumbnail import Thumbnail
    from qconn_tui.store.logos import LogoStore

    T = TypeVar("T")

_log = logging.getLogger(__name__)

_MEMORY_LIMIT = 128
"""Logos and refusals that are kept in memory."""
_FOREVER = float("inf")
_Outcome: TypeAlias = "Thumbnail | LogoRefusal"


class LogoFetcher:
    """Gets logos from memory, the store or the network.

    Call all methods from the event loop's thread; `on_ready` is called there, too. The fetcher owns its `store` and
    its `decoder`, and closes them.

    Args:
        policy: The addresses that may be fetched.
        store: The logos on disk; None to keep them in memory only.
        on_ready: Called with an address once its logo, or why there is none, is known.
        transport: Replaces the network.
        decoder: Decodes the pictures.
        debounce: Seconds for which the wanted addresses must stay the same before one is fetched.
        at_most: How many logos are fetched at once.
        offline: Whether to use memory and store only.
        deadline: Seconds for one download.
    """

    def __init__(
        self,
        policy: LogoPolicy,
        store: LogoStore | None,
        *,
        on_ready: Callable[[str], None],
        transport: httpx.AsyncBaseTransport | None = None,
        decoder: Decoder | None = None,
        debounce: float = 0.08,
        at_most: int = 4,
        offline: bool = False,
        deadline: float = DEADLINE,
    ) -> None:
        self._policy = policy
        self._store = store
        self._on_ready = on_ready
        self._downloader = Downloader(transport=transport, deadline=deadline)
        self._decoder = decoder or Decoder()
        self._debounce = debounce
        self._at_most = at_most
        self._offline = offline
        self._wanted: tuple[str, ...] = ()
        self._changed_at = 0.0
        self._changed = asyncio.Event()
        self._in_progress: set[str] = set()
        self._known: OrderedDict[str, tuple[_Outcome, float]] = OrderedDict()
        """The outcome of each address, and until when it holds, as `time.monotonic` counts."""
        self._store_thread = ThreadPoolExecutor(1, "logo-store")

    def set_wanted(self, urls: Sequence[str]) -> None:
        """Set the addresses to fetch, the most important first; they replace the previous ones."""
        wanted = tuple(urls)
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed_at = time.monotonic()
            self._changed.set()

    def get(self, url: str) -> Thumbnail | LogoRefusal | None:
        """Return the logo, or why there is none; None while neither is known."""
        if url not in self._known:
            return None
        self._known.move_to_end(url)
        return self._known[url][0]

    async def run(self) -> None:
        """Fetch the wanted logos until cancelled; no answer of a server ends it."""
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._at_most):
                workers.create_task(self._run_worker())

    async def aclose(self) -> None:
        """Close decoder, connections and store without waiting for a thread. Cancel `run` before."""
        await self._decoder.aclose()
        if self._store is not None:
            self._store.stop_waiting()
            self._store_thread.submit(self._store.close)
        self._store_thread.shutdown(wait=False)
        await self._downloader.aclose()

    async def _run_worker(self) -> None:
        while True:
            url = await self._next()
            self._in_progress.add(url)
            try:
                outcome, seconds = await self._load(url)
            finally:
                self._in_progress.discard(url)
            self._remember(url, outcome, seconds)
            self._on_ready(url)

    async def _next(self) -> str:
        """Wait until the wanted addresses have settled, and return the first that is neither known nor in progress."""
        while True:
            remaining = self._changed_at + self._debounce - time.monotonic()
            if remaining > 0:
                await asyncio.sleep(remaining)
                continue
            for url in self._wanted:
                if url not in self._in_progress and not self._is_known(url):
                    return url
            self._changed.clear()
            await self._changed.wait()

    def _is_known(self, url: str) -> bool:
        return url in self._known and time.monotonic() < self._known[url][1]

    def _remember(self, url: str, outcome: _Outcome, seconds: float) -> None:
        self._known[url] = (outcome, time.monotonic() + seconds)
        self._known.move_to_end(url)
        if len(self._known) > _MEMORY_LIMIT:
            self._known.popitem(last=False)

    async def _load(self, url: str) -> tuple[_Outcome, float]:
        """Return the logo or its refusal, and for how many seconds that holds."""
        reason = self._policy.refusal(url)
        if reason is not None:
            return LogoRefusal(reason), _FOREVER
        stored = await self._in_store(lambda: self._load_stored(url))
        if stored is not None:
            return stored
        if self._offline:
            return LogoRefusal("the program is offline"), RETRY_SOON
        try:
            data = await self._downloader.get(url)
            png = await self._decoder.decode(data)
            _log.info("logo from %s: %d bytes", urlsplit(url).hostname, len(data))
            return await self._in_store(lambda: self._save(url, png)), _FOREVER
        except LogoRefused as refused:
            reason, seconds = refused.reason, refused.retry_after
        _log.info("logo from %s: %s", urlsplit(url).hostname, reason)
        await self._in_store(lambda: self._save_refusal(url, reason, seconds))
        return LogoRefusal(reason), seconds

    async def _in_store(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._store_thread, call)

    # The methods below run in the store's thread. A failing store is no error here: logos then come from the network,
    # and `Database.notice` tells the user about the file.

    def _load_stored(self, url: str) -> tuple[_Outcome, float] | None:
        from qconn_tui.logos.decoder.decode import pixels

        now = time.time()
        with suppress(StoreError, LogoRefused):
            stored = self._store.get(url, now) if self._store else None
            if stored is not None and stored.png is not None:
                return pixels(stored.png), _FOREVER
            if stored is not None and stored.until is not None:
                return LogoRefusal(stored.reason or "it was refused before"), stored.until - now
        return None

    def _save(self, url: str, png: bytes) -> Thumbnail:
        from qconn_tui.logos.decoder.decode import pixels

        thumbnail = pixels(png)
        with suppress(StoreError):
            if self._store:
                self._store.put(url, png, time.time())
        return thumbnail

    def _save_refusal(self, url: str, reason: str, seconds: float) -> None:
        with suppress(StoreError):
            if self._store:
                now = time.time()
                self._store.refuse(url, reason, now, now + seconds)
