"""What an outlet lets through when the program was told to end."""

from __future__ import annotations

import io

import pytest

from qconn_tui.ui.outlet import Outlet


@pytest.mark.parametrize(
    ("text", "passes"),
    [("a frame", False), ("\x1b[?1049h", False), ("\x1b[>25u", True), ("\x1b[?2004l\x1b[<u", True)],
)
def test_in_a_hurry_only_the_farewell_passes_and_what_it_takes_back(text: str, *, passes: bool) -> None:
    file = io.StringIO()
    outlet = Outlet(file)
    outlet.hurry(15, None)
    outlet.write(text)
    assert file.getvalue() == (text if passes else "")


def test_after_the_farewell_everything_passes() -> None:
    file = io.StringIO()
    outlet = Outlet(file)
    outlet.hurry(15, None)
    for text in ("\x1b[>25u", "a frame", "\x1b[?2004l", "the rest"):
        outlet.write(text)
    assert file.getvalue() == "\x1b[>25u\x1b[?2004lthe rest"
