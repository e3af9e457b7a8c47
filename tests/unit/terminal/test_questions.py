"""Which questions each kind of terminal is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qconn_tui.terminal.questions import ATTRIBUTES, BACKGROUND, CELL_SIZE, KITTY_GRAPHICS, VERSION, questions

if TYPE_CHECKING:
    from collections.abc import Mapping

XTERM = {"TERM": "xterm-256color"}
INSIDE = {"TERM": "tmux-256color", "TMUX": "socket"}


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        (XTERM, (VERSION, KITTY_GRAPHICS, CELL_SIZE, BACKGROUND)),
        (INSIDE, (VERSION, CELL_SIZE, BACKGROUND)),
        ({"TERM": "screen-256color"}, (VERSION, CELL_SIZE, BACKGROUND)),
        ({**XTERM, "STY": "1.pts"}, (VERSION, CELL_SIZE, BACKGROUND)),
        ({**XTERM, "TERM_PROGRAM": "Apple_Terminal"}, (VERSION, CELL_SIZE, BACKGROUND)),
        ({"TERM": "vt220"}, ()),
        ({"TERM": "linux"}, ()),
    ],
)
def test_a_terminal_is_not_asked_what_it_would_print(environ: Mapping[str, str], asked: tuple[bytes, ...]) -> None:
    assert questions(environ).startswith(b"".join((*asked, ATTRIBUTES)))
