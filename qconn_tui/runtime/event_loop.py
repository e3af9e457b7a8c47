"""The threads behind an event loop, of which none holds up whoever wants to leave.

To look up the name of a machine is nothing that can be given up: where no name server answers it takes as long as the
system is patient, and the event loop does not end before its last thread.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class PromptThreads(ThreadPoolExecutor):
    """Threads as an event loop has them by itself, but for what `may_hang`: that is not waited for at the end."""

    def __init__(self, may_hang: Callable[..., object] = socket.getaddrinfo) -> None:
        super().__init__(thread_name_prefix="prompt")
        self._may_hang = may_hang

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - the base's own
        """Do it in a thread; what may hang gets one of its own, that ends with the program."""
        if fn is not self._may_hang:
            return super().submit(fn, *args, **kwargs)
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it, as in every other thread
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=work, daemon=True).start()
        return future


def run_promptly(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, which is over as soon as the work is done or interrupted."""

    async def with_threads() -> T:
        asyncio.get_running_loop().set_default_executor(PromptThreads())
        return await work

    return asyncio.run(with_threads())
