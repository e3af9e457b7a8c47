"""The one place where foreign text becomes safe text.

Text from a network, a file or an environment variable passes `clean` before it is shown, logged, stored or exported.
Textual and Rich strip BEL, BS, VT, FF and CR only; everything else would reach the terminal: an ESC starts a control
sequence (ECMA-48; OSC 52 writes the clipboard), a C1 control does so in one byte, bidi controls (UAX #9) reorder a
row, U+10EEEE shows a picture that another program sent (kitty graphics protocol), and a hundred combining marks paint
over the lines above.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NAME_LIMIT = 200
"""Characters kept of a name, an id or a title."""
TEXT_LIMIT = 2000
"""Characters kept of a description or an error's detail."""
URL_LIMIT = 2048
"""Characters of the longest URL, of a logo for example, that is kept or requested."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_ZERO_WIDTH_JOINER = "\u200d"
_JOINERS = "\u200c\u200d"
"""The zero-width non-joiner and joiner: some scripts cannot be spelled without them, nor can many emoji."""
_MARKS_PER_BASE = 3
_VIRAMA = 9
"""The combining class of a virama, the sign that takes a consonant's vowel away (UAX #44, table 15)."""

_SPACES = re.compile(r"[\s\u2028\u2029\u00a0]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(
    "["
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
    "]"
)
"""Bidi controls, zero-width characters, fillers, variation selectors (U+FE0F stays: it makes an emoji) and tags."""

_JOINING_SCRIPTS = (
    # Arabic and its relatives, the scripts of India up to Sinhala
    (0x0620, 0x0DFF),
    # Burmese, Khmer, Mongolian, Balinese, Vedic signs, Phags-pa and Devanagari Extended, Javanese
    (0x1000, 0x109F), (0x1780, 0x17DD), (0x1820, 0x18AA), (0x1B00, 0x1B7F), (0x1CD0, 0x1CFF), (0xA840, 0xA8FF),
    (0xA980, 0xA9DF),
    # Hanifi Rohingya, Brahmi and its relatives, Adlam
    (0x10D00, 0x10D3F), (0x11000, 0x11DFF), (0x1E900, 0x1E95F),
)  # fmt: skip
"""First and last code points of scripts whose letters change their shape beside each other (UAX #31, 2.3)."""
_NEWER_MARKS = (
    (0x05C8, 0x05C9), (0x0897, 0x0897), (0x0B53, 0x0B54), (0x0ECE, 0x0ECE), (0x1ACF, 0x1AFF), (0x20F1, 0x20FF),
    (0x10D69, 0x10D6D), (0x10ECB, 0x10ECF), (0x10EF0, 0x10EFF), (0x11241, 0x11241), (0x113BB, 0x113C0),
    (0x113CE, 0x113CE), (0x113D0, 0x113D0), (0x113D2, 0x113D2), (0x113E1, 0x113E2), (0x11B60, 0x11B67),
    (0x11DF0, 0x11DF0), (0x11F00, 0x11F03), (0x11F36, 0x11F42), (0x11F5A, 0x11F5A), (0x13439, 0x13440),
    (0x13447, 0x13455), (0x1611E, 0x1612F), (0x1D127, 0x1D128), (0x1D250, 0x1D25F), (0x1D280, 0x1D281),
    (0x1E08F, 0x1E08F), (0x1E4EC, 0x1E4EF), (0x1E5EE, 0x1E5EF), (0x1E6E3, 0x1E6E3), (0x1E6E6, 0x1E6E6),
    (0x1E6EE, 0x1E6EF), (0x1E6F5, 0x1E6F5),
)  # fmt: skip
"""Marks of Unicode 15 to 18, and the rest of blocks that hold nothing else: Python 3.11 knows Unicode 14."""
_PICTOGRAPHS = (0x1F000, 0x1FAFF)
"""Where the emoji stand, those of the future included (UTS #51)."""


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """The text as one line that is safe to show.

    White space, including line ends, becomes single spaces. Control characters, noncharacters, lone surrogates and
    private use become U+FFFD, so that damage is visible; bidi controls and invisible characters are removed, joiners
    where no script needs them. A code point without a character stays: newer versions of Unicode have one for it.

    Args:
        text: Any text.
        limit: The most characters of the result; a longer text ends in an ellipsis.

    Returns:
        A text in NFC without white space at its ends; cleaning it again changes nothing.
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Cut first: an adversary could send megabytes to be normalised.
    text = clean_part(text[: limit * 4 + 64]).rstrip()
    return text if len(text) <= limit else text[: limit - 1].rstrip(f" {_JOINERS}") + _ELLIPSIS


def clean_part(text: str) -> str:
    """What `clean` makes of the text without a limit, and with the space at its end, if there is one."""
    text = _INVISIBLE.sub("", _CONTROLS.sub(_REPLACEMENT, _SPACES.sub(" ", text)))
    if not text.isprintable():
        text = _only_visible(text)
    # What was removed may have stood between two spaces. And it goes before marks are counted: between them it would
    # separate or hide some of them from the limit.
    text = _SPACES.sub(" ", text).lstrip()
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    return _few_marks(text) if any(map(_is_mark, text)) else text


def is_visible(text: str) -> bool:
    """Whether the text is safe to draw: printable, but for joiners and code points without a character as yet."""
    # Nearly all are printable, joiners aside; a loop over a whole frame would take milliseconds.
    text = text.replace("\u200c", "").replace("\u200d", "")
    return text.isprintable() or all(map(_is_unassigned, filter(lambda character: not character.isprintable(), text)))


def is_newer_mark(character: str) -> bool:
    """Whether an unassigned code point is a mark, which takes no cell, in newer versions of Unicode."""
    return is_within(_NEWER_MARKS, character)


def is_within(ranges: tuple[tuple[int, int], ...], character: str) -> bool:
    """Whether the character's code point is in one of the ranges, each its first and last one."""
    code = ord(character)
    return any(first <= code <= last for first, last in ranges)


