"""Folding: texts that differ only in case, accents or width become equal, and offsets map back to the original."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Span = tuple[int, int]
"""Start and end (exclusive) of a part of a text, in characters."""

# Letters with a stroke and ligatures do not decompose, but people search for them by plain letters.
_PLAIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe"})


def fold(text: str) -> str:
    """`text` without case, accents and compatibility forms: `Café №2` becomes `cafe no2`.

    The steps are Unicode's: compatibility decomposition (NFKD, UAX #15), no nonspacing marks, default case folding.
    Joiners go too, since few keyboards have them.
    """
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def fold_all(texts: Sequence[str]) -> list[str]:
    """`fold` of each text; if all are ASCII they are folded at once, in a fraction of the time."""
    joined = "\n".join(texts)
    if joined.isascii():
        folded = joined.lower().split("\n")
        if len(folded) == len(texts):
            return folded
    return [fold(text) for text in texts]


def fold_with_spans(text: str) -> tuple[str, list[Span]]:
    """`fold(text)`, and for each of its characters the span of `text` that it came from, accents included.

    Folding changes lengths: `ß` becomes two characters, a combining accent none.
    """
    if text.isascii():
        return text.lower(), [(offset, offset + 1) for offset in range(len(text))]
    parts = [_fold_character(character) for character in text]
    starts = [offset for offset, part in enumerate(parts) if part]
    ends = [*starts[1:], len(text)]
    spans = [(start, end) for start, end in zip(starts, ends, strict=False) for _ in parts[start]]
    return "".join(parts), spans


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    # Twice, because each step can undo the other: `İ` folds to a letter with a mark, `℡` decomposes to capitals.
    for _ in range(2):
        decomposed = unicodedata.normalize("NFKD", character)
        character = "".join(part for part in decomposed if unicodedata.category(part) not in ("Mn", "Cf")).casefold()
    return character.translate(_PLAIN_LETTERS)
