"""A busy tenant is asked once more, after as long as it says."""

from __future__ import annotations

import pytest

from qconn_tui.errors import AnswerError, NotAllowed, RateLimited, TenantFailed, Unreachable
from qconn_tui.qlik.retry import with_retry

pytestmark = pytest.mark.anyio


class Peer:
    """Answers with each outcome in turn, and notes every wait."""

    def __init__(self, *outcomes: AnswerError | str) -> None:
        self.outcomes = list(outcomes)
        self.waits: list[float] = []
        self.shown: list[tuple[float, AnswerError]] = []

    async def attempt(self) -> str:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, AnswerError):
            raise outcome
        return outcome

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def ask(self) -> str:
        return await with_retry(
            self.attempt, sleep=self.sleep, on_wait=lambda seconds, error: self.shown.append((seconds, error))
        )


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        (RateLimited("busy", status=429, retry_after=13.0), 13.0),
        (RateLimited("busy", status=429, retry_after=60.0), 60.0),
        (RateLimited("busy", status=429, retry_after=0.0), 0.0),
        (RateLimited("busy", status=429), 1.0),
        (TenantFailed("down", status=503, retry_after=2.5), 2.5),
        (TenantFailed("down", status=503), 1.0),
    ],
)
async def test_a_busy_tenant_is_asked_again_after_its_wait(refusal: AnswerError, wait: float) -> None:
    peer = Peer(refusal, "done")
    assert await peer.ask() == "done"
    assert peer.waits == [wait]
    assert peer.shown == [(wait, refusal)]


@pytest.mark.parametrize(
    "refusal",
    [
        RateLimited("busy", status=429, retry_after=61.0),
        TenantFailed("down", status=503, retry_after=3600.0),
        TenantFailed("broken", status=500),
        NotAllowed("no", status=401),
        Unreachable("gone"),
    ],
)
async def test_everything_else_is_raised_at_once(refusal: AnswerError) -> None:
    peer = Peer(refusal, "never reached")
    with pytest.raises(type(refusal)) as caught:
        await peer.ask()
    assert caught.value is refusal
    assert (peer.waits, peer.shown) == ([], [])


async def test_the_second_refusal_counts() -> None:
    second = TenantFailed("broken", status=500)
    peer = Peer(RateLimited("busy", status=429, retry_after=1.0), second, "never reached")
    with pytest.raises(TenantFailed) as caught:
        await peer.ask()
    assert caught.value is second


async def test_an_answer_is_not_asked_for_twice() -> None:
    peer = Peer("done", "never reached")
    assert await peer.ask() == "done"
    assert peer.waits == []
