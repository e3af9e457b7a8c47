"""Cells of a terminal's screen, the pens they are drawn with, and the SGR sequences (ECMA-48, 8.3.117) between pens."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from rich.cells import split_graphemes

COVERED = "\U0010fffd"
"""The text of a cell under a sixel picture. It is written as a space, which erases the pixels there: each time that
the cell is drawn, even if nothing has changed, and at no other time."""

_AGREED = re.compile(
    # Latin, Greek and Cyrillic with their marks; signs, arrows, lines and blocks; Chinese, Japanese and Korean; and
    # the cells in the place of a picture.
    r"[\x20-\u058f\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25fb\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff"
    r"\uff01-\uff60\U0010eeee\U0010fffd]*"
)
"""Characters whose widths terminals agree on; on emoji and many other scripts they do not."""
_SWITCHED_OFF_BY = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
_SEEN_WITHOUT_TEXT = frozenset({"4", "7", "9", "21", "53"})
"""Attributes that can be seen on a space."""


class Pen(NamedTuple):
    """How a cell is drawn; attributes and colours are parameters of SGR, empty for the default."""

    attributes: frozenset[str] = frozenset()
    foreground: str | None = ""
    """None where it cannot be seen, as on a space."""
    background: str = ""


Cell: TypeAlias = tuple[str, Pen]
"""A character with its combining marks, and its pen; an empty text is the right half of a wide character."""

PLAIN = Pen()
"""The pen of a terminal after a reset."""


@lru_cache(1024)
def is_disputed(text: str) -> bool:
    """Whether terminals disagree on how many cells the text takes."""
    return not _AGREED.fullmatch(text)


@lru_cache(4096)
def cells_of(text: str, colors: str) -> tuple[Cell, ...]:
    """The cells of a text.

    Args:
        text: Any number of printable characters.
        colors: Parameters of SGR, from a plain pen on.
    """
    pen = pen_of(colors)
    space = space_of(pen)
    if text.isascii():
        return tuple([space if character == " " else (character, pen) for character in text])
    cells: list[Cell] = []
    for start, end, width in split_graphemes(text)[0]:
        cluster = text[start:end]
        if width:
            cells.append(space if cluster == " " else (cluster, pen))
            cells.extend([("", pen)] * (width - 1))
        elif cells:
            cells[-1] = (cells[-1][0] + cluster, pen)
    return tuple(cells)


@lru_cache(1024)
def space_of(pen: Pen) -> Cell:
    """A space drawn with the pen, as far as the pen can be seen on it."""
    return (" ", pen if pen.attributes & _SEEN_WITHOUT_TEXT else Pen(frozenset(), None, pen.background))


@lru_cache(1024)
def width_of(cluster: str) -> int:
    """How many cells a character takes, with its combining marks."""
    return split_graphemes(cluster)[1]


@lru_cache(1024)
def pen_of(colors: str) -> Pen:
    """The pen after these parameters of SGR, from a plain pen on."""
    attributes: set[str] = set()
    foreground = background = ""
    parameters = iter(colors.split(";") if colors else ())
    for parameter in parameters:
        number = int(parameter or 0)
        if number in (38, 48):
            kind = next(parameters, "5")
            color = ";".join([parameter, kind, *(next(parameters, "0") for _ in range(3 if kind == "2" else 1))])
            foreground, background = (color, background) if number == 38 else (foreground, color)
        elif 30 <= number <= 39 or 90 <= number <= 97:
            foreground = "" if number == 39 else parameter
        elif 40 <= number <= 49 or 100 <= number <= 107:
            background = "" if number == 49 else parameter
        elif number == 0:
            attributes, foreground, background = set(), "", ""
        else:
            attributes.add(parameter)
    return Pen(frozenset(attributes), foreground, background)


@lru_cache(4096)
def turn(current: Pen | None, wanted: Pen) -> tuple[str, Pen]:
    """The shortest way from one pen to another.

    Args:
        current: The terminal's pen; None if it is not known.
        wanted: The pen to draw with.

    Returns:
        The sequence to write, and the terminal's pen behind it.
    """
    if current is None:
        wanted = Pen(wanted.attributes, wanted.foreground or "", wanted.background)
        return f"\x1b[{';'.join(['0', *parameters(wanted)])}m", wanted
    if wanted.foreground is None:
        # A space: what cannot be seen on it may stay as it is.
        wanted = Pen(current.attributes - _SEEN_WITHOUT_TEXT, current.foreground, wanted.background)
    if wanted == current:
        return "", current
    from_plain = ["0", *parameters(wanted)]
    removed = current.attributes - wanted.attributes
    if not removed <= _SWITCHED_OFF_BY.keys():
        return f"\x1b[{';'.join(from_plain)}m", wanted
    off = sorted({_SWITCHED_OFF_BY[attribute] for attribute in removed})
    kept = {attribute for attribute in current.attributes - removed if _SWITCHED_OFF_BY.get(attribute) not in off}
    delta = [*off, *sorted(wanted.attributes - kept)]
    if wanted.foreground != current.foreground:
        delta.append(wanted.foreground or "39")
    if wanted.background != current.background:
        delta.append(wanted.background or "49")
    return f"\x1b[{min(';'.join(delta), ';'.join(from_plain), key=len)}m", wanted


def parameters(pen: Pen) -> list[str]:
    """The parameters of SGR that lead from a plain pen to this one."""
    return [*sorted(pen.attributes), *filter(None, (pen.foreground, pen.background))]
