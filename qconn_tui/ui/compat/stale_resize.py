"""What every screen needs to hold still while its window does not."""

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
    """Stands before the kind of screen among the bases."""

    def post_message(self, message: Message) -> bool:
        """Drop a size that the window has no more.

        A screen that is laid out tells itself its size: of two in the queue, each would bring the other back for ever.
        """
        if isinstance(message, events.Resize) and message.size != self.app.size:
            return False
        return super().post_message(message)
