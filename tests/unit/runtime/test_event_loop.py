"""A host name lookup that hangs does not delay the end of the event loop."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress

import pytest

from qconn_tui.runtime.event_loop import PromptThreads, run_promptly


def test_the_loop_ends_without_waiting_for_a_call_that_hangs() -> None:
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


def test_other_calls_are_finished_before_the_loop_ends() -> None:
    done = threading.Event()

    def write() -> None:
        time.sleep(0.05)
        done.set()

    async def leave() -> None:
        asyncio.get_running_loop().run_in_executor(None, write)

    run_promptly(leave())
    assert done.is_set()


def test_host_names_are_looked_up_as_usual() -> None:
    async def look_up(host: str) -> set[str]:
        loop = asyncio.get_running_loop()
        return {str(address[0]) for *_, address in await loop.getaddrinfo(host, 80, type=socket.SOCK_STREAM)}

    assert run_promptly(look_up("127.0.0.1")) == {"127.0.0.1"}
    with pytest.raises(socket.gaierror):
        run_promptly(look_up("no such host"))
