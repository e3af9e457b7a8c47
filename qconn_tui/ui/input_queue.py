"""A queue for keys and pastes that arrive before the screen exists, or before the previous key has been handled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from textual import events

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Node(Protocol):
    """What the queue needs of a widget, a screen or the application."""

    @property
    def parent(self) -> Node | None:
        """The node around this one; None for the application."""

    @property
    def is_running(self) -> bool:
        """Whether the node still handles messages."""

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:  # noqa: ANN401 - as Textual has it
        """Call back once the node has handled the messages that it has; False if the node is closing."""


class InputQueue:
    """Delivers one key at a time, and none before there is a screen; over a slow line people type ahead.

    Textual hands a key to the focused widget, from there to each node around it in turn, and only then looks up its
    binding, with the focus as it is by then. Of several keys that arrive in one read, some would be handled in the
    wrong order and others by the wrong widget. The queue follows each key up the nodes before it delivers the next.

    Args:
        root: The application, where a key stops bubbling.
        has_screen: Whether a screen is mounted that can take keys.
        target: The node that Textual would give a key to: the focused widget, or else the screen.
        deliver: Handles an event as Textual does by default.
        call_after_refresh: Calls back after the next frame.
    """

    def __init__(
        self,
        root: Node,
        *,
        has_screen: Callable[[], bool],
        target: Callable[[], Node],
        deliver: Callable[[events.Event], Awaitable[None]],
        call_after_refresh: Callable[[Callable[[], Awaitable[None]]], object],
    ) -> None:
        self._root = root
        self._has_screen = has_screen
        self._target = target
        self._deliver = deliver
        self._call_after_refresh = call_after_refresh
        self._events: list[events.Event] = []
        self._node: Node | None = None
        """The node that the last delivered key has reached; None once the key is through."""
        self.has_early_keys = False
        """Whether anything was typed before there was a screen."""

    async def handle(self, event: events.Event) -> None:
        """Deliver an event of the application in its turn: keys, clicks and pastes wait, everything else does not."""
        is_input = isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded
        if not is_input:
            await self._deliver(event)
        elif not self._has_screen():
            self.has_early_keys = True
            self._events.append(event)
            self._call_after_refresh(self._deliver_waiting)
        else:
            self._events.append(event)
            await self._deliver_waiting()

    @property
    def has_pending_text(self) -> bool:
        """Whether the next event in the queue types a letter, so that the present text is out of date already."""
        first = self._events[0] if self._events else None
        return isinstance(first, events.Key) and first.is_printable and (first.character or "").isascii()

    def _is_bubbling(self) -> bool:
        """Whether a key is on its way; a node that has closed passes nothing on."""
        return self._node is not None and self._node.is_running

    async def _deliver_waiting(self) -> None:
        """Deliver what waits, up to a key that has to bubble or that opens another screen."""
        while self._events and self._has_screen() and not self._is_bubbling():
            event = self._events.pop(0)
            target = self._target()
            await self._deliver(event)
            if isinstance(event, events.Key) and event.is_forwarded:
                self._follow(target)
        if self._events and not self._has_screen():
            self._call_after_refresh(self._deliver_waiting)

    def _follow(self, node: Node) -> None:
        """Wait until `node` has handled the key: it handles its messages in order, and this call comes behind."""
        while not node.call_later(self._pass_on, node) and node is not self._root:
            # The node is closing, and the key goes no further either.
            node = node.parent or self._root
        self._node = node

    async def _pass_on(self, node: Node) -> None:
        """Follow the key, which `node` has handled, to the node around it; after the last one, deliver the next."""
        if node is not self._root:
            self._follow(node.parent or self._root)
        else:
            self._node = None
            await self._deliver_waiting()
