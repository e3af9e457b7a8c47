"""The diff: the terminal shows the same as if it had been sent every frame whole, and is sent little."""

from __future__ import annotations

from typing import TypeAlias

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, set_cell_size

from qconn_tui.ui.output.cells import COVERED
from qconn_tui.ui.output.screen_diff import ScreenDiff, output_of

COLUMNS, LINES = 30, 5

Run: TypeAlias = tuple[str, str]
"""Parameters of SGR and a text."""


def spelled_out(row: int, column: int, *runs: Run) -> str:
    """A part of a frame as Textual writes it."""
    texts = [f"\x1b[{colors}m{text}\x1b[0m" if colors else text for colors, text in runs]
    return f"\x1b[{row + 1};{column + 1}H{''.join(texts)}"


def output(diff: ScreenDiff, *frames: str) -> str:
    """What is written to the terminal for these frames."""
    for frame in frames:
        diff.draw(frame)
    return diff.changes()


def seen(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """Every cell as it looks: a space has no colour but its background, half a character is a space."""

    def look(line: int, column: int) -> tuple[object, ...]:
        row = screen.buffer[line]
        cell = row[column]
        is_half = not cell.data and cell_len(row[column - 1].data) < 2
        is_half = is_half or (cell_len(cell.data) == 2 and bool(row[column + 1].data))
        text = " " if is_half else cell.data
        if text == " " and not (cell.underscore or cell.reverse or cell.strikethrough):
            return (" ", cell.bg)
        return (text, *cell[1:])

    return [[look(line, column) for column in range(COLUMNS)] for line in range(LINES)]


# --- the same picture ----------------------------------------------------------------------------------------------

colors = st.lists(
    st.sampled_from(("1", "3", "4", "7", "9", "31", "92", "44", "38;5;17", "48;5;200", "38;2;1;2;3", "48;2;9;8;7")),
    max_size=4,
).map(";".join)
# No mark follows a wide character: pyte gives it to the right half.
texts = st.lists(st.sampled_from((*"ab  ─▌…é東한🎉", "x\u0301")), min_size=1, max_size=12).map("".join)


@st.composite
def spans(draw: st.DrawFn) -> str:
    row, column = draw(st.integers(0, LINES - 1)), draw(st.integers(0, COLUMNS - 1))
    room, runs = COLUMNS - column, list[Run]()
    for style, text in draw(st.lists(st.tuples(colors, texts), min_size=1, max_size=4)):
        fitted = set_cell_size(text, min(room, cell_len(text)))
        if fitted and cell_len(fitted[0]):
            runs.append((style, fitted))
            room -= cell_len(fitted)
    # Textual parts lines, but never behind the last one, where the screen would scroll.
    feed = "\n" if row < LINES - 1 and draw(st.booleans()) else ""
    return spelled_out(row, column, *runs) + feed


others = st.sampled_from(("\x1b[?25l", "\x1b]22;text\x07", "\x1b[2J", "\x1b[?2026h", "\x1b[?2026l"))


@given(st.lists(st.lists(spans() | others, max_size=8), max_size=6))
def test_the_screen_shows_what_was_drawn(frames: list[list[str]]) -> None:
    everything, changes = pyte.Screen(COLUMNS, LINES), pyte.Screen(COLUMNS, LINES)
    all_of_it, some_of_it = pyte.Stream(everything), pyte.Stream(changes)
    for stream in (all_of_it, some_of_it):
        stream.feed("\x1b[?7l")
    diff = ScreenDiff()
    for frame in frames:
        all_of_it.feed("".join(frame))
        some_of_it.feed(output(diff, *frame))
        assert seen(changes) == seen(everything)


@given(st.lists(spans(), max_size=12))
def test_the_rows_can_be_drawn_again_elsewhere(drawn: list[str]) -> None:
    everything, again = pyte.Screen(COLUMNS, LINES), pyte.Screen(COLUMNS, LINES)
    diff, copy = ScreenDiff(), ScreenDiff()
    for piece in ("\x1b[?7l", *drawn):
        pyte.Stream(everything).feed(piece)
        diff.draw(piece)
    drawing = output_of(diff.rows(LINES))
    pyte.Stream(again).feed(f"\x1b[?7l{drawing}")
    assert seen(again) == seen(everything)
    assert (output(copy, drawing) and output_of(copy.rows(LINES)) == drawing) or not drawn


# --- in few bytes --------------------------------------------------------------------------------------------------


def test_what_stands_there_is_not_written_again() -> None:
    diff = ScreenDiff()
    frame = spelled_out(2, 4, ("38;2;1;2;3;48;2;4;5;6", "Airtable  "), ("1", "yes"))
    assert "Airtable" in output(diff, frame)
    assert output(diff, frame) == ""
    assert output(diff, frame, frame) == ""


def test_only_the_cells_that_differ_are_written() -> None:
    diff = ScreenDiff()
    output(diff, spelled_out(0, 0, ("31", "one row, and a long one")))
    assert output(diff, spelled_out(0, 0, ("31", "one cow, and a long one"))) == "\x1b[5Gc\x1b[24G"


def test_a_colour_is_written_once_and_only_what_changes_of_it() -> None:
    diff = ScreenDiff()
    frame = spelled_out(0, 0, ("1;31;44", "a"), ("1;31;44", "b"), ("1;32;44", "c"), ("32;44", "d"))
    assert output(diff, frame) == "\x1b[1;1H\x1b[0;1;31;44mab\x1b[32mc\x1b[22md"


def test_the_colour_of_a_space_does_not_show() -> None:
    diff = ScreenDiff()
    output(diff, spelled_out(0, 0, ("31", "a   b")))
    assert output(diff, spelled_out(0, 0, ("31", "a"), ("1;32", "   "), ("31", "b"))) == ""
    assert output(diff, spelled_out(0, 0, ("31", "a"), ("4;32", "   "), ("31", "b"))) != ""


def test_what_is_drawn_twice_before_it_is_written_is_written_once() -> None:
    diff = ScreenDiff()
    changes = output(diff, spelled_out(0, 0, ("", "first")), spelled_out(0, 0, ("", "other")))
    assert "first" not in changes
    assert "other" in changes


def test_a_frame_without_changes_has_no_brackets() -> None:
    diff = ScreenDiff()
    frame = f"\x1b[?2026h{spelled_out(0, 0, ('', 'text'))}\x1b[?2026l"
    assert output(diff, frame) == "\x1b[?2026h\x1b[1;1H\x1b[0mtext\x1b[?2026l"
    assert output(diff, frame) == ""


def test_the_cursor_ends_where_the_frame_left_it() -> None:
    # An input method opens its window there.
    assert output(ScreenDiff(), spelled_out(0, 0, ("", "text")), "\x1b[4;2H").endswith("\x1b[4;2H")


# --- what is not understood ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sequence",
    ["\x1b[?1049h", "\x1b[2J", "\x1b7", "\x1bP+q544e\x1b\\", "\x1b[5C", "\x1bPtmux;\x1b\x1bPq~\x1b\x1b\\\x1b\\"],
)
def test_after_what_may_have_drawn_everything_is_written_again(sequence: str) -> None:
    diff = ScreenDiff()
    frame = spelled_out(1, 1, ("31", "text"))
    output(diff, frame)
    assert output(diff, sequence).endswith(sequence)
    assert "text" in output(diff, frame)


