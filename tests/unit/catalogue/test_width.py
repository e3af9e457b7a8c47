"""Cells of a terminal: what a text takes, compared with wcwidth, and how it is cut to fit."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from qconn_tui.catalogue.width import cell_width, pad, shorten

SAMPLE = (
    "Google Sheets (Café №2)", "Ünïcode", "Straße Łódź", "Ελληνικά", "Кириллица", "… – “x” · → — ™ © ★ ①", "\ufffd",
    # No spaces between words, right to left, marks above, below and around
    "ภาษาไทย", "שלום", "مرحبا", "e\u0301", "x\u0323\u0302", "A\u20dd", "தமிழ்", "नमस्ते", "བོད",
    # CJK, wide and half-width forms
    "青空メール", "东京", "ｆｕｌｌ", "ﾊﾝｶｸ", "㊗", "\u3000",
    # Hangul, composed and as single jamo
    "한국어 메일", "\u1106\u1166\u110b\u1175\u11af", "\u1112\u1161\u11ab",
    # Emoji, by themselves, and drawn as text or as emoji
    "😀😀", "⌚⚡", "👩", "❤", "❤\ufe0f", "☎", "☎\ufe0f", "✈\ufe0f", "™\ufe0f", "👩\ufe0f", "㊗\ufe0f", "1\ufe0f\u20e3",
    # Emoji sequences: joined, with a skin tone, a flag by its tags
    "👩\u200d💻", "👨\u200d👩\u200d👧\u200d👦", "❤\ufe0f\u200d🔥", "🏳\ufe0f\u200d🌈", "🏃\u200d♀\ufe0f",
    "👍🏽", "☝🏽", "👩🏽\u200d🚀", "🏴\U000e0067\U000e0062\U000e007f",
    # Flags by two regional indicators
    "🇩🇪", "🇩🇪🇫🇷", "a🇩🇪b",
)  # fmt: skip

KNOWN_DIFFERENCES = {
    # A virama joins consonants into one cluster, for which wcwidth has tables; terminals disagree about it.
    "हिन्दी": (5, 4),
    "ខ្មែរ": (4, 3),
    # Vowels and finals of the block Hangul Jamo Extended-B, which only Old Korean needs.
    "\ud7b0": (1, 0),
    # Tone marks of Old Korean are wide by UAX #11, and wcwidth counts them as marks.
    "\u302e가": (4, 2),
    # A regional indicator without its partner: terminals draw a letter, of one cell or of two.
    "🇩": (1, 2),
    # A skin tone or an emoji style behind what is no emoji: wcwidth counts the tone by itself and ignores the style.
    "a🏽": (1, 3),
    "a\ufe0f": (2, 1),
}
"""Texts whose width differs: ours, and that of wcwidth."""

NEWER_THAN_UNICODE_14 = {"☰": 2, "⚊": 2, "𝍠": 2}
"""Symbols that became wide in Unicode 16, and their width since; `unicodedata` follows the version of Python."""


@pytest.mark.parametrize("text", SAMPLE, ids=ascii)
def test_widths_are_those_of_wcwidth(text: str) -> None:
    assert cell_width(text) == wcswidth(text)


@pytest.mark.parametrize(("text", "widths"), KNOWN_DIFFERENCES.items(), ids=ascii)
def test_a_known_difference_from_wcwidth(text: str, widths: tuple[int, int]) -> None:
    assert (cell_width(text), wcswidth(text)) == widths


@pytest.mark.parametrize(("text", "width"), NEWER_THAN_UNICODE_14.items(), ids=ascii)
def test_the_width_of_a_symbol_is_that_of_python_s_unicode(text: str, width: int) -> None:
    assert wcswidth(text) == width
    assert cell_width(text) == (width if unicodedata.east_asian_width(text) == "W" else 1)


@pytest.mark.parametrize(
    "text",
    [
        "\U0001fae8",
        "\U0001fae9",
        "\U0001f6dc",
        "\U0001f777",
        "\U0001fa55",
        "\U00031350",
        "\u2ffc",
        "x\u0897",
        "x\u1acf",
    ],
    ids=ascii,
)
def test_characters_newer_than_unicode_14_have_the_width_of_wcwidth(text: str) -> None:
    assert cell_width(text) == wcswidth(text)


@pytest.mark.parametrize(
    ("text", "width"),
    # Not even wcwidth knows these: what they become is seen by their block.
    [("\U0001faff", 2), ("\U0001f6df", 2), ("\u0378", 1), ("\U0003fffd", 2), ("\U0001fae8\u200d\U0001fae8", 2)],
    ids=ascii,
)
def test_the_width_of_what_is_unassigned_is_that_of_its_block(text: str, width: int) -> None:
    assert cell_width(text) == width


def test_joiners_take_no_cell() -> None:
    assert cell_width("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") == 7


@given(
    st.lists(st.sampled_from(["a", " ", "é", "青", "메", "e\u0301", "❤\ufe0f", "👍🏽", "👩\u200d💻", "🇩🇪", "…"])).map(
        "".join
    )
)
def test_mixed_texts_have_the_width_of_wcwidth(text: str) -> None:
    assert cell_width(text) == wcswidth(text)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", 0),
        ("abc", 3),
        ("Ünï", 3),
        ("e\u0301", 1),
        ("青空", 4),
        ("메일", 4),
        ("\u1106\u1166", 2),
        ("❤", 1),
        ("❤\ufe0f", 2),
        ("👩\u200d💻", 2),
        ("👍🏽", 2),
        ("🇩🇪🇫🇷", 4),
        ("ｆｕｌｌ", 8),
    ],
)
def test_widths(text: str, cells: int) -> None:
    assert cell_width(text) == cells


@given(st.text(alphabet=st.sampled_from("ab青e\u0301👩\u200d💻🇩🇪❤\ufe0f "), max_size=20), st.integers(1, 12))
def test_a_shortened_text_fits_and_is_the_beginning(text: str, width: int) -> None:
    short = shorten(text, width)
    assert cell_width(short) <= width
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
    assert cell_width(pad(short, width)) == width


def test_shortening_never_splits_an_emoji() -> None:
    shortened = {shorten("👩\u200d💻👩\u200d💻x", width) for width in range(1, 6)}
    assert shortened == {"…", "👩\u200d💻…", "👩\u200d💻👩\u200d💻x"}
    assert all(len(a) < len(b) for a, b in pairwise(sorted(shortened, key=len)))
