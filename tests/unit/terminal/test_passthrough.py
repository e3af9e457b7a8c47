"""Sequences wrapped for tmux and GNU screen: the terminal around them gets what was to be sent."""

from __future__ import annotations

import pytest

from qconn_tui.terminal.passthrough import wrap_for_multiplexer, wrap_for_tmux

XTERM = {"TERM": "xterm-256color"}
SSH = {**XTERM, "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
IN_TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-1000/default,1,0"}
SEQUENCE = "\x1b]52;c;aWQ=\a"


def test_tmux_gets_every_esc_doubled() -> None:
    assert wrap_for_tmux("\x1b[c\x1b[>q") == "\x1bPtmux;\x1b\x1b[c\x1b\x1b[>q\x1b\\"


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({}, SEQUENCE),
        (XTERM, SEQUENCE),
        (SSH, SEQUENCE),
        (IN_TMUX, f"{SEQUENCE}\x1bPtmux;\x1b{SEQUENCE}\x1b\\"),
        ({"TERM": "tmux-256color"}, f"{SEQUENCE}\x1bPtmux;\x1b{SEQUENCE}\x1b\\"),
        ({"TERM": "screen", "STY": "1.tty"}, f"\x1bP{SEQUENCE}\x1b\\"),
        ({"TERM": "screen.xterm-256color"}, f"\x1bP{SEQUENCE}\x1b\\"),
        ({"TERM": "screen-256color"}, f"{SEQUENCE}\x1bP{SEQUENCE}\x1b\\"),
    ],
)
def test_the_environment_decides_how_a_sequence_is_wrapped(environ: dict[str, str], sent: str) -> None:
    assert wrap_for_multiplexer(SEQUENCE, environ) == sent


def test_a_long_sequence_goes_through_gnu_screen_in_pieces() -> None:
    sequence = "\x1b]52;c;" + "QUJD" * 1000 + "\a"
    pieces = wrap_for_multiplexer(sequence, {"STY": "1.tty", "TERM": "screen"}).split("\x1b\\")
    assert pieces.pop() == ""
    assert all(piece.startswith("\x1bP") and len(piece) < 768 for piece in pieces)
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == sequence
