"""Which commands pictures add to the frames of the screen, and when."""

from __future__ import annotations

import re

import pytest
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

from qconn_tui.logos.drawing.encode import EncodedLogo, Placement
from qconn_tui.logos.drawing.sequences import PLACEHOLDER
from qconn_tui.ui.output.cells import COVERED
from qconn_tui.ui.output.graphics import Graphics, Picture

SIXEL = "\x1bP0;1q#0\x1b\\"


def sharp(name: str, placement: Placement = "placeholders") -> EncodedLogo:
    return EncodedLogo(placement, SIXEL.encode() if placement == "overlay" else name.encode(), 4, 2)


def here() -> tuple[int, int] | None:
    return 10, 5


def frame(picture: Picture) -> str:
    return "".join(f"\x1b[{y};9Hrow {line} more" for y, line in enumerate(picture.lines, 1))


def uploads(written: str) -> list[int]:
    return [int(number) for number in re.findall(r"\x1b_Ga=T[^;]*,i=(\d+)", written)]


# --- kitty -------------------------------------------------------------------------------------------------------


def test_a_picture_is_sent_before_the_first_frame_that_shows_it_and_never_again() -> None:
    pictures = Graphics(first=0)
    shown = frame(pictures.show(sharp("a"), here))
    first = pictures.complete(shown)
    assert first.startswith("\x1b_Ga=T")
    assert first.endswith(shown)
    assert pictures.complete(shown) == shown


def test_a_frame_without_it_sends_nothing() -> None:
    pictures = Graphics(first=0)
    pictures.show(sharp("a"), here)
    assert pictures.complete("text") == "text"


def test_what_comes_back_is_still_there() -> None:
    pictures = Graphics(first=0)
    one = pictures.show(sharp("a"), here)
    assert uploads(pictures.complete(frame(one)))
    other = pictures.show(sharp("b"), here)
    assert uploads(pictures.complete(frame(other)))
    assert other.ink != one.ink
    assert pictures.show(sharp("a"), here) == one
    assert pictures.complete(frame(one)) == frame(one)


@pytest.mark.parametrize("few_colors", [False, True])
def test_the_colour_says_the_number_also_when_it_was_reduced(few_colors: bool) -> None:
    pictures = Graphics(few_colors=few_colors, first=0x20AA17)
    for name in range(32):
        picture = pictures.show(sharp(str(name)), here)
        (number,) = uploads(pictures.complete(frame(picture)))
        assert picture.ink is not None
        color = Color.from_triplet(ColorTriplet(*picture.ink))
        if few_colors:
            assert color.downgrade(ColorSystem.EIGHT_BIT).number == number < 256
        else:
            assert int.from_bytes(picture.ink, "big") == number >= 1 << 16


def test_the_terminal_keeps_a_few_and_the_oldest_gives_up_its_number() -> None:
    pictures = Graphics(first=0)
    numbers = []
    for name in range(40):
        numbers += uploads(pictures.complete(frame(pictures.show(sharp(str(name)), here))))
    assert len(numbers) == 40
    assert len(set(numbers)) == 32
    assert numbers[32] == numbers[0]
    assert uploads(pictures.complete(frame(pictures.show(sharp("0"), here)))), "it had to go and comes again"
    assert not uploads(pictures.complete(frame(pictures.show(sharp("39"), here))))


def test_at_the_end_everything_that_was_sent_is_deleted_and_nothing_else() -> None:
    pictures = Graphics(first=0)
    assert pictures.delete_all() == ""
    pictures.show(sharp("never seen"), here)
    sent = []
    for name in ("a", "b"):
        sent += uploads(pictures.complete(frame(pictures.show(sharp(name), here))))
    assert sorted(map(int, re.findall(r"a=d,d=I,q=2,i=(\d+)\x1b", pictures.delete_all()))) == sorted(sent)
    assert pictures.delete_all() == ""


def test_after_the_program_was_stopped_a_picture_is_sent_again() -> None:
    pictures = Graphics(first=0)
    shown = frame(pictures.show(sharp("a"), here))
    pictures.complete(shown)
    pictures.delete_all()
    assert uploads(pictures.complete(shown))


def test_in_tmux_everything_is_wrapped() -> None:
    pictures = Graphics(in_tmux=True, first=0)
    shown = frame(pictures.show(sharp("a"), here))
    assert pictures.complete(shown).startswith("\x1bPtmux;\x1b\x1b_Ga=T")
    assert pictures.delete_all().startswith("\x1bPtmux;\x1b\x1b_Ga=d")


# --- sixel -------------------------------------------------------------------------------------------------------


def test_a_frame_of_the_whole_box_ends_with_the_picture_at_its_place() -> None:
    pictures = Graphics()
    shown = frame(pictures.show(sharp("", "overlay"), here))
    completed = pictures.complete(shown)
    assert completed == f"{shown}\x1b[6;11H{SIXEL}"
    assert PLACEHOLDER not in completed


def test_other_frames_leave_it_alone() -> None:
    pictures = Graphics()
    pictures.show(sharp("", "overlay"), here)
    assert pictures.complete("text") == "text"


def test_it_is_not_drawn_over_what_is_in_front() -> None:
    pictures = Graphics()
    shown = frame(pictures.show(sharp("", "overlay"), lambda: None))
    assert pictures.complete(shown) == shown


def test_a_frame_of_a_part_asks_once_for_the_whole_box() -> None:
    pictures = Graphics()
    asked: list[int] = []
    pictures.on_torn = lambda: asked.append(1)
    picture = pictures.show(sharp("", "overlay"), here)
    part = picture.lines[0]
    assert pictures.complete(part) == part
    assert len(asked) == 1
    pictures.complete(part)
    assert len(asked) == 1, "something is in front of it: asking again would never end"
    pictures.complete(part)
    assert len(asked) == 2, "something moved in front of it"
    assert SIXEL in pictures.complete(frame(picture))


def test_cells_without_a_picture_are_left_alone() -> None:
    assert Graphics().complete(f"a{COVERED}b") == f"a{COVERED}b"
