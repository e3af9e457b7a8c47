"""Textual draws a frame before all widgets that one change concerns have asked for their repaint.

Fault: A widget that is refreshed asks its screen for a repaint only when the widget itself is idle, and the screen
    draws when the screen is idle. A handler of the screen that changes several widgets and returns therefore gets a
    frame with the first of them, and the others wait for the frame after it.
Versions: 8.2
May go when: `tests/ui/test_compat.py::test_a_screen_draws_before_its_widgets_have_asked` fails.
"""

from __future__ import annotations

import asyncio

TURNS_TO_REPAINT = 3
"""Turns of the event loop in which a widget that was refreshed asks its screen for a repaint.

`tests/ui/test_compat.py` counts them.
"""


async def gather_repaints() -> None:
    """Return when the widgets that were changed have asked for their repaint: the next frame shows all of them."""
    for _ in range(TURNS_TO_REPAINT):
        await asyncio.sleep(0)
