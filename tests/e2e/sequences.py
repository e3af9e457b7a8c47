"""What a program writes to a terminal, taken apart strictly: everything that is not expected is reported."""

from __future__ import annotations

import re
import unicodedata

_TOKENS = re.compile(
    r"(?P<sequence>\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]_][^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)
_ALLOWED_SEQUENCES = re.compile(
    r"\x1b\[(?:"
    r"\d+;\d+H|\d+G"  # the cursor goes somewhere
    r"|[\d;]*m"  # colours
    r"|\?(?:7|25|1000|1003|1004|1006|1015|1049|2004)[hl]"  # wrapping, cursor, mouse, focus, screen, paste
    r"|\?(?:2026|2048)\$p"  # does the terminal know these modes?
    r"|>\d+u|<u"  # the keyboard protocol, asked for and taken back
    r"|>q|16t|c|K"  # what can the terminal do? What it has shown of the questions is wiped away
    r")"
    r"|\x1b\]11;\?\x1b\\"  # which colour is the background?
    r"|\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"  # can pictures be shown?
    r"|\x1b\]22;[a-z-]+\x07"  # the mouse pointer's shape
)
_INVISIBLE = "\u034f\u115f\u1160\u3164\uffa0"
"""Characters that show nothing although they count as letters or marks."""
_JOINERS = "\u200c\u200d"
"""They stay where a script or an emoji needs them."""
_PILE = re.compile(r"[\u0300-\u036f\u0483-\u0489]{4,}")


def foreign_in_terminal(raw: bytes, own: frozenset[str] = frozenset()) -> list[str]:
    """What is in the stream beside text and the sequences that draw a screen; `own` are expected as well."""
    found = []
    for token in _TOKENS.finditer(raw.decode()):
        if token["sequence"]:
            fits = token["sequence"] in own or bool(_ALLOWED_SEQUENCES.fullmatch(token["sequence"]))
        elif token["control"]:
            fits = token["control"] in "\r\n"
        else:
            fits = not _dangers(token["text"])
        if not fits:
            found.append(token[0])
    return found


def foreign_in_text(raw: bytes) -> list[str]:
    """What is in the output beside lines of text; not a single sequence belongs there."""
    return [line for line in raw.decode().split("\n") if _dangers(line)]


def _dangers(text: str) -> list[str]:
    return _PILE.findall(text) + [
        character for character in text if _is_dangerous(character) or character in _INVISIBLE
    ]


def _is_dangerous(character: str) -> bool:
    """Whether it acts on the terminal, or is no character at all; one that this Python does not know yet is neither."""
    category = unicodedata.category(character)
    if category == "Cn":
        return ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"
    return category.startswith("C") and character not in _JOINERS
