"""Wrapping control sequences so that tmux or GNU screen passes them through to the terminal around it.

Both drop sequences that they do not know, but forward the content of a DCS string (ECMA-48, `ESC P … ESC \\`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCREEN_CHUNK = 760
"""Bytes that go into one DCS string for GNU screen, which drops one of 768 or more."""


def wrap_for_tmux(sequence: str) -> str:
    """Wrap control sequences for tmux, which forwards them if its option `allow-passthrough` is on.

    The form is `ESC P tmux; … ESC \\` with every ESC inside doubled:
    https://github.com/tmux/tmux/wiki/FAQ#what-is-the-passthrough-escape-sequence-and-how-do-i-use-it
    """
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def wrap_for_screen(sequence: str) -> str:
    """Wrap a control sequence for GNU screen, in as many DCS strings as its length limit requires."""
    chunks = (sequence[start : start + _SCREEN_CHUNK] for start in range(0, len(sequence), _SCREEN_CHUNK))
    return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)


def wrap_for_multiplexer(sequence: str, environ: Mapping[str, str]) -> str:
    """Wrap a sequence for the multiplexer that the environment suggests.

    Where the environment leaves open which one it is, the result contains the sequence in each form: a multiplexer or
    terminal ignores the form that is not meant for it.

    Args:
        sequence: An OSC sequence that ends in BEL.
        environ: The environment variables of the program.
    """
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        return sequence + wrap_for_tmux(sequence)
    if environ.get("STY") or term.startswith("screen."):
        return wrap_for_screen(sequence)
    # Over SSH, `screen-256color` may also be tmux, which used to set it by default and often still does.
    return sequence + wrap_for_screen(sequence) if term.startswith("screen") else sequence
