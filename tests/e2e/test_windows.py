"""In real terminals, on a display without a screen: what is drawn can be seen.

A picture of each is kept in the directory that `QCONN_PICTURES` names, for people to look at.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.display import KITTY, XTERM, cells, colors, display, kitty_version, uneven_quarters
from tests.e2e.parts import needs
from tests.e2e.program import PROGRAM
from tests.e2e.reading import FIRST_PAGE, SOME_ID, clipboard, shown_id
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

pytestmark = [pytest.mark.pty, needs("Xvfb", "import")]

LOGO = range(81, 97), range(2, 10)
"""The columns and lines of the logo, in the layout of 120 columns."""
TEXT = range(26, 77), range(2, 37)
FEWEST_COLORS = 8
"""A logo has more, and what is drawn in its place fewer."""
FEWEST_UNEVEN = 16
"""Quarters of cells in which a sharp logo has an edge, of 512."""

PLACES_PICTURES = pytest.mark.skipif(kitty_version() < (0, 28), reason="kitty places pictures in text from 0.28 on")


def has_logo(picture: Image) -> bool:
    """Whether there are rows and a logo."""
    return bool(picture.getbbox()) and all(colors(cells(picture, *part)) >= FEWEST_COLORS for part in (LOGO, TEXT))


def look(environ: Mapping[str, str], terminal: tuple[str, ...], images: str) -> Image:
    """The program in a terminal, once it has drawn everything."""
    with display(environ) as screen, screen.run([*terminal, PROGRAM, "--images", images]):
        picture = screen.settled(has_logo)
    if folder := os.environ.get("QCONN_PICTURES"):
        picture.save(Path(folder) / f"{terminal[0]}-{images}.png")
    return picture


@pytest.mark.parametrize(
    "terminal",
    [pytest.param(XTERM, marks=needs("xterm"), id="xterm"), pytest.param(KITTY, marks=needs("kitty"), id="kitty")],
)
def test_the_list_and_a_logo_in_blocks_can_be_seen(connected: Mapping[str, str], terminal: tuple[str, ...]) -> None:
    picture = look(connected, terminal, "blocks")
    assert uneven_quarters(picture, *LOGO) == 0


@pytest.mark.parametrize(
    ("terminal", "images"),
    [
        pytest.param(XTERM, "sixel", marks=needs("xterm"), id="xterm"),
        pytest.param(KITTY, "kitty", marks=[needs("kitty"), PLACES_PICTURES], id="kitty"),
    ],
)
def test_a_sharp_logo_has_more_than_four_pixels_in_a_cell(
    connected: Mapping[str, str], terminal: tuple[str, ...], images: str
) -> None:
    picture = look(connected, terminal, images)
    assert uneven_quarters(picture, *LOGO) >= FEWEST_UNEVEN


@needs("xclip")
def test_at_the_machine_itself_y_fills_the_displays_clipboard_for_longer_than_the_program_runs(
    connected: Mapping[str, str],
) -> None:
    with display(connected) as screen:
        with Terminal(environ=screen.environ) as terminal:
            terminal.wait_for(FIRST_PAGE)
            terminal.press("y")
            terminal.wait_for("to the clipboard (xclip)")
            identity = shown_id(terminal)
            terminal.press("q")
            assert terminal.exit_status() == 0
            assert clipboard(terminal) == []
        assert screen.clipboard() == identity


@needs("xclip", "xdotool")
@pytest.mark.parametrize(
    "terminal",
    [
        pytest.param((*XTERM[:-1], "-xrm", "XTerm*allowWindowOps: true", "-e"), marks=needs("xterm"), id="xterm"),
        pytest.param(KITTY, marks=needs("kitty"), id="kitty"),
    ],
)
def test_a_terminal_that_allows_it_takes_what_y_sends_over_ssh(
    connected: Mapping[str, str], terminal: tuple[str, ...]
) -> None:
    remote = {**connected, "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
    with display(remote) as screen, screen.run([*terminal, PROGRAM]):
        screen.settled(has_logo)
        screen.press("y")
        screen.wait_for(lambda _: bool(SOME_ID.fullmatch(screen.clipboard())))
