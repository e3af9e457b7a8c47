"""When to ask again: after what may pass by itself, a few times, and ever less often.

Only for what reads: asked for twice, it changes nothing. A request for a token is not among it.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING, TypeVar

from qconn_tui.errors import AnswerError, Unreachable, UnreadableAnswer, Untrusted
from qconn_tui.qlik.retry_wait import LONGEST_WAIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from qconn_tui.qlik.retry_wait import RetryWait

TRIES = 4
"""How often something is asked for at most."""
FIRST_BACKOFF = 0.5
"""Seconds up to which the first wait is drawn; they double with every try."""
LONGEST_BACKOFF = 8.0
"""Seconds beyond which they do not grow."""

_log = logging.getLogger(__name__)

_PASSING = frozenset({429, 500, 502, 503, 504})

_Result = TypeVar("_Result")


async def with_retry(
    attempt: Callable[[], Awaitable[_Result]],
    retry_wait: RetryWait,
    *,
    uniform: Callable[[float, float], float] = random.uniform,
) -> _Result:
    """What `attempt` returns, made up to `TRIES` times. Raises what the last one raised.

    Only a tenant that does not say how long to wait is waited for here. When it does, that concerns all requests,
    and the client itself holds the next one back.
    """
    for failures in range(TRIES - 1):
        try:
            return await attempt()
        except AnswerError as error:
            refusal = error
        if not _may_pass(refusal):
            raise refusal
        _log.info("try=%d of %d failed", failures + 1, TRIES)
        if refusal.retry_after is None:
            # Drawn at random, so that many that failed together do not come back together.
            await retry_wait.wait(uniform(0, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**failures)), refusal)
    return await attempt()


def _may_pass(error: AnswerError) -> bool:
    """Whether the same question may be asked once more, and may soon get another answer."""
    if not error.is_repeatable:
        return False
    if error.retry_after is not None and error.retry_after > LONGEST_WAIT:
        return False
    if isinstance(error, Untrusted):
        return False
    if isinstance(error, UnreadableAnswer):
        # A body may come broken once; a redirect is what the tenant means to say.
        return error.status is None or error.status < 300
    return isinstance(error, Unreachable) or error.status in _PASSING
