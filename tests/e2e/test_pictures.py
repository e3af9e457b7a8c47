"""Pictures on the wire: sent once, shown again for little, taken away by whatever covers them, and at the end."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from qconn_tui.logos.drawing.sequences import PLACEHOLDER
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.pty

BOX = 16 * 8
"""Cells of a logo in a wide terminal."""
SHOWN_AGAIN = 800
"""Bytes that showing a picture costs which the terminal has already."""

_UPLOAD = re.compile(rb"\x1b_Ga=T,[^;]*i=(\d+)[^;]*;([^\x1b]*)\x1b\\")
_DELETION = re.compile(rb"\x1b_Ga=d,d=I,q=2,i=(\d+)\x1b\\")
_SIXEL = re.compile(rb"\x1b\[(\d+);(\d+)H(?:\x1b\[0m)?\x1bP0;1q[^\x1b]*\x1b\\")


@contextmanager
def browsing(mode: str, environ: Mapping[str, str], *options: str) -> Iterator[Terminal]:
    with Terminal("--images", mode, *options, environ=environ) as terminal:
        terminal.wait_for("100 of 100")
        yield terminal


def uploads(terminal: Terminal) -> list[int]:
    return [int(number) for number, _ in _UPLOAD.findall(terminal.raw)]


def sixels(terminal: Terminal) -> list[tuple[bytes, bytes]]:
    """Where sixel pictures were drawn, line and column."""
    return _SIXEL.findall(terminal.raw)


def placeholders(terminal: Terminal) -> int:
    """How many cells of the screen show a part of a picture."""
    return terminal.text().count(PLACEHOLDER)


def wait_for_picture(terminal: Terminal) -> None:
    """Wait until the whole logo of the current connector is on the screen."""
    terminal.wait_for(lambda: placeholders(terminal) == BOX)


@contextmanager
def picturing(environ: Mapping[str, str], *options: str) -> Iterator[Terminal]:
    """The list, with a picture in kitty's way beside it."""
    with browsing("kitty", environ, *options) as terminal:
        wait_for_picture(terminal)
        yield terminal


def test_a_kitty_picture_is_sent_once_for_each_connector(connected: Mapping[str, str]) -> None:
    with picturing(connected, "--color", "truecolor") as terminal:
        assert len(uploads(terminal)) == 1
        terminal.press("down")
        terminal.wait_for(lambda: len(uploads(terminal)) == 2)
        wait_for_picture(terminal)
        before = len(terminal.raw)
        terminal.press("up")
        terminal.wait_for(lambda: PLACEHOLDER.encode() in terminal.raw[before:])
        wait_for_picture(terminal)
        assert len(set(uploads(terminal))) == len(uploads(terminal)) == 2


@pytest.mark.parametrize("color", ["truecolor", "256"])
def test_showing_it_again_takes_few_bytes(connected: Mapping[str, str], color: str) -> None:
    with picturing(connected, "--color", color) as terminal:
        terminal.press("?")
        terminal.wait_for(lambda: placeholders(terminal) == 0)
        terminal.press("escape")
        wait_for_picture(terminal)
        terminal.press("down")
        terminal.wait_for(lambda: len(uploads(terminal)) == 2)
        wait_for_picture(terminal)
        before = len(terminal.raw)
        terminal.press("up")
        terminal.wait_for(lambda: terminal.raw[before:].count(PLACEHOLDER.encode()) == BOX)
        picture = terminal.raw[before:].partition(PLACEHOLDER.encode())[2].rpartition(PLACEHOLDER.encode())[0]
        assert len(picture) <= SHOWN_AGAIN
        assert len(uploads(terminal)) == 2


def test_with_256_colours_the_number_is_one_of_them(connected: Mapping[str, str]) -> None:
    with picturing(connected, "--color", "256") as terminal:
        (number,) = uploads(terminal)
        assert re.search(rf"\x1b\[[\d;]*38;5;{number}[;m][\d;m]*{PLACEHOLDER}".encode(), terminal.raw)


def test_a_dialog_covers_it_and_leaves_nothing_behind(connected: Mapping[str, str]) -> None:
    with picturing(connected) as terminal:
        terminal.press("?")
        terminal.wait_for("Esc closes")
        terminal.wait_for(lambda: placeholders(terminal) == 0)
        terminal.press("escape")
        wait_for_picture(terminal)
        assert len(uploads(terminal)) == 1


def test_scrolled_away_and_back(connected: Mapping[str, str]) -> None:
    with picturing(connected) as terminal:
        terminal.press("tab")
        terminal.press("down", "down", "down")
        terminal.wait_for(lambda: 0 < placeholders(terminal) < BOX)
        terminal.press("home")
        wait_for_picture(terminal)
        assert len(uploads(terminal)) == 1


def test_another_size_of_the_window_gets_another_picture(connected: Mapping[str, str]) -> None:
    with picturing(connected) as terminal:
        terminal.resize(80, 24)
        terminal.wait_for(lambda: placeholders(terminal) == 12 * 6)
        assert len(uploads(terminal)) == 2


@pytest.mark.parametrize("leave", ["q", "ctrl+c"])
def test_at_the_end_the_terminal_forgets_every_picture(connected: Mapping[str, str], leave: str) -> None:
    with picturing(connected) as terminal:
        terminal.press("down")
        terminal.wait_for(lambda: len(uploads(terminal)) == 2)
        terminal.press(leave)
        terminal.exit_status()
        deleted = [int(number) for number in _DELETION.findall(terminal.raw.partition(b"\x1b[?1049l")[0])]
        assert sorted(deleted) == sorted(uploads(terminal))
        assert terminal.is_restored


def test_a_sixel_picture_is_drawn_in_its_box_and_again_after_a_dialog(connected: Mapping[str, str]) -> None:
    with browsing("sixel", connected) as terminal:
        terminal.wait_for(lambda: len(sixels(terminal)) == 1)
        line, column = sixels(terminal)[0]
        assert (int(line), int(column)) == (3, 82)
        terminal.press("?")
        terminal.wait_for("Esc closes")
        terminal.press("escape")
        terminal.wait_for(lambda: "Esc closes" not in terminal.text())
        terminal.wait_for(lambda: len(sixels(terminal)) == 2)
        assert "\U0010fffd" not in terminal.raw.decode()


def test_a_sixel_picture_that_is_scrolled_is_not_drawn_elsewhere(connected: Mapping[str, str]) -> None:
    with browsing("sixel", connected) as terminal:
        terminal.wait_for(lambda: len(sixels(terminal)) == 1)
        heading = terminal.line_with("Description")
        terminal.press("tab")
        terminal.press("down", "down", "down")
        terminal.wait_for(lambda: terminal.line_with("Description") < heading)
        drawn = len(sixels(terminal))
        terminal.press("home")
        terminal.wait_for(lambda: len(sixels(terminal)) > drawn)
        assert len(set(sixels(terminal))) == 1


def test_the_key_changes_the_mode_live(connected: Mapping[str, str]) -> None:
    with picturing(connected) as terminal:
        terminal.press("I")
        terminal.wait_for("drawn in block characters")
        terminal.wait_for(lambda: placeholders(terminal) == 0)
        terminal.press("I")
        terminal.wait_for("none drawn: logos are off")
        terminal.press("I")
        wait_for_picture(terminal)
        assert len(uploads(terminal)) == 1
