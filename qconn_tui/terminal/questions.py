"""The control sequences that ask a terminal what it can do, and which of them a given terminal is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = b"\x1b[>q"
"""Asks for the terminal's name and version (XTVERSION, xterm's ctlseqs)."""
KITTY_GRAPHICS: Final = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Asks whether the terminal could show an image of one pixel (kitty graphics protocol, “Querying support”)."""
CELL_SIZE: Final = b"\x1b[16t"
"""Asks for the size of a character cell in pixels (CSI 16 t, xterm's ctlseqs)."""
BACKGROUND: Final = b"\x1b]11;?\x1b\\"
"""Asks for the background colour (OSC 11, xterm's ctlseqs)."""
ATTRIBUTES: Final = b"\x1b[c"
"""Asks for the device attributes (DA1, ECMA-48). Every terminal answers it, and in order, so it ends a batch."""

_OLD_TERMS = re.compile(r"vt\d|linux|ansi|cons|sun|pcansi")
"""How TERM begins for terminals that may print a question that they do not understand."""
_MULTIPLEXERS = ("TMUX", "STY", "ZELLIJ")
_ERASE_LINE: Final = b"\r\x1b[K"
"""Erases the current line, in case the terminal has printed a question there."""


def questions(environ: Mapping[str, str]) -> bytes:
    """Return the batch of questions for this terminal; DA1 comes last, and its answer ends the conversation."""
    term = environ.get("TERM", "")
    if _OLD_TERMS.match(term):
        return ATTRIBUTES
    batch = VERSION
    # tmux, screen and Terminal.app take the kitty query for a title, or print it.
    if not (
        any(environ.get(name) for name in _MULTIPLEXERS)
        or term.startswith(("tmux", "screen"))
        or environ.get("TERM_PROGRAM") == "Apple_Terminal"
    ):
        batch += KITTY_GRAPHICS
    return batch + CELL_SIZE + BACKGROUND + ATTRIBUTES + _ERASE_LINE
