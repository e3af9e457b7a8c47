"""Names that nobody looks up in time hold nobody up."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress

import pytest

from qconn_tui.runtime.event_loop import PromptThreads, run_promptly


def test_whoever_leaves_does_not_wait_for_what_hangs() -> None:
    began, released = threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        released.wait(5)

    async def leave() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(PromptThreads(hang))
        hanging = loop.run_in_executor(None, hang)
        await asyncio.to_thread(began.wait)
        hanging.cancel()
        with suppress(asyncio.CancelledError):
            await hanging

    asyncio.run(leave())
    assert not released.is_set()
    (thread,) = (thread for thread in threading.enumerate() if thread.name.endswith("(work)"))
    assert thread.daemon, "nor does the program at its very end"
    released.set()
    thread.join()


def test_what_does_not_hang_is_done_before_the_end() -> None:
    done = threading.Event()

    def write() -> None:
        time.sleep(0.05)
        done.set()

    async def leave() -> None:
        asyncio.get_running_loop().run_in_executor(None, write)

    run_promptly(leave())
    assert done.is_set()


def test_names_are_looked_up_as_ever() -> None:
    async def look_up(host: str) -> set[str]:
        loop = asyncio.get_running_loop()
        return {str(address[0]) for *_, address in await loop.getaddrinfo(host, 80, type=socket.SOCK_STREAM)}

    assert run_promptly(look_up("127.0.0.1")) == {"127.0.0.1"}
    with pytest.raises(socket.gaierror):
        run_promptly(look_up("no such host"))
