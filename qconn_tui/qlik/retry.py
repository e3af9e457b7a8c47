"""When to ask again: once, when the tenant says that it is only busy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from qconn_tui.errors import AnswerError, RateLimited, TenantFailed

LONGEST_WAIT = 60.0
"""Seconds for which we wait at most; a tenant that asks for more gets its say on the screen instead."""
USUAL_WAIT = 1.0
"""Seconds to wait when the tenant does not say how long."""

OnWait: TypeAlias = Callable[[float, AnswerError], None]
"""Called before a wait with its seconds and the reason, so that it can be shown."""

_Result = TypeVar("_Result")


async def with_retry(
    attempt: Callable[[], Awaitable[_Result]],
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    on_wait: OnWait | None = None,
) -> _Result:
    """What `attempt` returns, tried a second time after a 429 or 503. Raises what the last attempt raised."""
    try:
        return await attempt()
    except (RateLimited, TenantFailed) as error:
        refusal = error
    wait = _wait_after(refusal)
    if wait is None:
        raise refusal
    if on_wait is not None:
        on_wait(wait, refusal)
    await sleep(wait)
    return await attempt()


def _wait_after(error: AnswerError) -> float | None:
    if error.status not in (429, 503):
        return None
    wait = USUAL_WAIT if error.retry_after is None else error.retry_after
    return wait if wait <= LONGEST_WAIT else None
