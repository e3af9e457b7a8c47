"""Logos arrive in the background: what is looked at first, a few at a time, without any credentials.

There is no queue to grow stale. `LogoFetcher.look_at` replaces one short list, the wish; a worker that is
free takes the first address of it that is neither known nor on its way. What is no longer wished is thereby
dropped when its turn comes.
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
from qconn_tui.logos.policy import SOON, LogoRefusal, LogoRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from qconn_tui.logos.drawing.blocks import Thumbnail
    from qconn_tui.logos.policy import LogoPolicy
    from qconn_tui.store.logos import LogoStore

    T = TypeVar("T")

_log = logging.getLogger(__name__)

_REMEMBERED = 128
_FOREVER = float("inf")
_Outcome: TypeAlias = "Thumbnail | LogoRefusal"


class LogoFetcher:
    """Gets logos from memory, the store or the network, and calls `on_ready(url)` when one has become known.

    All methods are for the event loop's thread, where `on_ready` is called, too. When `offline`, the network
    is not asked. `deadline` is in seconds, for one logo. The fetcher owns its `store` and its `decoder`, and
    closes them.
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
        self._wish: tuple[str, ...] = ()
        self._wished_at = 0.0
        self._changed = asyncio.Event()
        self._running: set[str] = set()
        self._known: OrderedDict[str, tuple[_Outcome, float]] = OrderedDict()
        self._disk = ThreadPoolExecutor(1, "logo-store")

    def look_at(self, urls: Sequence[str]) -> None:
        """Say what is looked at now, the most wanted first; it replaces what was said before."""
        wish = tuple(urls)
        if wish != self._wish:
            self._wish = wish
            self._wished_at = time.monotonic()
            self._changed.set()

    def get(self, url: str) -> Thumbnail | LogoRefusal | None:
        """The logo, or why there is none; None while neither is known."""
        if url not in self._known:
            return None
        self._known.move_to_end(url)
        return self._known[url][0]

    async def run(self) -> None:
        """Work until cancelled. Nothing that a server sends ends it."""
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._at_most):
                workers.create_task(self._work())

    async def aclose(self) -> None:
        """Close decoder, connections and store without waiting for a thread; cancel `run` before."""
        await self._decoder.aclose()
        if self._store is not None:
            self._store.leave()
            self._disk.submit(self._store.close)
        self._disk.shutdown(wait=False)
        await self._downloader.aclose()

    async def _work(self) -> None:
        while True:
            url = await self._next()
            self._running.add(url)
            try:
                outcome, seconds = await self._load(url)
            finally:
                self._running.discard(url)
            self._remember(url, outcome, seconds)
            self._on_ready(url)

    async def _next(self) -> str:
        """The most wanted address that nobody works on; waits until there is one and the wish has settled."""
        while True:
            unsettled = self._wished_at + self._debounce - time.monotonic()
            if unsettled > 0:
                await asyncio.sleep(unsettled)
                continue
            for url in self._wish:
                if url not in self._running and not self._is_known(url):
                    return url
            self._changed.clear()
            await self._changed.wait()

    def _is_known(self, url: str) -> bool:
        return url in self._known and time.monotonic() < self._known[url][1]

    def _remember(self, url: str, outcome: _Outcome, seconds: float) -> None:
        self._known[url] = (outcome, time.monotonic() + seconds)
        self._known.move_to_end(url)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _load(self, url: str) -> tuple[_Outcome, float]:
        """The logo or its refusal, and for how many seconds that holds."""
        reason = self._policy.refusal(url)
        if reason is not None:
            return LogoRefusal(reason), _FOREVER
        stored = await self._on_disk(lambda: self._recall(url))
        if stored is not None:
            return stored
        if self._offline:
            return LogoRefusal("the program is offline"), SOON
        try:
            data = await self._downloader.get(url)
            png = await self._decoder.decode(data)
            _log.info("logo from %s: %d bytes", urlsplit(url).hostname, len(data))
            return await self._on_disk(lambda: self._keep(url, png)), _FOREVER
        except LogoRefused as refused:
            reason, seconds = refused.reason, refused.seconds
        _log.info("logo from %s: %s", urlsplit(url).hostname, reason)
        await self._on_disk(lambda: self._keep_refusal(url, reason, seconds))
        return LogoRefusal(reason), seconds

    async def _on_disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    # What follows runs in the store's thread. When the store fails, logos just come from the network again:
    # what befell the file is told by `Database.notice`.

    def _recall(self, url: str) -> tuple[_Outcome, float] | None:
        from qconn_tui.logos.decoder.decode import pixels

        now = time.time()
        with suppress(StoreError, LogoRefused):
            stored = self._store.get(url, now) if self._store else None
            if stored is not None and stored.png is not None:
                return pixels(stored.png), _FOREVER
            if stored is not None and stored.until is not None:
                return LogoRefusal(stored.reason or "it was refused before"), stored.until - now
        return None

    def _keep(self, url: str, png: bytes) -> Thumbnail:
        from qconn_tui.logos.decoder.decode import pixels

        thumbnail = pixels(png)
        with suppress(StoreError):
            if self._store:
                self._store.put(url, png, time.time())
        return thumbnail

    def _keep_refusal(self, url: str, reason: str, seconds: float) -> None:
        with suppress(StoreError):
            if self._store:
                now = time.time()
                self._store.refuse(url, reason, now, now + seconds)
