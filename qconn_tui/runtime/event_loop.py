"""An event loop that ends at once, although a thread of it may hang.

A host name lookup (`getaddrinfo`) cannot be cancelled. Without a name server it lasts until the system's timeout, and
asyncio waits for every thread of its default executor before it closes the loop.
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
    """The executor of an event loop, without waiting at its end for calls that may hang.

    Args:
        may_hang: The function whose calls may hang: host name lookups.
    """

    def __init__(self, may_hang: Callable[..., object] = socket.getaddrinfo) -> None:
        super().__init__(thread_name_prefix="prompt")
        self._may_hang = may_hang

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - the base class's types
        """Call the function in a thread; one that may hang gets a daemon thread of its own."""
        if fn is not self._may_hang:
            return super().submit(fn, *args, **kwargs)
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - the future raises it, as in every executor
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=work, daemon=True).start()
        return future


def run_promptly(work: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine like `asyncio.run`, but end as soon as it is done or interrupted."""

    async def with_threads() -> T:
        asyncio.get_running_loop().set_default_executor(PromptThreads())
        return await work

    return asyncio.run(with_threads())
