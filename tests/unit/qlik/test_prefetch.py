"""Work in the background is waited for up to a moment, and cancelled when it is no longer needed."""

from __future__ import annotations

import asyncio
import gc

import pytest

from qconn_tui.qlik.prefetch import Prefetch

pytestmark = pytest.mark.anyio


class Work:
    """Returns 7, or raises what it is given, as soon as `may_end` is set."""

    def __init__(self, error: Exception | None = None) -> None:
        self.may_end = asyncio.Event()
        self.has_begun = asyncio.Event()
        self.was_cancelled = False
        self._error = error

    async def __call__(self) -> int:
        self.has_begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        if self._error is not None:
            raise self._error
        return 7


async def test_the_result_is_taken_once_and_other_work_can_follow() -> None:
    work = Work()
    work.may_end.set()
    async with Prefetch[int]() as prefetch:
        for _ in range(2):
            prefetch.start(work())
            assert await prefetch.result() == 7
        with pytest.raises(RuntimeError):
            await prefetch.result()


async def test_a_wait_that_ends_first_leaves_the_work_running() -> None:
    work = Work()
    now = asyncio.get_running_loop().time()
    async with Prefetch[int]() as prefetch:
        prefetch.start(work())
        assert prefetch.is_started
        assert not await prefetch.wait(now - 1)
        assert not await prefetch.wait(now + 0.01)
        assert work.has_begun.is_set()
        work.may_end.set()
        assert await prefetch.wait()
        assert await prefetch.wait(now)
        assert await prefetch.result() == 7
    assert not work.was_cancelled


async def test_a_cancelled_wait_leaves_the_work_running() -> None:
    work = Work()
    async with Prefetch[int]() as prefetch:
        prefetch.start(work())
        waiting = asyncio.create_task(prefetch.wait())
        await work.has_begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        work.may_end.set()
        assert await prefetch.result() == 7


async def test_who_cancels_the_wait_for_the_result_cancels_the_work() -> None:
    work = Work()
    async with Prefetch[int]() as prefetch:
        prefetch.start(work())
        waiting = asyncio.create_task(prefetch.result())
        await work.has_begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert work.was_cancelled
        assert not prefetch.is_started


async def test_leaving_cancels_the_work_and_waits_for_its_end() -> None:
    work = Work()
    async with Prefetch[int]() as prefetch:
        prefetch.start(work())
        await work.has_begun.wait()
    assert work.was_cancelled


async def test_work_cannot_be_started_twice() -> None:
    async with Prefetch[int]() as prefetch:
        prefetch.start(Work()())
        work = Work()()
        with pytest.raises(RuntimeError):
            prefetch.start(work)
        work.close()


async def test_an_error_is_raised_with_the_result() -> None:
    work = Work(ValueError("no"))
    work.may_end.set()
    async with Prefetch[int]() as prefetch:
        prefetch.start(work())
        assert await prefetch.wait()
        with pytest.raises(ValueError, match="no"):
            await prefetch.result()


async def test_an_error_of_cancelled_work_is_dropped() -> None:
    async def fail_when_cancelled() -> int:
        try:
            return await work()
        finally:
            raise ValueError("no")

    work, logged = Work(), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: logged.append(context))
    async with Prefetch[int]() as prefetch:
        prefetch.start(fail_when_cancelled())
        await work.has_begun.wait()
    gc.collect()
    assert work.was_cancelled
    assert not logged
