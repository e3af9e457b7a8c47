"""Answers among keys: each is taken out, whole or in pieces, and no key gets lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.terminal.answers import AnswerReader

KITTY = b"\x1bP>|kitty(0.35.2)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b]11;rgb:ffff/8080/0000\x1b\\\x1b[?62;52;c"
ANSWERS = (
    b"\x1b[?62;4;22c", b"\x1b[?6c", b"\x1b[?c", b"\x1b[>1;4000;29c", b"\x1bP>|tmux 3.3a\x1b\\", b"\x1bP>|\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\", b"\x1b_Gi=31;ENOENT:no\x1b\\", b"\x1b[6;20;10t", b"\x1b]11;rgb:12/34/56\x07",
    b"\x1b]10;rgb:1/2/3\x1b\\", b"\x1b]11;rgba:1111/2222/3333/ffff\x1b\\",
)  # fmt: skip
KEYS = (
    b"a", b"/", b"\r", b"\x7f", b"\xc3\xa9", b"\x1b[A", b"\x1b[1;5C", b"\x1b[6~", b"\x1bOP", b"\x1b[97;5u", b"\x1bx",
    b"\x1b[<0;3;4M", b"\x1b[I", b"\x1b[200~pasted\x1b[201~", b"\x1b[?2026;2$y", b"\x1b[48;40;120;800;1200t",
    b"\x1b[3;4R",
)  # fmt: skip
PIECES = st.lists(st.sampled_from((*ANSWERS, *KEYS)) | st.binary(max_size=6), max_size=8)


def read(*chunks: bytes) -> tuple[bytes, AnswerReader]:
    """What was typed, and the reader afterwards."""
    reader = AnswerReader()
    return b"".join(reader.feed(chunk) for chunk in chunks), reader


def content(reader: AnswerReader) -> tuple[object, ...]:
    return (
        reader.attributes,
        reader.version,
        reader.has_kitty_graphics,
        reader.cell_size,
        reader.background,
        reader.is_holding,
    )


def test_each_kind_of_answer_is_read() -> None:
    typed, reader = read(KITTY)
    assert typed == b""
    assert reader.attributes == [(62, 52)]
    assert reader.version == "kitty(0.35.2)"
    assert reader.has_kitty_graphics
    assert reader.cell_size == (10, 20)
    assert reader.background == (1.0, 0x8080 / 0xFFFF, 0.0)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_not_typed(answer: bytes) -> None:
    typed, reader = read(b"a" + answer + b"b")
    assert typed == b"ab"
    assert not reader.is_holding


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_typed(key: bytes) -> None:
    typed, reader = read(ANSWERS[0] + key + ANSWERS[4])
    assert typed == key
    assert reader.version == "tmux 3.3a"


@pytest.mark.parametrize("broken", [b"\x1bP>|kit", b"\x1b_Gi=31;", b"\x1b]11;rgb:", b"\x1b_G\xff"])
def test_an_answer_that_breaks_off_is_not_typed_either(broken: bytes) -> None:
    typed, reader = read(broken + b"\x1b[?6c/")
    assert typed == b"/"
    assert reader.attributes == [(6,)]


@pytest.mark.parametrize("graphics", [b"i=31;EINVAL:no", b"", b"i=31;NOTOK"])
def test_a_terminal_that_could_not_show_a_picture_has_no_graphics(graphics: bytes) -> None:
    assert not read(b"\x1b_G" + graphics + b"\x1b\\")[1].has_kitty_graphics


@given(PIECES, st.data())
def test_the_cuts_between_pieces_do_not_matter(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    chunks = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    typed, reader = read(*chunks)
    typed_at_once, reader_at_once = read(stream)
    assert typed == typed_at_once
    assert content(reader) == content(reader_at_once)


@given(st.binary() | st.from_regex(rb"(\x1b[\[\]P_]?[?>G0-9;|]{0,9}[ct\x07\\]?)+", fullmatch=True))
def test_rubbish_raises_nothing_and_nothing_is_typed_that_was_not_read(stream: bytes) -> None:
    typed, reader = read(stream)
    position = -1
    for byte in typed + reader.flush():
        position = stream.index(byte, position + 1)


@pytest.mark.parametrize(("held", "key"), [(b"\x1b", b"\x1b"), (b"\x1b[", b"\x1b["), (b"\x1b[?62", b"")])
def test_a_held_key_is_flushed_when_nothing_follows(held: bytes, key: bytes) -> None:
    reader = AnswerReader()
    assert reader.feed(b"a" + held) == b"a"
    assert reader.flush() == key
    assert reader.flush() == b""
    assert reader.is_holding == (not key)


@pytest.mark.parametrize(("held", "key"), [(b"\x1b", b"\x1b"), (b"\x1b_", b""), (b"\x1b[", b"")])
def test_while_answers_are_expected_only_esc_is_flushed(held: bytes, key: bytes) -> None:
    reader = AnswerReader()
    reader.feed(held)
    assert reader.flush(is_expecting=True) == key
