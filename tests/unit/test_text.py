"""`clean`: any text becomes one safe line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qconn_tui.text import NAME_LIMIT, clean

WOMAN_CODING = "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"
RED_HEART = "\N{HEAVY BLACK HEART}\ufe0f"

hostile_texts = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("ae \t\n\x1b\x9b\x00\u0301\u0323\u200d\ufe0f\u202e\u2066\u115f\u1160\u00ad\u0600\u0344\ufeff…"),
        st.sampled_from(
            "\N{WOMAN}\N{PERSONAL COMPUTER}\N{HEAVY BLACK HEART}\U0001f3fd\uac00\u11a8\ue000\U0010eeee\ud800"
        ),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Airtable", "Airtable"),
        ("  Airtable  ", "Airtable"),
        ("a\tb\r\nc", "a b c"),
        ("a\u2028b\u2029c\u00a0d\u3000e", "a b c d e"),
        ("a  b", "a b"),
        ("", ""),
    ],
    ids=ascii,
)
def test_white_space_becomes_single_spaces(text: str, safe: str) -> None:
    assert clean(text) == safe


@pytest.mark.parametrize("code", [*range(9), *range(0x0E, 0x1C), 0x7F, *range(0x80, 0x85), *range(0x86, 0xA0)], ids=hex)
def test_a_control_character_is_seen_as_damage(code: int) -> None:
    assert clean(f"a{chr(code)}b") == "a\ufffdb"


def test_escape_sequences_fall_apart() -> None:
    assert clean("\x1b]52;c;SGk=\x07") == "\ufffd]52;c;SGk=\ufffd"
    assert clean("\x9b31m") == "\ufffd31m"


@pytest.mark.parametrize(
    "code",
    [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)],
    ids=hex,
)
def test_bidi_controls_are_removed(code: int) -> None:
    assert clean(f"safe{chr(code)}txt") == "safetxt"


@pytest.mark.parametrize(
    "code",
    [
        0xAD, 0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x200B, 0x200C, *range(0x2060, 0x2065),
        *range(0x206A, 0x2070), 0x3164, 0xFE00, 0xFE0E, 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC), 0xE0001, 0xE0041,
        0xE007F, 0xE0100, 0x0600, 0x1D173,
    ],
    ids=hex,
)  # fmt: skip
def test_an_invisible_character_is_removed(code: int) -> None:
    assert clean(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize("code", [0xE000, 0xF8FF, 0xF0000, 0x10EEEE, 0xFFFF, 0xFDD0, 0x1FFFE, 0x0378, 0xD800], ids=hex)
def test_an_unassigned_code_point_is_seen_as_damage(code: int) -> None:
    assert clean(f"a{chr(code)}b") == "a\ufffdb"


@pytest.mark.parametrize("text", [WOMAN_CODING, RED_HEART, "東京", "한국어", "e\u0323\u0302x", "שלום", "Ünïcode"])
def test_the_world_s_scripts_and_emoji_stay(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["a\u200db", f"\u200d{RED_HEART}", f"{RED_HEART}\u200d", "\u200d"], ids=ascii)
def test_a_joiner_without_emoji_on_both_sides_is_removed(text: str) -> None:
    assert clean(text) == text.replace("\u200d", "")


def test_a_letter_has_three_marks_at_most() -> None:
    assert clean("x" + "\u0323" * 90) == "x" + "\u0323" * 3
    assert clean("\u0301" * 5 + "x") == "x"


@pytest.mark.parametrize("between", ["\u200d", "\u0600", "\u200b", "\U000110bd"], ids=ascii)
def test_invisible_characters_do_not_let_more_marks_through(between: str) -> None:
    assert clean("x" + ("\u0323" * 3 + between) * 9) == "x" + "\u0323" * 3


def test_the_result_is_composed() -> None:
    assert clean("e\u0301") == "\u00e9"
    assert clean("e\u200d\u0301") == "\u00e9"


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert clean("x" * 5000) == "x" * (NAME_LIMIT - 1) + "…"
    assert clean("é" * 5000, 10) == "é" * 9 + "…"
    assert clean("x" * NAME_LIMIT) == "x" * NAME_LIMIT
    assert clean("word word", 6) == "word…"


def test_the_cut_leaves_no_half_of_an_emoji_sequence() -> None:
    assert clean(WOMAN_CODING * 3, 3) == "\N{WOMAN}…"


@given(hostile_texts, st.integers(1, 80))
@example("x" + "\u0323\u200d" * 9, 5)
@example(WOMAN_CODING * 3, 3)
def test_the_result_is_safe_for_any_text(text: str, limit: int) -> None:
    safe = clean(text, limit)
    assert len(safe) <= limit
    assert safe == safe.strip()
    assert "  " not in safe
    assert safe.replace("\u200d", "").isprintable()
    assert unicodedata.is_normalized("NFC", safe)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in safe)
    safe.encode()


@given(hostile_texts, st.integers(1, 80))
@example("e\u200d\u0301", 9)
@example(WOMAN_CODING * 3, 3)
def test_cleaning_twice_is_cleaning_once(text: str, limit: int) -> None:
    safe = clean(text, limit)
    assert clean(safe, limit) == safe


@given(hostile_texts)
def test_no_letter_carries_more_than_three_marks(text: str) -> None:
    run = 0
    for character in clean(text):
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        assert run <= 3