@pytest.mark.parametrize(
    "sequence", ["\x1b[?25h", "\x1b[?2004l", "\x1b[>1u", "\x1b]52;c;eA==\x07", "\x07", "\x1b_Ga=t,i=1;AAAA\x1b\\"]
)
def test_what_draws_nothing_is_passed_on_alone(sequence: str) -> None:
    diff = ScreenDiff()
    frame = spelled_out(1, 1, ("", "text"))
    output(diff, frame)
    assert output(diff, sequence, frame).replace("\x1b[2;6H", "") == sequence


def test_an_image_is_drawn_where_it_came_and_what_came_before_it_first() -> None:
    image = "\x1bPq~\x1b\\"
    changes = output(ScreenDiff(), spelled_out(0, 0, ("31", "text")), f"\x1b[3;7H{image}")
    assert changes == f"\x1b[1;1H\x1b[0;31mtext\x1b[3;7H\x1b[0m{image}\x1b[3;7H"


def test_cells_under_pixels_are_spaces_that_are_always_written() -> None:
    diff = ScreenDiff()
    frame = spelled_out(0, 0, ("", f"a{COVERED * 3}b"))
    assert output(diff, frame) == "\x1b[1;1H\x1b[0ma   b"
    assert output(diff, frame, "\x1bP0;1q~\x1b\\").count("   ") == 1
    assert output(diff, spelled_out(0, 0, ("", "a   b"))).count("   ") == 1, "the pixels are taken away"
    assert " " not in output(diff, spelled_out(0, 0, ("", "a   b")))


@pytest.mark.parametrize(
    "beside",
    [
        ("", "text"),
        ("", "👩\u200d💻"),
    ],
    ids=["text", "of-disputed-width"],
)
def test_what_is_written_beside_pixels_leaves_them_alone(beside: Run) -> None:
    diff = ScreenDiff()
    output(diff, spelled_out(0, 6, ("", f"{COVERED * 3}a")), "\x1bP0;1q~\x1b\\")
    # On either side, so near that cells between would be written again rather than jumped over.
    changes = output(diff, spelled_out(0, 0, beside), spelled_out(0, 9, ("", "b")), spelled_out(1, 0, ("", "c")))
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(f"\x1b[1;7H###{changes}")
    assert [screen.buffer[0][column].data for column in range(6, 10)] == ["#", "#", "#", "b"]


def test_text_without_a_place_is_passed_on() -> None:
    assert "lost" in output(ScreenDiff(), "\n", "lost")


def test_behind_a_character_of_disputed_width_the_line_is_written_again() -> None:
    diff = ScreenDiff()
    output(diff, spelled_out(0, 0, ("", "ab cd")))
    # A terminal that draws this in four cells has drawn over what follows.
    changes = output(diff, spelled_out(0, 0, ("", "👩\u200d💻 cd")))
    assert changes.endswith("cd")


def test_wide_characters_follow_each_other_without_a_word() -> None:
    assert output(ScreenDiff(), spelled_out(0, 0, ("", "東京 Café"))) == "\x1b[1;1H\x1b[0m東京 Café"


def test_what_is_forgotten_is_written_again() -> None:
    diff = ScreenDiff()
    frame = spelled_out(0, 0, ("", "text"))
    output(diff, frame)
    diff.forget()
    assert "text" in output(diff, frame)


def test_what_was_drawn_before_is_not_forgotten_unwritten() -> None:
    diff = ScreenDiff()
    diff.draw(spelled_out(0, 0, ("", "text")))
    diff.forget()
    assert "text" in output(diff, spelled_out(1, 0, ("", "other")))
