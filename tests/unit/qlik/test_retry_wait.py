"""A wait is seen, can be cut short, and dies with its task."""

from __future__ import annotations

import asyncio

import pytest

from qconn_tui.errors import AnswerError, RateLimited
from qconn_tui.qlik.retry_wait import RetryWait
from tests.unit.timing import Waits

pytestmark = pytest.mark.anyio

BUSY = RateLimited("busy", status=429)


async def test_a_wait_is_told_before_it_is_waited() -> None:
    waits = Waits()
    assert await waits.retry_wait.wait(7.5, BUSY)
    assert waits.notices == [(7.5, BUSY)]
    assert waits.time.slept == [7.5]


async def test_nobody_needs_to_listen() -> None:
    assert await RetryWait(sleep=Waits().time.sleep).wait(3600.0, BUSY)


async def test_every_wait_under_way_is_cut_short() -> None:
    is_noticed = asyncio.Event()

    def tell(seconds: float, error: AnswerError) -> None:  # noqa: ARG001
        is_noticed.set()

    retry_wait = RetryWait(tell)
    waits = [asyncio.create_task(retry_wait.wait(3600.0, BUSY)) for _ in range(2)]
    await is_noticed.wait()
    await asyncio.sleep(0)
    retry_wait.skip()
    async with asyncio.timeout(5):
        assert await asyncio.gather(*waits) == [False, False]


async def test_skipping_is_not_kept_for_the_next_wait() -> None:
    waits = Waits()
    waits.retry_wait.skip()
    assert await waits.retry_wait.wait(1.0, BUSY)


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    wait = asyncio.create_task(RetryWait().wait(3600.0, BUSY))
    await asyncio.sleep(0)
    wait.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wait
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