def _only_visible(text: str) -> str:
    text = "".join(map(_shown, text))
    return text if text.isprintable() else _without_idle_joiners(text)


@lru_cache(4096)
def _shown(character: str) -> str:
    """The character, U+FFFD for a dangerous one, nothing for an invisible one; joiners stay."""
    category = unicodedata.category(character)
    if category == "Cf":
        return character if character in _JOINERS else ""
    if category in ("Cc", "Co", "Cs") or (category == "Cn" and _is_noncharacter(character)):
        return _REPLACEMENT
    return character


def _is_unassigned(character: str) -> bool:
    """Whether a newer version of Unicode may have a visible character for the code point, unlike Python's."""
    is_invisible = _INVISIBLE.match(character) is not None
    return unicodedata.category(character) == "Cn" and not _is_noncharacter(character) and not is_invisible


def _is_noncharacter(character: str) -> bool:
    # The Unicode Standard, 23.7: the last two of each plane, and U+FDD0 to U+FDEF.
    code = ord(character)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _without_idle_joiners(text: str) -> str:
    """The text without the joiners that change nothing where they stand."""
    kept, *pieces = re.split(f"([{_JOINERS}])", text)
    for joiner, piece in zip(pieces[::2], pieces[1::2], strict=True):
        kept += joiner + piece if _joins(joiner, kept[-1:], piece[:1]) else piece
    return kept


def _joins(joiner: str, before: str, after: str) -> bool:
    """Whether a joiner between the two characters shapes them; either may be missing.

    It does between letters of a script that joins them, and beside a virama, where it decides between a conjunct, a
    half form and a visible virama, also at the end of a word (UAX #31, 2.3, contexts A and B, in short).
    """
    if not before:
        return False
    if joiner == _ZERO_WIDTH_JOINER and after and _is_emoji(before) and _is_emoji(after):
        return True
    if not is_within(_JOINING_SCRIPTS, before):
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return True
    is_letter = bool(after) and (unicodedata.category(after)[0] == "L" or unicodedata.combining(after) == _VIRAMA)
    return is_letter and is_within(_JOINING_SCRIPTS, after)


def _is_emoji(character: str) -> bool:
    category = unicodedata.category(character)
    return (
        category in ("So", "Sk")
        or character == "\ufe0f"
        or (category == "Cn" and is_within((_PICTOGRAPHS,), character))
    )


def _few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        if character in _JOINERS:
            # It neither ends a pile of marks nor counts as one.
            if kept:
                kept.append(character)
            continue
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= _MARKS_PER_BASE and (kept or not (marks or character == " ")):
            kept.append(character)
    # Without a mark before it, a joiner may have lost its use.
    return _without_idle_joiners("".join(kept)) if not text.isprintable() else "".join(kept)


@lru_cache(4096)
def _is_mark(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Mn", "Me") or (category == "Cn" and is_newer_mark(character))
