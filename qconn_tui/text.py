"""The one place where foreign text becomes safe text.

Whatever comes from a network, a file or an environment variable passes `clean` before it is shown, logged,
stored or exported. Textual and Rich strip BEL, BS, VT, FF and CR only; everything else in here would reach the
terminal: an ESC starts a command (OSC 52 writes the clipboard), C1 does so in one byte, bidi controls reorder a
row, U+10EEEE shows somebody else's picture, and a hundred combining marks paint over the lines above.
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
    """`text` as one line that is safe to show: at most `limit` characters, in NFC, edges stripped.

    White space, also line ends, becomes single spaces. Control characters, private-use and unassigned code points
    and lone surrogates become U+FFFD, so that damage is seen; bidi controls and invisible characters are removed.
    A longer text ends in an ellipsis.
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Normalising a megabyte to throw it away would be work an adversary can ask for.
    text = _SPACES.sub(" ", text[: limit * 4 + 64]).strip()
    text = _INVISIBLE.sub("", _CONTROLS.sub(_REPLACEMENT, text))
    if not text.isascii():
        # What is removed must neither part a letter from its marks nor make room for more of them: it goes first.
        text = _few_marks(unicodedata.normalize("NFC", _only_visible(text)))
    # What was removed may have stood between two spaces, or at an edge.
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
