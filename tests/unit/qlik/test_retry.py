"""What may pass by itself is asked again: a few times, ever less often, and in the open."""

from __future__ import annotations

import pytest

from qconn_tui.errors import (
    AnswerError,
    NotAllowed,
    RateLimited,
    RequestRejected,
    TenantFailed,
    Unreachable,
    UnreadableAnswer,
    Untrusted,
)
from qconn_tui.qlik.retry import TRIES, with_retry
from tests.unit.timing import Waits

pytestmark = pytest.mark.anyio


class Peer:
    """Answers with each outcome in turn, with the last of them again and again."""

    def __init__(self, *outcomes: AnswerError | str) -> None:
        self.outcomes = list(outcomes)
        self.asked = 0
        self.drawn: list[tuple[float, float]] = []
        """The limits between which each wait was drawn."""
        self.waits = Waits()

    async def attempt(self) -> str:
        self.asked += 1
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, AnswerError):
            raise outcome
        return outcome

    def draw(self, least: float, most: float) -> float:
        self.drawn.append((least, most))
        return (least + most) / 2

    async def ask(self) -> str:
        return await with_retry(self.attempt, self.waits.retry_wait, uniform=self.draw)


PASSING = [
    Unreachable("gone"),
    RateLimited("busy", status=429),
    TenantFailed("broken", status=500),
    TenantFailed("broken", status=502),
    TenantFailed("broken", status=503),
    TenantFailed("broken", status=504),
    RequestRejected("late", status=408),
    RequestRejected("misdirected", status=421),
    RequestRejected("early", status=425),
    *(TenantFailed("behind a proxy", status=status) for status in (509, 520, 521, 522, 523, 524, 525, 527, 529)),
    UnreadableAnswer("not JSON"),
    UnreadableAnswer("a web page", status=200),
]
LASTING = [
    Untrusted("its certificate is somebody else's"),
    NotAllowed("expired"),
    NotAllowed("no", status=401),
    NotAllowed("no", status=403),
    RequestRejected("too long"),
    RequestRejected("no", status=400),
    RequestRejected("no", status=404),
    TenantFailed("cannot", status=501),
    RequestRejected("locked", status=423),
    TenantFailed("a loop", status=508),
    TenantFailed("a wrong certificate behind a proxy", status=526),
    RequestRejected("late", status=408, retry_after=60.1),
    UnreadableAnswer("elsewhere", status=302),
    RateLimited("busy", status=429, retry_after=60.1),
    TenantFailed("down", status=503, retry_after=3600.0),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
async def test_what_may_pass_is_asked_again_after_a_growing_while(error: AnswerError) -> None:
    peer = Peer(error, error, error, "done")
    assert await peer.ask() == "done"
    assert peer.drawn == [(0, 0.5), (0, 1), (0, 2)]
    assert peer.waits.notices == [(0.25, error), (0.5, error), (1.0, error)]
    assert peer.waits.time.slept == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("error", PASSING, ids=repr)
async def test_what_does_not_pass_is_raised_after_the_last_try(error: AnswerError) -> None:
    peer = Peer(error)
    with pytest.raises(type(error)) as caught:
        await peer.ask()
    assert caught.value is error
    assert caught.value.__context__ is None
    assert (peer.asked, len(peer.waits.notices)) == (TRIES, TRIES - 1)


@pytest.mark.parametrize("error", LASTING, ids=repr)
async def test_what_will_not_pass_is_raised_at_once(error: AnswerError) -> None:
    peer = Peer(error, "never reached")
    with pytest.raises(type(error)) as caught:
        await peer.ask()
    assert caught.value is error
    assert (peer.asked, peer.waits.notices) == (1, [])


@pytest.mark.parametrize(
    "error",
    [RateLimited("busy", status=429, retry_after=60.0), TenantFailed("down", status=503, retry_after=0.0)],
    ids=repr,
)
async def test_a_wait_that_the_tenant_names_is_left_to_the_client(error: AnswerError) -> None:
    peer = Peer(error, "done")
    assert await peer.ask() == "done"
    assert peer.waits.notices == []


async def test_the_last_refusal_counts() -> None:
    last = NotAllowed("no", status=401)
    peer = Peer(Unreachable("gone"), last, "never reached")
    with pytest.raises(NotAllowed) as caught:
        await peer.ask()
    assert caught.value is last


async def test_an_answer_is_not_asked_for_twice() -> None:
    peer = Peer("done", "never reached")
    assert await peer.ask() == "done"
    assert (peer.asked, peer.waits.notices) == (1, [])


async def test_chance_decides_how_long_the_wait_is() -> None:
    waits = Waits()
    peer = Peer(Unreachable("gone"))
    for _ in range(20):
        with pytest.raises(Unreachable):
            await with_retry(peer.attempt, waits.retry_wait)
    assert all(0 <= seconds <= 2 for seconds in waits.seconds)
    assert len(set(waits.seconds)) > 20
