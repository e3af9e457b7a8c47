"""Which panes are seen and which of them has the focus: three side by side, two, or one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALLEST_WIDTH, SMALLEST_HEIGHT = 24, 6
"""Cells and lines below which only a sentence is shown."""
WIDTH_CLASSES = [(0, "-slim"), (SMALLEST_WIDTH, "-narrow"), (80, "-medium"), (120, "-wide")]
"""The screen's class by its width in cells; Textual's `HORIZONTAL_BREAKPOINTS`."""
HEIGHT_CLASSES = [(0, "-flat"), (SMALLEST_HEIGHT, "-low"), (16, "-tall")]
"""The screen's class by its height in lines; Textual's `VERTICAL_BREAKPOINTS`."""
PANES = ("table", "detail", "facets", "filter")
"""The id of the widget that takes the focus in each pane, in the order of Tab."""


class PaneHost(Protocol):
    """What the layout needs of the screen that owns it."""

    def has_class(self, *names: str) -> bool:
        """Whether the screen has the classes."""

    def set_class(self, add: bool, *names: str) -> object:
        """Add the classes, or remove them."""

    def toggle_class(self, *names: str) -> object:
        """Add the classes that are missing, remove those that are there."""

    def focus_next(self) -> object:
        """Give the focus to the next widget."""

    def focus_previous(self) -> object:
        """Give the focus to the widget before."""


class PaneLayout:
    """Brings the pane with the focus in front where not all of them have room; style sheets do the rest.

    Args:
        host: The screen.
        focus: Gives the focus to one of `PANES` at once: a key that is pressed next is already meant for it.
    """

    def __init__(self, host: PaneHost, focus: Callable[[str], None]) -> None:
        self._host = host
        self._focus = focus
        self.front = PANES[0]
        """The pane in front where not all have room, one of `PANES`."""

    def take_focus(self, widget_id: str | None) -> None:
        """A widget got the focus, by a key or the mouse: if it is a pane's, that pane is in front."""
        if widget_id in PANES and widget_id != self.front:
            self.front = widget_id
            if not self._host.has_class("-wide"):
                self.show_front()

    def show_front(self) -> None:
        """Mark the screen with the pane in front."""
        for pane in PANES:
            self._host.set_class(pane == self.front, f"-front-{pane}")

    def bring(self, pane: str) -> None:
        """Bring a pane in front and give it the focus."""
        self.take_focus(pane)
        self._focus(pane)

    def toggle_sidebar(self, *, has_focus: bool) -> None:
        """Show or hide the sidebar; one that has the focus and is hidden gives it to the table."""
        if self._host.has_class("-wide"):
            self._host.toggle_class("-no-sidebar")
            if has_focus:
                self.bring("table")
        elif self.front in ("facets", "filter"):
            self.bring("table")
        else:
            self.bring("facets")

    def turn(self, step: int) -> None:
        """Go to the pane that is `step` further; past the last one it begins again."""
        if self._host.has_class("-wide"):
            self._host.focus_next() if step > 0 else self._host.focus_previous()
            return
        around = PANES[:-1]
        place = around.index(self.front) if self.front in around else -step
        self.bring(around[(place + step) % len(around)])


def classes_of(width: int, height: int) -> Iterator[str]:
    """The classes that Textual gives a screen of `width` cells and `height` lines."""
    for cells, breakpoints in ((width, WIDTH_CLASSES), (height, HEIGHT_CLASSES)):
        yield max(each for each in breakpoints if each[0] <= cells)[1]
