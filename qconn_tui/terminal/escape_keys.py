"""Keys as they come from a terminal that does not tell an Esc from the beginning of a longer sequence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ESC = "\x1b"
# What follows an Esc in a sequence that a terminal sends: of a key, a report or a paste, or the end of a report. Tab
# and DEL make keys of their own: back one pane, and one word.
_LONE_ESC = re.compile(r"(\x1b)(?=[^\x1b\[\]OPX^_\\\t\x7f])")


@dataclass(slots=True)
class EscapeSplitter:
    """What is typed, in pieces of which each Esc that begins no sequence is one.

    tmux holds an Esc back for half a second by default and sends it together with the next key; a slow line does
    the like. Both together are what Alt and that key would send, too.
    """

    has_alt: bool = False
    """Whether an Esc and a key are Alt and that key instead."""
    _held: str = field(default="", init=False)
    _is_early: bool = field(default=True, init=False)

    def take(self, text: str) -> list[str]:
        """The pieces so far; an Esc at the end is held back, as nobody knows what follows."""
        if self._is_early and text:
            # Enter is the end of a line to a terminal that no program has taken over yet.
            text, self._is_early = text.replace("\n", "\r"), False
        text = self._held + text
        self._held = ESC if text.endswith(ESC) else ""
        text = text.removesuffix(ESC)
        return [text] if text and self.has_alt else [piece for piece in _LONE_ESC.split(text) if piece]

    def give_up(self) -> list[str]:
        """What was held back, now that nothing has followed."""
        held, self._held = self._held, ""
        return [held] if held else []
