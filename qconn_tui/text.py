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

NAME_LIMIT = 200
"""Characters kept of a name, an id or a title."""
TEXT_LIMIT = 2000
"""Characters kept of a description or an error's detail."""
URL_LIMIT = 2048
"""Characters of the longest URL, of a logo for example, that is kept or requested."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_ZERO_WIDTH_JOINER = "\u200d"
_MARKS_PER_BASE = 3

_SPACES = re.compile(r"[\s\u2028\u2029\u00a0]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(
    "["
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
    "]"
)
"""Bidi controls, zero-width characters, fillers, variation selectors (U+FE0F stays: it makes an emoji) and tags."""


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """The text as one line that is safe to show.

    White space, including line ends, becomes single spaces. Control characters, private-use and unassigned code points
    and lone surrogates become U+FFFD, so that damage is visible; bidi controls and invisible characters are removed.

    Args:
        text: Any text.
        limit: The most characters of the result; a longer text ends in an ellipsis.

    Returns:
        A text in NFC without white space at its ends; cleaning it again changes nothing.
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Cut first: an adversary could send megabytes to be normalised.
    text = _SPACES.sub(" ", text[: limit * 4 + 64]).strip()
    text = _INVISIBLE.sub("", _CONTROLS.sub(_REPLACEMENT, text))
    if not text.isascii():
        # Invisible characters go first: between marks they would separate or hide some of them from the limit.
        text = _few_marks(unicodedata.normalize("NFC", _only_visible(text)))
    # A removed character may have stood between two spaces, or at an end.
    text = _SPACES.sub(" ", text).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip(f" {_ZERO_WIDTH_JOINER}") + _ELLIPSIS


def _only_visible(text: str) -> str:
    kept: list[str] = []
    for index, character in enumerate(text):
        category = unicodedata.category(character)
        if character == _ZERO_WIDTH_JOINER:
            if _joins_emoji(kept, text[index + 1 : index + 2]):
                kept.append(character)
        elif category in ("Cc", "Cn", "Co", "Cs"):
            kept.append(_REPLACEMENT)
        elif category != "Cf":
            kept.append(character)
    return "".join(kept)


def _few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MARKS_PER_BASE and (kept or not marks):
            kept.append(character)
    return "".join(kept)


def _joins_emoji(before: list[str], after: str) -> bool:
    def is_emoji(character: str) -> bool:
        return unicodedata.category(character) in ("So", "Sk") or character == "\ufe0f"

    return bool(before) and bool(after) and is_emoji(before[-1]) and is_emoji(after)
