"""An Esc that was only an Esc is told from the beginning of a sequence."""

from __future__ import annotations

import pytest

from qconn_tui.terminal.escape_keys import EscapeSplitter

KEYS = pytest.mark.parametrize("key", ["j", "/", "G", "?", " ", "\r", "é", "1"])
SEQUENCES = [
    "\x1b[B", "\x1bOP", "\x1b[106;3u", "\x1b[<0;10;10M", "\x1b[?62;4;22c", "\x1b]11;rgb:0000/0000/0000\x1b\\",
    "\x1b_Gi=31;OK\x1b\\", "\x1bP>|tmux 3.3a\x1b\\", "\x1b\t", "\x1b\x7f", "\x1b[200~a paste\x1b[201~",
]  # fmt: skip


@KEYS
def test_an_esc_and_a_key_are_two_keys(key: str) -> None:
    assert EscapeSplitter().take(f"\x1b{key}") == ["\x1b", key]
    assert EscapeSplitter().take(f"ab\x1b{key}c") == ["ab", "\x1b", f"{key}c"]
    assert EscapeSplitter().take(f"\x1b\x1b{key}") == ["\x1b", "\x1b", key]


@KEYS
def test_so_they_are_when_they_come_one_after_the_other(key: str) -> None:
    typed = EscapeSplitter()
    assert typed.take("a\x1b") == ["a"]
    assert typed.take(key) == ["\x1b", key]
    assert typed.give_up() == []


@KEYS
def test_for_who_has_bound_a_key_to_alt_they_are_one(key: str) -> None:
    assert EscapeSplitter(has_alt=True).take(f"\x1b{key}") == [f"\x1b{key}"]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_sequence_stays_whole_wherever_it_is_parted(sequence: str) -> None:
    assert EscapeSplitter().take(sequence) == [sequence]
    typed = EscapeSplitter()
    assert typed.take(sequence[:1]) == []
    assert typed.take(sequence[1:]) == [sequence]


def test_an_esc_that_nothing_follows_is_one_in_the_end() -> None:
    typed = EscapeSplitter()
    assert typed.take("\x1b") == []
    assert typed.give_up() == ["\x1b"]
    assert typed.give_up() == typed.take("") == []


def test_an_enter_from_before_the_terminal_was_taken_over_is_one() -> None:
    typed = EscapeSplitter()
    assert typed.take("") == []
    assert typed.take("/airtable\n") == ["/airtable\r"]
    assert typed.take("\n") == ["\n"], "later it is another key"
