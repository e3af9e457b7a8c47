"""The steps of the screen's start that need no terminal."""

from __future__ import annotations

import io

import pytest

from qconn_tui.commands.start_screen import DrawingSettings, require_terminal, spare_slow_line
from qconn_tui.errors import UsageError
from qconn_tui.terminal.answers import Answers


class Stream(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


TTY = Stream(is_terminal=True)
PIPE = Stream(is_terminal=False)


def test_a_terminal_on_all_three_streams_can_be_drawn_on() -> None:
    require_terminal(TTY, TTY, TTY, "xterm-256color")


@pytest.mark.parametrize(
    ("keys", "out", "screen", "term", "reason"),
    [
        (TTY, TTY, PIPE, "xterm", "Leave out `2>`"),
        (PIPE, TTY, TTY, "xterm", "no terminal"),
        (TTY, PIPE, TTY, "xterm", "no terminal"),
        (PIPE, PIPE, PIPE, "xterm", "no terminal"),
        (TTY, TTY, TTY, "dumb", "TERM is unset or dumb"),
        (TTY, TTY, TTY, "", "TERM is unset or dumb"),
        (TTY, TTY, TTY, None, "TERM is unset or dumb"),
    ],
)
def test_anything_else_is_an_error_with_the_reason(
    keys: Stream, out: Stream, screen: Stream, term: str | None, reason: str
) -> None:
    with pytest.raises(UsageError) as caught:
        require_terminal(keys, out, screen, term)
    assert reason in str(caught.value)


def test_a_slow_line_gets_fewer_frames_and_no_mouse_pixels() -> None:
    environ = {"TERM": "xterm"}
    spare_slow_line(environ)
    assert environ == {"TERM": "xterm", "TEXTUAL_FPS": "15", "TEXTUAL_SMOOTH_SCROLL": "0"}


def test_variables_that_the_user_has_set_stay() -> None:
    environ = {"TEXTUAL_FPS": "60", "TEXTUAL_SMOOTH_SCROLL": "1"}
    spare_slow_line(environ)
    assert environ == {"TEXTUAL_FPS": "60", "TEXTUAL_SMOOTH_SCROLL": "1"}


def test_both_choices_reach_the_profile() -> None:
    profile = DrawingSettings(images="off", color="256").profile(Answers())
    assert (profile.images, profile.colors) == ("off", "256")
