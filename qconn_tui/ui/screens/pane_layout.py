"""The half of the main screen that is about its panes: which are seen, and which of them has the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import var

from qconn_tui.ui.screens.logo_controller import LookingScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.geometry import Size

SMALLEST_WIDTH, SMALLEST_HEIGHT = 24, 6
"""Cells and lines below which only a sentence is shown."""
_PANES = ("table", "detail", "facets", "filter")
"""The ids of what has the keys in each pane, in the order of Tab."""


def classes_of(size: Size) -> Iterator[str]:
    """The classes that Textual gives the screen when it is resized."""
    for cells, breakpoints in (
        (size.width, PanesScreen.HORIZONTAL_BREAKPOINTS),
        (size.height, PanesScreen.VERTICAL_BREAKPOINTS),
    ):
        yield max(each for each in breakpoints if each[0] <= cells)[1]


class PanesScreen(LookingScreen):
    """Brings the pane with the keys in front where not all of them have room."""

    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (SMALLEST_WIDTH, "-narrow"), (80, "-medium"), (120, "-wide")]  # noqa: RUF012 - typed by Textual
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (SMALLEST_HEIGHT, "-low"), (16, "-tall")]  # noqa: RUF012 - typed by Textual

    front: var[str] = var("table", init=False)
    """The pane in front where not all have room: one of `_PANES`."""

    def watch_front(self) -> None:
        """Let the style sheet bring the pane in front, where not all have room."""
        if not self.has_class("-wide"):
            self._show_front()

    def _show_front(self) -> None:
        for pane in _PANES:
            self.set_class(pane == self.front, f"-front-{pane}")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What has the keys is in front, however it came by them."""
        identity = event.widget.id or ""
        self.front = identity if identity in _PANES else self.front

    def on_resize(self) -> None:
        """A pane that loses its place loses the keys as well."""
        self._show_front()
        # Where nothing has room, some keys do nothing.
        self.refresh_bindings()
        self.call_after_refresh(self._keep_keys_in_sight)

    def _keep_keys_in_sight(self) -> None:
        if self.focused is None or not self.focused.region:
            self.bring(self.front)

    def bring(self, pane: str) -> None:
        """Bring a pane in front and give it the keys."""
        self.front = pane
        # At once: a key that is pressed next is already meant for the pane.
        self.set_focus(self.query_one(f"#{pane}"))

    def action_sidebar(self) -> None:
        """Show or hide the sidebar."""
        if self.has_class("-wide"):
            self.toggle_class("-no-sidebar")
            if self.focused is not None and self.query_one("#sidebar") in self.focused.ancestors:
                self.bring("table")
        elif self.front in ("facets", "filter"):
            self.bring("table")
        else:
            self.bring("facets")

    def action_next_pane(self) -> None:
        """To the next pane."""
        self._turn_pane(1)

    def action_previous_pane(self) -> None:
        """To the pane before."""
        self._turn_pane(-1)

    def _turn_pane(self, step: int) -> None:
        if self.has_class("-wide"):
            self.focus_next() if step > 0 else self.focus_previous()
        else:
            around = _PANES[:-1]
            place = around.index(self.front) if self.front in around else -step
            self.bring(around[(place + step) % len(around)])
