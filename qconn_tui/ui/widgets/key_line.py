"""The keys of the moment, on the last line; a click presses one."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive, var
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events
    from textual.screen import Screen


class Key(NamedTuple):
    """A key and what it does now."""

    name: str
    """As Textual calls it."""
    label: str
    """As it is printed on the keyboard."""
    does: str
    """What it does, in a word or two."""
    tooltip: str
    """The same in a sentence."""

    @property
    def width(self) -> int:
        """The cells that it takes in the line."""
        return cell_len(self.label) + cell_len(self.does) + 3


def fitting(keys: tuple[Key, ...], width: int) -> tuple[Key, ...]:
    """The first of the keys, as many as have room in `width` cells."""
    ends = accumulate(key.width for key in keys)
    return tuple(key for key, end in zip(keys, ends, strict=True) if end <= width)


class KeyLine(Widget):
    """What Textual's footer shows, in one widget: that one makes a widget of each key whenever the focus changes."""

    ALLOW_SELECT = False

    keys: reactive[tuple[Key, ...]] = reactive(())
    """The keys that do something now, the most useful first."""
    key_hints: var[dict[str, str]] = var(dict, init=False)
    """By the name of an action, what it does at the moment, where that is not what its key is usually for.

    What does nothing, which is an empty text, is left out.
    """

    def on_mount(self) -> None:
        """Follow what the keys mean from now on."""
        self.screen.bindings_updated_signal.subscribe(self, self._take_keys)

    def _take_keys(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self._list_keys()

    def watch_key_hints(self) -> None:
        """Say it."""
        self._list_keys()

    def _list_keys(self) -> None:
        keys: dict[str, Key] = {}
        for _, binding, _, tooltip in self.screen.active_bindings.values():
            if binding.show:
                label = self.app.get_key_display(binding)
                does = self.key_hints.get(binding.action, binding.description)
                if does:
                    keys.setdefault(binding.action, Key(binding.key, label, does, tooltip))
        self.keys = tuple(keys.values())

    def render(self) -> Content:
        """One line of keys and words."""
        parts = [
            part
            for key in fitting(self.keys, self.size.width)
            for part in ((f" {key.label} ", "bold $footer-key-foreground"), f"{key.does} ")
        ]
        return Content.assemble(*parts)

    def _key_at(self, x: int) -> Key | None:
        end = 0
        for key in fitting(self.keys, self.size.width):
            end += key.width
            if x < end:
                return key
        return None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key that was clicked."""
        key = self._key_at(event.x)
        if key is not None:
            self.app.simulate_key(key.name)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Explain the key under the pointer."""
        key = self._key_at(event.x)
        self.tooltip = key.tooltip if key is not None else None
