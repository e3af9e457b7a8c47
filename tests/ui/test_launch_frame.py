"""The frame of the last start: shown before Textual is imported, replaced by what the program draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qconn_tui.store.launch_frames import FrameFile
from qconn_tui.ui.output.launch_frame import LaunchFrame
from qconn_tui.ui.output.screen_diff import ScreenDiff, output_of

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (80, 24)
DRAWN = "\x1b[1;1H\x1b[1;38;5;72mqconn-tui\x1b[0m \x1b[44m \x1b[0m\x1b[2;3H東 Slack\x1b[3;1H412 of 412"
FRAME = "\x1b[1;1Hthe frame before\x1b[0m"


@pytest.fixture
def file(tmp_path: Path) -> FrameFile:
    return FrameFile(tmp_path / "one.frame", "a screen")


def finish(launch: LaunchFrame, drawn: str, lasting_rows: int) -> None:
    """Let a start draw this first frame, and end."""
    repaint = launch.diff_for(SIZE)
    repaint.draw(drawn)
    launch.on_first_frame = lambda: launch.record(repaint)
    launch.first_frame_drawn(lasting_rows)
    launch.keep()


def test_a_start_leaves_the_rows_that_last(file: FrameFile) -> None:
    finish(LaunchFrame(file, SIZE), DRAWN, lasting_rows=2)
    kept, expected = ScreenDiff(), ScreenDiff()
    kept.draw(file.read())
    expected.draw(DRAWN)
    assert kept.rows(9) == expected.rows(2)


def test_the_next_start_shows_them_and_writes_only_what_differs(file: FrameFile) -> None:
    file.write(FRAME)
    launch = LaunchFrame(file, SIZE)
    assert launch.output() == "\x1b[?1049h\x1b[?25l\x1b[1;1H\x1b[0mthe frame before"
    assert launch.is_shown
    repaint = launch.diff_for(SIZE)
    repaint.draw("\x1b[1;1Hthe frame behind")
    assert repaint.changes() == "\x1b[13Ghind"


def test_after_a_new_size_nothing_is_known_of_the_screen(file: FrameFile) -> None:
    file.write(FRAME)
    launch = LaunchFrame(file, SIZE)
    launch.output()
    repaint = launch.diff_for((60, 20))
    repaint.draw("\x1b[1;1Hthe frame before")
    assert "the frame before" in repaint.changes()


def test_the_first_frame_is_kept_and_no_later_one(file: FrameFile) -> None:
    launch = LaunchFrame(file, SIZE)
    finish(launch, DRAWN, lasting_rows=3)
    first = file.read()
    finish(launch, FRAME, lasting_rows=3)
    assert file.read() == first != ""


def test_a_first_frame_that_will_not_be_the_same_leaves_the_one_before(file: FrameFile) -> None:
    file.write(FRAME)
    finish(LaunchFrame(file, SIZE), DRAWN, lasting_rows=0)
    assert file.read() == FRAME


def test_without_a_file_nothing_is_shown_or_kept() -> None:
    launch = LaunchFrame()
    assert launch.output() == ""
    assert not launch.is_shown
    finish(launch, DRAWN, lasting_rows=3)


def test_pixels_and_what_is_not_known_are_left_out() -> None:
    repaint = ScreenDiff()
    repaint.draw("\x1b[1;3Hab\U0010fffd\U0010eeee\u0305cd")
    assert output_of(repaint.rows(1)) == "\x1b[1;3H\x1b[0mab\x1b[1;7Hcd\x1b[0m"
