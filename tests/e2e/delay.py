"""A line that is far away: whatever is sent over it arrives later, in the same order."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def far_away(port: int, seconds: float) -> Iterator[int]:
    """A port on loopback that leads to another one, `seconds` away in each direction."""
    ready = threading.Event()
    line = _Line(port, seconds, ready)
    thread = threading.Thread(target=asyncio.run, args=(line.run(),))
    thread.start()
    ready.wait()
    try:
        yield line.port
    finally:
        line.close()
        thread.join()


class _Line:
    def __init__(self, target: int, seconds: float, ready: threading.Event) -> None:
        self.port = 0
        self._target = target
        self._seconds = seconds
        self._ready = ready
        self._end = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        for source, target in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(self._deliver(under_way, target))
        try:
            data = b"the start"
            while data:
                try:
                    data = await source.read(65536)
                except ConnectionError:
                    data = b""
                under_way.put_nowait((self._loop.time() + self._seconds, data))
            await delivery
        finally:
            delivery.cancel()
            target.close()

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
        """Write what has arrived; nothing is the end."""
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - self._loop.time())
            if not data:
                return
            target.write(data)
