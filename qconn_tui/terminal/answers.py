"""A terminal's answers about itself, separated from the keys that come in the same stream.

To a program an answer looks like keys: `ESC [ ? 6 2 c` reads as Alt+[, ?, 6, 2 and c, and c may be a command. So all
input that has the form of an answer is removed, asked for or not, whole or in pieces; the rest was typed.

The forms: DA1 to DA3 (`CSI ? … c`, `CSI > … c`), the cell size (`CSI 6 ; h ; w t`), XTVERSION (`DCS > | … ST`) and
colours (`OSC 11 ; … ST`) from xterm's ctlseqs (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), and the
answer of the kitty graphics protocol (`APC G … ST`, https://sw.kovidgoyal.net/kitty/graphics-protocol/).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from qconn_tui.terminal.tmux import Tmux

SIXEL = 4
"""The device attribute (DA1) of a terminal that shows sixel graphics."""

Color: TypeAlias = tuple[float, float, float]
"""Red, green and blue, 0 to 1 each."""

# The strings end with ST or BEL. The last alternative is a string that breaks off, which is not a key either.
_ANSWER = re.compile(
    rb"\x1b(?:"
    rb"\[\?(?P<attributes>[0-9;]{0,64})c"
    rb"|\[[>=][0-9;]{0,64}c"
    rb"|\[6;(?P<height>\d{1,5});(?P<width>\d{1,5})t"
    rb"|P>\|(?P<version>[ -~]{0,256})\x1b\\"
    rb"|_G(?P<graphics>[ -~]{0,256})\x1b\\"
    rb"|\](?P<number>\d{1,4});(?P<value>[ -~]{0,256})(?:\x07|\x1b\\)"
    rb"|(?:P>\||_G|\]\d{1,4};)[ -~\x80-\xff]{0,4096}(?:\x07|\x1b\\|(?=[\x00-\x1a\x1c-\x1f\x7f]|\x1b[^\\]))"
    rb")"
)
_BEGINNING = re.compile(
    rb"\x1b(?:"
    rb"\[(?:[?>=][0-9;]{0,64}|6(?:;\d{0,5}){0,2})?"
    rb"|P(?:>(?:\|[ -~\x80-\xff]{0,4096}\x1b?)?)?"
    rb"|_(?:G[ -~\x80-\xff]{0,4096}\x1b?)?"
    rb"|\](?:\d{1,4}(?:;[ -~\x80-\xff]{0,4096}\x1b?)?)?"
    rb")?\Z"
)
_COLOR = re.compile(rb"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?")
_ESC = b"\x1b"
_LONGEST_KEY = 2
"""The most bytes that Esc, or Alt with another key, sends."""


class Answers(NamedTuple):
    """A terminal's answers so far; the defaults stand for a terminal that was not asked."""

    unasked: str = ""
    """Why the terminal was not asked, as the end of a sentence; empty when it was."""
    attributes: tuple[tuple[int, ...], ...] = ()
    """The device attributes (DA1); inside tmux those of tmux, then those of the terminal around it."""
    version: str = ""
    """The name and version (XTVERSION) in printable ASCII; inside tmux those of the outer terminal, if it answers."""
    has_kitty_graphics: bool = False
    """Whether the terminal accepts images of the kitty graphics protocol."""
    cell_size: tuple[int, int] | None = None
    """The width and height of a character cell in pixels."""
    background: Color | None = None
    """The background colour."""
    tmux: Tmux | None = None
    """The tmux around the program; None outside tmux, or when tmux does not answer."""
    round_trip: float | None = None
    """Seconds from the last batch of questions to the first answer; None while there is no answer."""
    waited: float = 0.0
    """Seconds since the first question while there is no answer to DA1; 0 once there is one."""


class AnswerReader:
    """Takes the answers out of a terminal's input, which may be cut into pieces anywhere. Never raises."""

    def __init__(self) -> None:
        self.attributes: list[tuple[int, ...]] = []
        """The device attributes of each answer to DA1, in order."""
        self.version = ""
        """The last answer to XTVERSION."""
        self.has_kitty_graphics = False
        """Whether a terminal accepts images of the kitty graphics protocol."""
        self.cell_size: tuple[int, int] | None = None
        """The width and height of a character cell in pixels."""
        self.background: Color | None = None
        """The background colour."""
        self._held = b""

    @property
    def is_holding(self) -> bool:
        """Whether input is held that may be the beginning of an answer."""
        return bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """Take the answers out of `data` and return what was typed; the beginning of an answer is held."""
        data, self._held = self._held + data, b""
        typed, position = b"", 0
        while (escape := data.find(b"\x1b", position)) >= 0:
            typed += data[position:escape]
            if answer := _ANSWER.match(data, escape):
                self._take(answer)
                position = answer.end()
            elif _BEGINNING.match(data, escape):
                self._held = data[escape:]
                return typed
            else:
                typed += b"\x1b"
                position = escape + 1
        return typed + data[position:]

    def flush(self, *, is_expecting: bool = False) -> bytes:
        """Return held input that must be a key, because nothing has followed it for a moment.

        While `is_expecting` answers, only a lone Esc is returned: on a bad line an answer can pause anywhere.
        """
        if len(self._held) > (len(_ESC) if is_expecting else _LONGEST_KEY):
            return b""
        key, self._held = self._held, b""
        return key

    def _take(self, answer: re.Match[bytes]) -> None:
        if answer["attributes"] is not None:
            self.attributes.append(tuple(int(number) for number in answer["attributes"].split(b";") if number))
        elif answer["version"] is not None:
            self.version = answer["version"].decode("ascii")
        elif answer["graphics"] is not None:
            self.has_kitty_graphics = self.has_kitty_graphics or answer["graphics"].endswith(b";OK")
        elif answer["height"] is not None:
            self.cell_size = int(answer["width"]), int(answer["height"])
        elif answer["number"] == b"11" and (color := _COLOR.fullmatch(answer["value"])):
            red, green, blue = (int(digits, 16) / (16 ** len(digits) - 1) for digits in color.groups())
            self.background = red, green, blue
