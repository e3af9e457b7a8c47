"""The Esc key is distinguished from the beginning of an escape sequence."""

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
    assert EscapeSplitter().feed(f"\x1b{key}") == ["\x1b", key]
    assert EscapeSplitter().feed(f"ab\x1b{key}c") == ["ab", "\x1b", f"{key}c"]
    assert EscapeSplitter().feed(f"\x1b\x1b{key}") == ["\x1b", "\x1b", key]


@KEYS
def test_they_are_two_keys_when_they_come_one_after_the_other(key: str) -> None:
    typed = EscapeSplitter()
    assert typed.feed("a\x1b") == ["a"]
    assert typed.feed(key) == ["\x1b", key]
    assert typed.flush() == []


@KEYS
def test_with_alt_keys_they_are_one_key(key: str) -> None:
    assert EscapeSplitter(has_alt=True).feed(f"\x1b{key}") == [f"\x1b{key}"]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_sequence_stays_whole_wherever_it_is_parted(sequence: str) -> None:
    assert EscapeSplitter().feed(sequence) == [sequence]
    typed = EscapeSplitter()
    assert typed.feed(sequence[:1]) == []
    assert typed.feed(sequence[1:]) == [sequence]


def test_a_lone_esc_is_flushed_once() -> None:
    typed = EscapeSplitter()
    assert typed.feed("\x1b") == []
    assert typed.flush() == ["\x1b"]
    assert typed.flush() == typed.feed("") == []


def test_an_enter_typed_before_raw_mode_is_an_enter() -> None:
    typed = EscapeSplitter()
    assert typed.feed("") == []
    assert typed.feed("/airtable\n") == ["/airtable\r"]
    assert typed.feed("\n") == ["\n"], "later it is another key"
