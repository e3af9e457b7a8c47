"""Launch frames on disk: only an intact and harmless frame for the same screen is returned."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from qconn_tui.store.launch_frames import FrameFile, is_harmless
from qconn_tui.ui.output.screen_diff import ScreenDiff

if TYPE_CHECKING:
    from pathlib import Path

FRAME = "\x1b[1;1H\x1b[0m\x1b[38;5;72;1mSlack  ▌東京\x1b[0m\x1b[2;1Hfamily 👩\u200d👩\u200d👧"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "0123456789abcdef.frame"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def test_what_was_written_is_read(path: Path) -> None:
    FrameFile(path, "80x24").write(FRAME)
    assert FrameFile(path, "80x24").read() == FRAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_joiners_and_characters_newer_than_python_are_harmless(path: Path) -> None:
    frame = f"{FRAME} \u0645\u06cc\u200c\u062e \U0001fae8 \u0378"
    FrameFile(path, "80x24").write(frame)
    assert FrameFile(path, "80x24").read() == frame


def test_a_different_screen_gets_no_frame(path: Path) -> None:
    FrameFile(path, "80x24").write(FRAME)
    assert FrameFile(path, "120x40").read() == ""


def test_each_of_the_last_screens_has_a_frame(path: Path) -> None:
    for width in range(80, 88):
        FrameFile(path, f"{width}x24").write(f"{FRAME}{width}")
    FrameFile(path, "83x24").write(f"{FRAME}again")
    read = {width: FrameFile(path, f"{width}x24").read().removeprefix(FRAME) for width in range(80, 88)}
    assert read == {80: "", 81: "", 82: "82", 83: "again", 84: "84", 85: "85", 86: "86", 87: "87"}


def test_a_damaged_frame_leaves_the_others_usable(path: Path) -> None:
    FrameFile(path, "80x24").write(FRAME)
    FrameFile(path, "120x40").write(FRAME)
    path.write_bytes(path.read_bytes().replace(b"Slack", b"Slick", 1))
    assert FrameFile(path, "120x40").read() == ""
    assert FrameFile(path, "80x24").read() == FRAME


def test_without_a_file_there_is_no_frame(path: Path) -> None:
    assert FrameFile(path, "80x24").read() == ""


def test_a_failed_write_is_no_error(path: Path) -> None:
    path.mkdir()
    FrameFile(path, "80x24").write(FRAME)
    assert FrameFile(path, "80x24").read() == ""


def test_a_damaged_frame_is_not_returned(path: Path) -> None:
    FrameFile(path, "80x24").write(FRAME)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert FrameFile(path, "80x24").read() == "", place
        path.write_bytes(whole[:place])
        assert FrameFile(path, "80x24").read() == "", place


HOSTILE = (
    "\x1b]52;c;SGk=\x07", "\x1b[?1049l", "\x1b[2J", "\x1bc", "\x1b[6n", "\x1b[1;1H\n", "\x1bP0q\x1b\\", "\x9b31m",
    "\x07", "\u202egnp", "\U0010eeee", "\x1b[99999;1H", "\x1b[31", "\x1b[>c", f"\x1b[{'9' * 5000}m",
    f"\x1b[38;5;{'9' * 5000}m", "\x1b[1000m", f"\x1b[{'1;' * 40}m", "\x1b[\u0663m", "\x1b[\u0663;1H", "\x1b[0;1H",
    "\x1b[1;0H", "\x1b[1001;1H", "\x1b[1;9999H",
)  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: ascii(hostile)[:24])
def test_a_frame_with_other_sequences_is_neither_saved_nor_returned(path: Path, hostile: str) -> None:
    frame = f"{FRAME}{hostile}"
    assert is_harmless(FRAME) and not is_harmless(frame)
    FrameFile(path, "80x24").write(frame)
    assert not path.exists()
    path.write_text(f"{digest('80x24')} {digest(frame)}\n{frame}", encoding="utf-8")
    assert FrameFile(path, "80x24").read() == ""


def test_what_is_no_file_of_frames_is_not_waited_for_and_replaced(path: Path) -> None:
    os.mkfifo(path)
    assert FrameFile(path, "80x24").read() == ""
    FrameFile(path, "80x24").write(FRAME)
    assert FrameFile(path, "80x24").read() == FRAME


def test_a_file_without_end_has_no_frame(path: Path) -> None:
    FrameFile(path, "80x24").write(FRAME)
    with path.open("ab") as file:
        file.truncate(10_000_000_000)
    assert FrameFile(path, "80x24").read() == ""


@pytest.mark.parametrize(
    "colors", ["", "0", "38", "48;2", "38;9;1", "38;5;999", "38;2;1", "107", "999", ";;;", "58;5;1"]
)
def test_every_harmless_frame_can_be_drawn(colors: str) -> None:
    frame = f"\x1b[1;1H東\x1b[1;2Hx\x1b[{colors}mtext\x1b[1000;1000H東x\u0301"
    assert is_harmless(frame)
    diff = ScreenDiff()
    diff.draw(frame)
    assert "text" in diff.changes()
