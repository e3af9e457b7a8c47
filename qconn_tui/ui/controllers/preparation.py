"""What filters and sorts need is worked out before the person asks for it, in slices that let keys through."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from qconn_tui.catalogue.view import View

_SLICE = 0.004
"""Seconds of work between two pauses."""
_WRITTEN = 0.05
"""Seconds after a key by which its frame is written, on a slow machine."""


async def prepare(current_view: Callable[[], View]) -> None:
    """Have everything ready for the first filter and the first sort, and for the letter that may be typed next.

    `current_view` gives the view that is shown, which may become another one meanwhile.
    """
    clock = asyncio.get_running_loop().time
    began, beginning = clock(), None
    while beginning != current_view().query.beginning:
        if beginning := current_view().query.beginning:
            # The frame of that key goes first: another thread writes it, and would have to share the processor.
            await asyncio.sleep(_WRITTEN)
            began = clock()
        for _ in current_view().preparations():
            if (took := clock() - began) >= _SLICE:
                # As long again, not for one turn: a key goes from widget to widget, and would wait at each of them.
                await asyncio.sleep(took)
                began = clock()
            if beginning != current_view().query.beginning:
                # What was prepared for is not what was typed.
                break
