"""The filter box: every key narrows the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.widgets import Input

from qconn_tui.ui.keys import FILTER_KEYS

if TYPE_CHECKING:
    from textual.binding import BindingType


class FilterBox(Input):
    """A one-line box for the filter language."""

    HELP = 'Words narrow the list; billable:yes, webhooks:no, -word, "two words", /regex/ and ~fuzzy work too.'
    BINDINGS: ClassVar[list[BindingType]] = [*FILTER_KEYS]

    class Left(Message):
        """The person is done typing and wants the rows."""

    class Cancelled(Message):
        """The person wants one step back."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(placeholder="name, billable:yes …", id=id, compact=True, select_on_focus=False)

    def action_leave(self) -> None:
        """Give the keys back to the table."""
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """Ask for one step back: while the list is loading, that is to stop it."""
        self.post_message(self.Cancelled())
