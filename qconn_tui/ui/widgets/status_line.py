"""The line that says what the rows are worth and what is running; always honest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from qconn_tui.catalogue.view import View

if TYPE_CHECKING:
    from collections.abc import Callable


def describe(view: View, activity: str, now: float) -> str:
    """`<shown> of <loaded> · <what they are worth> · <what is running>`; `now` in seconds since the epoch."""
    parts = [f"{len(view):,} of {len(view.connectors):,}", view.coverage.describe(now)]
    if activity:
        parts.append(activity)
    return " · ".join(parts)


class StatusLine(Widget):
    """Shows `describe` of the view and the activity."""

    view: reactive[View] = reactive(View)
    """The rows it speaks of."""
    activity: reactive[str] = reactive("")
    """What is running."""

    def __init__(self, *, clock: Callable[[], float] = time.time, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._clock = clock

    def render(self) -> Content:
        """One line, cut at the right edge."""
        return Content(describe(self.view, self.activity, self._clock()))
