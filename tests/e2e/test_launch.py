"""The frame of the last start, on the screen of the real program before it has loaded what draws it."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.pty

FIRST = "7th Hour"
"""The name in the first row."""
ENTERED, MOUSE = b"\x1b[?1049h", b"\x1b[?1000h"
"""What takes the screen, and what only the program proper asks for."""
TRIES = 5
"""Starts of which one should find a terminal that answers at once, also on a machine with much to do."""
COMPLETE = "412 of 412 · complete"


@pytest.fixture
def returning(connected: Mapping[str, str]) -> Mapping[str, str]:
    """The environment of somebody who has looked at the whole list, and once more."""
    for keys in ("L", ""):
        with Terminal(environ=connected) as terminal:
            terminal.wait_for(" of ")
            terminal.press(keys)
            terminal.wait_for(COMPLETE)
            terminal.press("q")
            assert terminal.exit_status() == 0
    return connected


def frames(environ: Mapping[str, str]) -> list[Path]:
    return list(Path(environ["HOME"], ".cache", "qconn-tui").glob("*.frame"))


def without_logo(terminal: Terminal) -> list[str]:
    """What the screen shows left of the details; logos come when they come."""
    return [line[:40] for line in terminal.lines()]


def is_ahead(raw: bytes) -> bool:
    """Whether the rows were there before what draws them."""
    return raw.index(FIRST.encode()) < raw.index(MOUSE)


def test_the_rows_are_there_before_what_draws_them(returning: Mapping[str, str]) -> None:
    for _ in range(TRIES):
        with Terminal(environ=returning) as terminal:
            terminal.wait_for(COMPLETE)
            shown = without_logo(terminal)
            terminal.press("q")
            assert terminal.exit_status() == 0
            assert terminal.is_restored
        if is_ahead(terminal.raw):
            break
    assert is_ahead(terminal.raw)
    assert terminal.raw.count(ENTERED) == 1, "a terminal that is told twice shows an empty screen meanwhile"
    assert terminal.raw.count(FIRST.encode()) <= 3, "the list and the detail pane are not written again"
    (frame,) = frames(returning)
    assert frame.stat().st_mode & 0o777 == 0o600
    with Terminal("--no-cache", environ=returning) as terminal:
        terminal.wait_for(" of ")
        terminal.press("L")
        terminal.wait_for(lambda: without_logo(terminal) == shown)
        assert not is_ahead(terminal.raw)


def test_another_screen_gets_its_own(returning: Mapping[str, str]) -> None:
    for columns, has_one in ((100, False), (100, True), (120, True)):
        for _ in range(TRIES):
            with Terminal(environ=returning, columns=columns) as terminal:
                terminal.wait_for(COMPLETE)
                terminal.press("q")
                assert terminal.exit_status() == 0
            if is_ahead(terminal.raw) or not has_one:
                break
        assert is_ahead(terminal.raw) is has_one


def test_a_new_size_meanwhile_is_drawn_anew(returning: Mapping[str, str]) -> None:
    with Terminal(environ=returning, columns=80, lines=24) as terminal:
        terminal.wait_for(COMPLETE)
        expected = without_logo(terminal)
    with Terminal(environ=returning) as terminal:
        terminal.wait_for(FIRST)
        terminal.resize(80, 24)
        terminal.wait_for(lambda: without_logo(terminal) == expected)


def test_what_is_typed_meanwhile_is_kept(returning: Mapping[str, str]) -> None:
    with Terminal(environ=returning) as terminal:
        terminal.wait_for(FIRST)
        terminal.press("/desk")
        terminal.wait_for("/ desk")
        terminal.wait_for(" of 412 · complete")


@pytest.mark.parametrize("way", ["ctrl+c", "SIGTERM", "SIGHUP"])
def test_whoever_leaves_meanwhile_gets_the_terminal_back(returning: Mapping[str, str], way: str) -> None:
    with Terminal(environ=returning) as terminal:
        terminal.wait_for(FIRST)
        if way == "ctrl+c":
            terminal.press(way)
        else:
            terminal.send_signal(signal.Signals[way])
        assert abs(terminal.exit_status()) % 128 == {"ctrl+c": 2, "SIGTERM": 15, "SIGHUP": 1}[way]
        assert terminal.is_restored


def test_a_damaged_frame_is_not_shown(returning: Mapping[str, str]) -> None:
    (frame,) = frames(returning)
    frame.write_text(frame.read_text() + "\x1b]52;c;SGk=\x07")
    with Terminal(environ=returning) as terminal:
        terminal.wait_for(COMPLETE)
        assert b"]52" not in terminal.raw
        assert not is_ahead(terminal.raw)


def test_clearing_the_cache_clears_it_too(returning: Mapping[str, str]) -> None:
    assert frames(returning)
    with Terminal("cache", "clear", environ=returning) as terminal:
        assert terminal.exit_status() == 0
    assert not frames(returning)
