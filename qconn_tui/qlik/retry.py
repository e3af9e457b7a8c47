"""Tries a request again after errors that may be temporary, with exponential backoff and jitter.

Only for requests that change nothing. A token request is not one of them: each makes the tenant issue a token.
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
"""How often a request is tried at most."""
FIRST_BACKOFF = 0.5
"""Seconds of the longest first wait. They double with every try."""
LONGEST_BACKOFF = 8.0
"""Seconds of the longest wait after many tries."""
TEMPORARY = frozenset({408, 421, 425, 429, 500, 502, 503, 504, 509, 520, 521, 522, 523, 524, 525, 527, 529})
"""The statuses that may pass: those of RFC 9110, section 15, and of RFC 8470 (425), and those that servers and proxies
have added. 509 is a bandwidth limit; 520 to 527 are Cloudflare's words for a server behind it that it cannot reach. Its
526, a wrong certificate of that server, does not pass."""

_log = logging.getLogger(__name__)


_Result = TypeVar("_Result")


async def with_retry(
    attempt: Callable[[], Awaitable[_Result]],
    retry_wait: RetryWait,
    *,
    uniform: Callable[[float, float], float] = random.uniform,
) -> _Result:
    """Call `attempt` up to `TRIES` times.

    There is no wait here if the tenant names a time (`Retry-After`, RFC 9110, section 10.2.3): that concerns all
    requests, and `RateLimit` holds them.

    Args:
        attempt: Sends the request.
        retry_wait: Waits between two tries.
        uniform: Draws a number between two others.

    Returns:
        What `attempt` returns.

    Raises:
        AnswerError: The last try failed, or an error is not temporary.
    """
    for failures in range(TRIES - 1):
        try:
            return await attempt()
        except AnswerError as error:
            refusal = error
        if not _is_temporary(refusal):
            raise refusal
        _log.info("try=%d of %d failed", failures + 1, TRIES)
        if refusal.retry_after is None:
            # At random, so that requests that failed together are not sent again together.
            await retry_wait.wait(uniform(0, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**failures)), refusal)
    return await attempt()


def _is_temporary(error: AnswerError) -> bool:
    """Whether the request may be sent again, and may then succeed."""
    if not error.is_repeatable:
        return False
    if error.retry_after is not None and error.retry_after > LONGEST_WAIT:
        return False
    if isinstance(error, Untrusted):
        return False
    if isinstance(error, UnreadableAnswer):
        # A body can be damaged on the way. A redirect is deliberate.
        return error.status is None or error.status < 300
    return isinstance(error, Unreachable) or error.status in TEMPORARY
