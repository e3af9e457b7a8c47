"""`clean`: any text becomes one safe line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qconn_tui.text import NAME_LIMIT, clean, is_visible

WOMAN_CODING = "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"
RED_HEART = "\N{HEAVY BLACK HEART}\ufe0f"

hostile_texts = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("ae \t\n\x1b\x9b\x00\u0301\u0323\u200d\ufe0f\u202e\u2066\u115f\u1160\u00ad\u0600\u0344\ufeff…"),
        # Letters, a mark and a virama of scripts with joiners, an unassigned mark, and unassigned code points
        st.sampled_from("\u0645\u06cc\u064e\u0915\u094d\u093c\u200c\u200d\u200b\u06dd\u1ae0\u0378\U0001fae8"),
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


@pytest.mark.parametrize(
    "code", [0xE000, 0xF8FF, 0xF0000, 0x10EEEE, 0x10FFFD, 0xFFFE, 0xFFFF, 0xFDD0, 0xFDEF, 0x1FFFE, 0xD800], ids=hex
)
def test_a_code_point_that_never_has_a_character_is_seen_as_damage(code: int) -> None:
    assert clean(f"a{chr(code)}b") == "a\ufffdb"


@pytest.mark.parametrize("code", [0x0378, 0x1FAE8, 0x1FAE9, 0x1FADF, 0x1F6DC, 0x2FFFC, 0x3134A, 0x10EFFD], ids=hex)
def test_a_character_newer_than_python_stays(code: int) -> None:
    text = f"a{chr(code)}b"
    # The last one is private use, the rest are unassigned or newer than Unicode 14.
    assert clean(text) == (text if code < 0xF0000 else "a\ufffdb")


PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"


@pytest.mark.parametrize(
    "text",
    [
        PERSIAN,
        "\u062e\u0627\u0646\u0647\u200c\u0627\u06cc \u0646\u0648",
        # Conjuncts: Devanagari with each joiner, Sinhala, Bengali with the joiner before the virama
        "\u0915\u094d\u200c\u0937", "\u0915\u094d\u200d\u0937", "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
        "\u09b0\u200d\u09cd\u09af",
        # Malayalam, at the end of a word
        "\u0d05\u0d35\u0d28\u0d4d\u200d", "\u0d05\u0d35\u0d28\u0d4d\u200d \u0d15",
        # An emoji of Unicode 15 in a sequence
        "\U0001fae8\u200d\U0001fae8",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_joiner_stays_where_a_script_needs_it(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Auf\u200clage", "Auflage"),
        ("\u200c\u0645", "\u0645"),
        ("\u0645\u200c", "\u0645"),
        ("\u0645\u200c \u0645", "\u0645 \u0645"),
        ("\u0645\u200cx", "\u0645x"),
        ("\u0645\u200c\u200c\u200d\u0645", "\u0645\u200d\u0645"),
        ("\u05d0\u200c\u05d1", "\u05d0\u05d1"),
        # What the joiner would have joined is removed.
        ("\u0645\u200c\u06ddx", "\u0645x"),
        ("\u0915\u093c\u093c\u093c\u094d\u200dx", "\u0915\u093c\u093c\u093cx"),
        ("\u094d\u200d\u0915", "\u0915"),
    ],
    ids=ascii,
)
def test_an_idle_joiner_is_removed(text: str, safe: str) -> None:
    assert clean(text) == safe


@pytest.mark.parametrize("text", [WOMAN_CODING, RED_HEART, "東京", "한국어", "e\u0323\u0302x", "שלום", "Ünïcode"])
def test_the_world_s_scripts_and_emoji_stay(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["a\u200db", f"\u200d{RED_HEART}", f"{RED_HEART}\u200d", "\u200d"], ids=ascii)
def test_a_joiner_without_emoji_on_both_sides_is_removed(text: str) -> None:
    assert clean(text) == text.replace("\u200d", "")


def test_a_letter_has_three_marks_at_most() -> None:
    assert clean("x" + "\u0323" * 90) == "x" + "\u0323" * 3
    assert clean("\u0301" * 5 + "x") == "x"
    assert clean("\u0301 \u0301x") == clean("\u200b \u0301x") == "x"


@pytest.mark.parametrize("mark", ["\u0897", "\u1ae0", "\U00010efd"], ids=ascii)
def test_marks_newer_than_python_count_too(mark: str) -> None:
    assert clean("x" + mark * 90) == "x" + mark * 3


def test_a_joiner_does_not_end_a_pile_of_marks() -> None:
    assert clean("\u0645" + ("\u064e" * 3 + "\u200c\u0645") * 2) == "\u0645" + ("\u064e" * 3 + "\u200c\u0645") * 2
    assert clean("\u0915" + "\u093c\u094d\u200d" * 9) == "\u0915" + "\u093c\u094d\u200d\u093c"


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
    assert is_visible(safe)
    assert unicodedata.is_normalized("NFC", safe)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in safe)
    assert not any(ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF for character in safe)
    safe.encode()


@given(hostile_texts, st.integers(1, 80))
@example("e\u200d\u0301", 9)
@example(WOMAN_CODING * 3, 3)
def test_cleaning_twice_is_cleaning_once(text: str, limit: int) -> None:
    safe = clean(text, limit)
    assert clean(safe, limit) == safe


@given(hostile_texts)
@example("\u1ae0" * 9)
def test_no_letter_carries_more_than_three_marks(text: str) -> None:
    run = 0
    for character in clean(text):
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        assert run <= 3


@pytest.mark.parametrize(
    ("text", "visible"),
    [("Caf\u00e9", True), (PERSIAN, True), (WOMAN_CODING, True), ("\U0001fae8", True), ("\u0378", True)]
    + [(f"a{bad}", False) for bad in "\n\x1b\x9b\u202e\u200b\u00ad\ue000\U0010eeee\U0010fffd\uffff\ud800\u2065"],
    ids=ascii,
)
def test_what_is_safe_to_draw_is_visible(text: str, visible: bool) -> None:
    assert is_visible(text) is visible


@given(hostile_texts)
def test_only_visible_text_stays_as_it_is(text: str) -> None:
    assert is_visible(text) or clean(text) != text
