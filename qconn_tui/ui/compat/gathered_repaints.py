"""Fault: a screen draws before the widgets that it changed have asked for their repaint.

In Textual 8.2 a widget that is refreshed asks its screen for a repaint when the widget is idle, and the screen draws
when the screen is idle. A handler that changes several widgets and returns gets a frame without their changes, or with
some of them. May go when `test_a_refreshed_widget_asks_for_its_repaint_some_turns_later` counts no turns any more.
"""

from __future__ import annotations

import asyncio

TURNS_TO_REPAINT = 3
"""Turns of the event loop in which a widget that was refreshed asks its screen for a repaint, and one to spare."""


async def gather_repaints() -> None:
    """Return when the widgets that were changed have asked for their repaint: the next frame shows all of them."""
    for _ in range(TURNS_TO_REPAINT):
        await asyncio.sleep(0)
