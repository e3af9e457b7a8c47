"""The input queue by itself: what waits, for what, and in which order it is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events

from qconn_tui.ui.input_queue import InputQueue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio


class FakeNode:
    """A node whose messages are handled when the test says so."""

    def __init__(self, parent: FakeNode | None = None) -> None:
        self.parent = parent
        self.is_running = True
        self.is_closing = False
        self._calls: list[Callable[[], Awaitable[None]]] = []

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        if not self.is_closing:
            self._calls.append(lambda: callback(*args))
        return not self.is_closing

    async def handle_messages(self) -> None:
        calls, self._calls = self._calls, []
        for call in calls:
            await call()


class Stage:
    """An application with a box on a screen, and the queue between it and its keys."""

    def __init__(self) -> None:
        self.app = FakeNode()
        self.screen = FakeNode(self.app)
        self.box = FakeNode(self.screen)
        self.has_screen = True
        self.delivered: list[str] = []
        self.frames: list[Callable[[], Awaitable[None]]] = []
        self.bindings: dict[str, Callable[[], None]] = {}
        self.queue = InputQueue(
            self.app,
            has_screen=lambda: self.has_screen,
            target=lambda: self.box,
            deliver=self._deliver,
            call_after_refresh=self.frames.append,
        )

    async def _deliver(self, event: events.Event) -> None:
        self.delivered.append(event.key if isinstance(event, events.Key) else type(event).__name__)
        if isinstance(event, events.Key) and event.key in self.bindings:
            self.bindings[event.key]()
        else:
            # As Textual does when it hands a key to a widget.
            event._set_forwarded()

    async def type(self, keys: str) -> None:
        for key in keys:
            await self.queue.handle(events.Key(key, key))

    async def draw_frame(self) -> None:
        frames, self.frames[:] = [*self.frames], []
        for call in frames:
            await call()

    async def bubble(self) -> None:
        for node in (self.box, self.screen, self.app):
            await node.handle_messages()


async def test_a_key_waits_until_the_one_before_has_bubbled_to_the_application() -> None:
    stage = Stage()
    await stage.type("ab")
    for node in (stage.box, stage.screen):
        await node.handle_messages()
        assert stage.delivered == ["a"]
    await stage.app.handle_messages()
    assert stage.delivered == ["a", "b"]


async def test_a_key_with_a_binding_of_priority_holds_nothing_up() -> None:
    stage = Stage()
    stage.bindings["a"] = lambda: None
    await stage.type("ab")
    assert stage.delivered == ["a", "b"]


async def test_what_is_typed_before_there_is_a_screen_waits_for_it() -> None:
    stage = Stage()
    stage.has_screen = False
    await stage.type("a")
    await stage.draw_frame()
    assert (stage.delivered, stage.queue.has_early_keys) == ([], True)
    stage.has_screen = True
    await stage.draw_frame()
    assert stage.delivered == ["a"]


async def test_so_does_what_is_typed_behind_a_key_that_opens_another_screen() -> None:
    stage = Stage()
    stage.bindings["a"] = lambda: setattr(stage, "has_screen", False)
    await stage.type("x")
    await stage.type("ab")
    await stage.bubble()
    assert stage.delivered == ["x", "a"]
    stage.has_screen = True
    await stage.draw_frame()
    assert stage.delivered == ["x", "a", "b"]
    assert not stage.queue.has_early_keys


async def test_a_key_goes_on_from_around_a_node_that_is_closing() -> None:
    stage = Stage()
    stage.box.is_closing = True
    await stage.type("ab")
    await stage.app.handle_messages()
    assert stage.delivered == ["a"], "it has not been at the screen yet"
    await stage.screen.handle_messages()
    await stage.app.handle_messages()
    assert stage.delivered == ["a", "b"]


async def test_a_node_that_has_closed_keeps_no_other_key() -> None:
    stage = Stage()
    await stage.type("a")
    stage.box.is_running = False
    await stage.type("b")
    assert stage.delivered == ["a", "b"]


async def test_only_input_waits() -> None:
    stage = Stage()
    stage.has_screen = False
    await stage.queue.handle(events.Mount())
    await stage.queue.handle(events.Paste("text"))
    assert stage.delivered == ["Mount"]


@pytest.mark.parametrize(("keys", "is_text"), [("a", False), ("ab", True), ("a\t", False), ("aé", False)])
async def test_a_letter_that_waits_is_pending_text(keys: str, *, is_text: bool) -> None:
    stage = Stage()
    await stage.type(keys)
    assert stage.queue.has_pending_text is is_text
