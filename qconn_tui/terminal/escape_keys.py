"""Telling the Esc key from the beginning of an escape sequence, in input from a terminal that sends ESC for both."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ESC = "\x1b"
# The lookahead excludes what follows ESC in sequences of keys, reports and pastes, and in the ST that ends a report
# (ECMA-48). Tab and DEL after ESC are keys of their own: back one pane, and delete a word.
_LONE_ESC = re.compile(r"(\x1b)(?=[^\x1b\[\]OPX^_\\\t\x7f])")


@dataclass(slots=True)
class EscapeSplitter:
    """Splits input into pieces so that each Esc that begins no sequence is a piece of its own.

    By default tmux holds an Esc back for half a second and sends it together with the next key; a slow line has the
    same effect. The two together are also what Alt with that key sends.
    """

    has_alt: bool = False
    """Whether Esc followed by a key means Alt with that key."""
    _held: str = field(default="", init=False)
    _is_first: bool = field(default=True, init=False)

    def feed(self, text: str) -> list[str]:
        """Return the pieces of the input so far; an Esc at its end is held back until more input or `flush` comes."""
        if self._is_first and text:
            # A terminal that is not in raw mode yet turns Enter into a line feed.
            text, self._is_first = text.replace("\n", "\r"), False
        text = self._held + text
        self._held = ESC if text.endswith(ESC) else ""
        text = text.removesuffix(ESC)
        return [text] if text and self.has_alt else [piece for piece in _LONE_ESC.split(text) if piece]

    def flush(self) -> list[str]:
        """Return the Esc that is held back, if any; call it when nothing more has come for a moment."""
        held, self._held = self._held, ""
        return [held] if held else []
