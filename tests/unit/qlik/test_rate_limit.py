"""All requests to a tenant keep to what it asks, and to what Qlik allows."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qconn_tui.errors import AnswerError, NotAllowed, RateLimited, TenantFailed, Unreachable
from qconn_tui.qlik.rate_limit import BURST, RATE, RateLimit
from qconn_tui.qlik.retry_wait import RetryWait
from tests.unit.timing import Time, Waits

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.anyio

WINDOW = 300.0
"""Seconds over which Qlik counts."""
ALLOWED = 5000
"""Requests that it allows in them."""


def paced(waits: Waits, *, unlimited: bool = False) -> RateLimit:
    return RateLimit(unlimited=unlimited, clock=waits.time.clock, sleep=waits.time.sleep)


@pytest.mark.parametrize(
    ("error", "held"),
    [
        (RateLimited("busy", status=429, retry_after=13.0), [13.0]),
        (RateLimited("busy", status=429, retry_after=60.0), [60.0]),
        (RateLimited("busy", status=429), [1.0]),
        (RateLimited("busy", status=429, retry_after=0.0), []),
        (TenantFailed("down", status=503, retry_after=2.5), [2.5]),
        (TenantFailed("down", status=503), []),
        (Unreachable("gone"), []),
        (NotAllowed("no", status=401), []),
    ],
)
@pytest.mark.parametrize("unlimited", [False, True])
async def test_every_request_waits_as_the_tenant_asks(error: AnswerError, held: list[float], unlimited: bool) -> None:
    waits = Waits()
    rate_limit = paced(waits, unlimited=unlimited)
    rate_limit.note_error(error)
    await rate_limit.acquire(waits.retry_wait)
    assert waits.notices == [(seconds, error) for seconds in held]
    await rate_limit.acquire(waits.retry_wait)
    assert len(waits.notices) == len(held)


async def test_a_shorter_wait_does_not_shorten_a_longer_one() -> None:
    waits = Waits()
    rate_limit = paced(waits)
    rate_limit.note_error(RateLimited("long", status=429, retry_after=30.0))
    waits.time.now += 10
    rate_limit.note_error(RateLimited("short", status=429, retry_after=5.0))
    await rate_limit.acquire(waits.retry_wait)
    assert waits.seconds == [20.0]


async def test_who_insists_asks_once_although_the_tenant_wants_to_be_left_alone_for_days() -> None:
    waits = Waits()
    rate_limit = paced(waits)
    busy = RateLimited("busy", status=429, retry_after=999_999_999.0)
    rate_limit.note_error(busy)
    insisting = RetryWait(insists=True)
    await rate_limit.acquire(insisting)
    # It was asked, and did not complain again.
    await rate_limit.acquire(waits.retry_wait)
    rate_limit.note_error(busy)
    for retry_wait in (insisting, waits.retry_wait):
        with pytest.raises(RateLimited):
            await rate_limit.acquire(retry_wait)
    assert waits.notices == []


async def test_what_is_longer_than_anybody_waits_is_said_at_once() -> None:
    waits = Waits()
    rate_limit = paced(waits)
    busy = RateLimited("busy", status=429, retry_after=600.0)
    rate_limit.note_error(busy)
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            await rate_limit.acquire(waits.retry_wait)
        assert caught.value is busy
    assert waits.notices == []
    waits.time.now += 550
    await rate_limit.acquire(waits.retry_wait)
    assert waits.seconds == [50.0]


async def test_a_wait_that_was_cut_short_is_over_for_the_requests_after_it() -> None:
    held, waits = asyncio.Event(), Waits()
    impatient = RetryWait(lambda *_: held.set())
    rate_limit = paced(waits)
    rate_limit.note_error(RateLimited("busy", status=429, retry_after=30.0))
    turn = asyncio.create_task(rate_limit.acquire(impatient))
    await held.wait()
    await asyncio.sleep(0)
    impatient.skip()
    async with asyncio.timeout(5):
        await turn
    await rate_limit.acquire(waits.retry_wait)
    assert waits.notices == []


async def leaving(time: Time, pauses: Iterable[float]) -> list[float]:
    """When each request leaves, if the next one is wished for after a pause in seconds."""
    rate_limit, retry_wait = RateLimit(clock=time.clock, sleep=time.sleep), Waits(time).retry_wait
    left = []
    for pause in pauses:
        await rate_limit.acquire(retry_wait)
        left.append(time.now)
        time.now += pause
    return left


pauses = st.tuples(st.integers(1, 2500), st.sampled_from([0.0, 0.01, 0.1, 0.2]), st.floats(0, 100))


@settings(max_examples=30)
@given(st.lists(pauses, min_size=1, max_size=4))
async def test_in_no_stretch_of_time_do_more_leave_than_burst_and_rate_allow(
    phases: list[tuple[int, float, float]],
) -> None:
    left = await leaving(Time(), [pause for count, each, last in phases for pause in [each] * count + [last]])
    for count in (BURST + 1, 2 * BURST, 4 * BURST):
        took = [later - earlier for earlier, later in zip(left, left[count:], strict=False)]
        assert min(took, default=1e9) > (count - BURST) / RATE - 1e-6


async def test_the_limit_is_kept_when_the_tenant_answers_at_once() -> None:
    left = await leaving(Time(), [0.0] * 12_000)
    assert min(later - earlier for earlier, later in zip(left, left[ALLOWED:], strict=False)) > WINDOW


async def test_a_thousand_pages_in_a_row_are_not_held_up() -> None:
    time = Time()
    await leaving(time, [0.0] * 1000)
    assert time.slept == []


async def test_after_the_burst_requests_keep_their_distance() -> None:
    left = await leaving(Time(), [0.0] * (BURST + 100))
    assert {round(later - earlier, 6) for earlier, later in pairwise(left[BURST:])} == {round(1 / RATE, 6)}


async def test_requests_that_come_together_leave_one_after_the_other() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    rate_limit, retry_wait = RateLimit(clock=lambda: 0.0, sleep=sleep), Waits().retry_wait
    await asyncio.gather(*(rate_limit.acquire(retry_wait) for _ in range(BURST + 4)))
    assert slept == [1 / RATE, 2 / RATE, 3 / RATE, 4 / RATE]


async def test_a_tenant_on_this_machine_is_asked_as_often_as_one_likes() -> None:
    waits = Waits()
    rate_limit = paced(waits, unlimited=True)
    for _ in range(3 * BURST):
        await rate_limit.acquire(waits.retry_wait)
    assert waits.time.slept == []
