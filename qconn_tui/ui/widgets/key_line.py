"""The last line: the keys that do something now. A click presses one."""

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
    """Textual's name for the key."""
    label: str
    """The name printed on the keyboard."""
    does: str
    """What it does, in a word or two."""
    tooltip: str
    """The same in a sentence."""

    @property
    def width(self) -> int:
        """The cells that it takes in the line."""
        return cell_len(self.label) + cell_len(self.does) + 3


def fitting(keys: tuple[Key, ...], width: int) -> tuple[Key, ...]:
    """As many of the first keys as fit into `width` cells."""
    ends = accumulate(key.width for key in keys)
    return tuple(key for key, end in zip(keys, ends, strict=True) if end <= width)


class KeyLine(Widget):
    """Like Textual's `Footer`, but one widget: the footer mounts a widget per key whenever the focus changes."""

    ALLOW_SELECT = False

    keys: reactive[tuple[Key, ...]] = reactive(())
    """The keys that do something now, the most useful first."""
    key_hints: var[dict[str, str]] = var(dict, init=False)
    """By action name: what the key does now, where that differs from its description.

    A key with an empty text does nothing now, and is left out.
    """

    def on_mount(self) -> None:
        """Subscribe to changes of the bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._take_keys)

    def _take_keys(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self._list_keys()

    def watch_key_hints(self) -> None:
        """List the keys with their new meaning."""
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
        """One line of keys and what they do."""
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
        """Show the tooltip of the key under the pointer."""
        key = self._key_at(event.x)
        self.tooltip = key.tooltip if key is not None else None
