"""Fault: two sizes in the queue of a screen make it lay itself out for ever.

In Textual 8.2 a screen that is laid out for a size sends itself that size; of two in the queue, each brings the other
back. May go when `test_two_sizes_bring_each_other_back` fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from textual.message import Message
    from textual.message_pump import MessagePump as _Base
else:
    # Textual follows the first base that is a node, and that has to be the screen.
    _Base = object


class DropsStaleResizes(_Base):
    """Stands before `Screen` or `ModalScreen` among the bases."""

    def post_message(self, message: Message) -> bool:
        """Drop a size that the window no longer has."""
        if isinstance(message, events.Resize) and message.size != self.app.size:
            return False
        return super().post_message(message)
