"""What a terminal says of itself, picked out of the stream that the keys come in.

An answer looks to a program like keys: `ESC [ ? 6 2 c` read as keys is Alt+[, ?, 6, 2 and c, and c may be a command.
So whatever has the shape of an answer is taken out, asked for or not, whole or in pieces; everything else was typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from qconn_tui.terminal.tmux import Tmux

VERSION: Final = b"\x1b[>q"
"""Asks for the terminal's name and version (XTVERSION)."""
KITTY_GRAPHICS: Final = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Asks whether a picture of one pixel could be shown."""
CELL_SIZE: Final = b"\x1b[16t"
"""Asks how many pixels a cell has."""
BACKGROUND: Final = b"\x1b]11;?\x1b\\"
"""Asks for the background's colour."""
ATTRIBUTES: Final = b"\x1b[c"
"""Asks for the device attributes (DA1): what every terminal answers, and in order, so that it ends a batch."""

SIXEL = 4
"""The device attribute of a terminal that shows sixel graphics."""

Color: TypeAlias = tuple[float, float, float]
"""Red, green and blue, 0 to 1 each."""

# The three that are strings end with ST, or BEL; one that breaks off is no key, either.
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
_KEY = 2
"""Bytes that Esc, or Alt with another key, sends at most."""


class Answers(NamedTuple):
    """What a terminal has said so far; without anything, what is known of one that was not asked."""

    unasked: str = ""
    """Why it was not asked, in words; empty when it was."""
    attributes: tuple[tuple[int, ...], ...] = ()
    """Its device attributes; inside tmux those of tmux, then those of the terminal around it."""
    version: str = ""
    """Its name and version as it says them, printable ASCII; inside tmux the outer one's, if that can be reached."""
    has_kitty_graphics: bool = False
    """Whether it would show a picture in kitty's way."""
    cell_size: tuple[int, int] | None = None
    """Pixels of a cell: width and height."""
    background: Color | None = None
    """The colour behind the text."""
    tmux: Tmux | None = None
    """The tmux around the program, None if there is none or it does not answer."""
    round_trip: float | None = None
    """Seconds from asking, for the last time, to the first answer; None while there is none."""
    waited: float = 0.0
    """Seconds for which it has not answered; 0 as soon as it has."""


class AnswerReader:
    """Takes answers out of what is read from a terminal, however it comes in pieces. Never raises."""

    def __init__(self) -> None:
        self.attributes: list[tuple[int, ...]] = []
        """The device attributes of each terminal that has answered, in order."""
        self.version = ""
        """What the last one calls itself."""
        self.has_kitty_graphics = False
        """Whether a picture could be shown."""
        self.cell_size: tuple[int, int] | None = None
        """Pixels of a cell: width and height."""
        self.background: Color | None = None
        """The colour behind the text."""
        self._held = b""

    @property
    def is_holding(self) -> bool:
        """Whether the beginning of what may be an answer is kept."""
        return bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """What of it was typed; what may be the beginning of an answer is kept until its end comes."""
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

    def release(self, *, is_expecting: bool = False) -> bytes:
        """What was kept but is only a key after all, as nothing has followed it for a while.

        Who is still expecting answers lets only Esc go: over a bad line an answer can pause wherever it likes.
        """
        if len(self._held) > (len(_ESC) if is_expecting else _KEY):
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
