"""What terminals answer when asked what they can do: at once, late, in pieces, in part, wrongly or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qconn_tui.terminal.questions import ATTRIBUTES, BACKGROUND, CELL_SIZE, KITTY_GRAPHICS, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN = {ATTRIBUTES: b"\x1b[?62;22c"}
"""A terminal that knows colours and nothing more."""
SIXEL = {
    VERSION: b"\x1bP>|foot(1.16.2)\x1b\\",
    CELL_SIZE: b"\x1b[6;19;9t",
    BACKGROUND: b"\x1b]11;rgb:1111/1111/1111\x1b\\",
    ATTRIBUTES: b"\x1b[?62;4;22c",
}
KITTY = {
    VERSION: b"\x1bP>|kitty(0.35.2)\x1b\\",
    KITTY_GRAPHICS: b"\x1b_Gi=31;OK\x1b\\",
    CELL_SIZE: b"\x1b[6;20;10t",
    BACKGROUND: b"\x1b]11;rgb:1111/1111/1111\x1b\\",
    ATTRIBUTES: b"\x1b[?62;52;c",
}
_LONGEST_QUESTION = 64


@dataclass
class Replies:
    """Answers to what a program asks."""

    to: Mapping[bytes, bytes] = field(default_factory=lambda: PLAIN)
    """The answer to each question; others get none."""
    delay: float = 0.0
    """Seconds from a question to its answer."""
    piece: int = 0
    """Bytes that are sent at a time, 0 for all of them; after each there is a gap."""
    gap: float = 0.01
    """Seconds between two pieces."""
    _unsent: list[tuple[float, bytes]] = field(default_factory=list, init=False)
    _has_heard: bool = field(default=False, init=False)
    _tail: bytes = field(default=b"", init=False)

    def hear(self, written: bytes, now: float) -> None:
        """Take in what the program wrote at that moment, in seconds."""
        if not self.to:
            return
        heard = self._tail + written
        questions = re.compile(b"|".join(re.escape(question) for question in self.to))
        answers = b"".join(self.to[match[0]] for match in questions.finditer(heard))
        end = max((match.end() for match in questions.finditer(heard)), default=0)
        self._has_heard = self._has_heard or bool(answers)
        self._tail = heard[end:][-_LONGEST_QUESTION:]
        size = self.piece or len(answers) or 1
        for number, begin in enumerate(range(0, len(answers), size)):
            self._unsent.append((now + self.delay + number * self.gap, answers[begin : begin + size]))

    def due(self, now: float) -> bytes:
        """What is to be sent at that moment."""
        sent = b"".join(answer for moment, answer in self._unsent if moment <= now)
        self._unsent = [(moment, answer) for moment, answer in self._unsent if moment > now]
        return sent

    @property
    def is_all_sent(self) -> bool:
        """Whether the program has asked, and has got every answer."""
        return self._has_heard and not self._unsent

    def pause(self, now: float) -> float:
        """Seconds until something is due; a moment when nothing is."""
        return max(0.0, min((moment - now for moment, _ in self._unsent), default=0.05))
