"""How many cells of a terminal a text takes, and texts cut or padded to fit.

The rules are those of UAX #11 (East Asian Width) and of emoji sequences (UTS #51): most characters take one cell, wide
ones and emoji two, combining marks none, and a sequence takes the cells of one emoji.

`wcwidth` knows more scripts, but `ls` would wait more than 20 ms for its import, and would need one dependency more;
`unicodedata` takes 0.3 ms. `rich.cells` is not for this room, which imports the standard library alone. The tests
compare with `wcwidth` and list the known differences.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from qconn_tui.text import is_newer_mark, is_within

if TYPE_CHECKING:
    from collections.abc import Iterator

_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

_WIDE_WHEN_ASSIGNED = (
    # East Asian scripts: radicals to Yi, compatibility ideographs, Tangut to Jurchen, Kana and Nushu, planes 2 and 3
    (0x2E80, 0xA4CF), (0xF900, 0xFAFF), (0x16FE0, 0x191FF), (0x1AFF0, 0x1B2FF), (0x20000, 0x3FFFD),
    # Blocks of emoji. The signs between them, as for alchemy and chess, are narrow.
    (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F7DA, 0x1F7FF), (0x1F900, 0x1F9FF), (0x1FA70, 0x1FAFF),
)  # fmt: skip
"""First and last code points of blocks whose new characters are wide: terminals often know a newer Unicode."""


def cell_width(text: str) -> int:
    """The number of cells that the text takes."""
    return len(text) if text.isascii() else sum(cells for _, cells in _clusters(text))


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` cells, at least 1; an ellipsis replaces the rest. Emoji sequences are never split."""
    if cell_width(text) <= width:
        return text
    kept, room = [], width - 1
    for cluster, cells in _clusters(text):
        room -= cells
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + _ELLIPSIS


def pad(text: str, width: int) -> str:
    """`text` followed by spaces up to `width` cells."""
    return text + " " * (width - cell_width(text))


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """The characters of `text`, each with the marks and modifiers that belong to it, and the cells of both."""
    cluster, cells = "", 0
    for character in text:
        if cluster and _belongs_to(character, cluster):
            cluster += character
            if character == _EMOJI_STYLE or _is_flag_letter(character):
                cells = 2
        else:
            if cluster:
                yield cluster, cells
            cluster, cells = character, _cells(character)
    if cluster:
        yield cluster, cells


def _belongs_to(character: str, cluster: str) -> bool:
    if _is_flag_letter(character):
        return len(cluster) == 1 and _is_flag_letter(cluster)
    return (
        (cluster[-1] == _ZERO_WIDTH_JOINER and unicodedata.category(character) in ("So", "Cn"))
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or _cells(character) == 0
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _cells(character: str) -> int:
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf") or "\u1160" <= character <= "\u11ff":
        return 0
    if category == "Cn":
        return 0 if is_newer_mark(character) else 2 if is_within(_WIDE_WHEN_ASSIGNED, character) else 1
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
