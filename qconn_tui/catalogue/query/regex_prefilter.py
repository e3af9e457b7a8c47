"""What spares work where it is only asked whether an expression finds something, and neither where nor how much.

Both speak of names in lower case, and of expressions in which case plays no part.
"""

from __future__ import annotations

import re
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.catalogue.columns import DIGIT, NO_LETTERS, Needs, letters_of
from qconn_tui.catalogue.query.regex_tokens import TOKEN, is_literal, may_be_absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_SETS = 8
"""Sets that are worth a look: each of them and of its letters takes a little time."""
_DIGITS = re.compile(r"\\d|\[(?:[0-9]|[0-9]-[0-9]|\\d)+\]")
_REFUSING = ("(?!", "(?<!")
_ITSELF = re.compile(r"\\[^A-Za-z0-9]|[^\\\[\](){}|*+?^$.]")
_ONE = re.compile(rf"\\[dDwWsS]|\[(?:\\.|[^\]\\])+\]|{_ITSELF.pattern}")


class _Part(NamedTuple):
    """What was read of a group, or of the whole expression."""

    opening: str
    finished: tuple[Needs, ...] = ()
    """All alternatives but the last."""
    items: tuple[Needs, ...] = ()
    """The items of the last one."""

    def all(self) -> Needs:
        found = _least(frozenset[frozenset[str]]().union(*self.finished, _together(self.items)))
        return NO_LETTERS if self.opening in _REFUSING or len(found) > _MOST_SETS else found


def needed_letters(pattern: str) -> Needs:
    """The letters, and `DIGIT` for any digit, without which the expression finds nothing."""
    parts = [_Part("")]
    for token in TOKEN.finditer(pattern):
        part = parts[-1]
        if token["opened"]:
            parts.append(_Part(token["opened"]))
        elif token["closed"] and len(parts) > 1:
            parts.pop()
            parts[-1] = parts[-1]._replace(items=(*parts[-1].items, part.all()))
        elif token["choice"]:
            parts[-1] = _Part(part.opening, (*part.finished, _together(part.items)))
        elif token["repeat"]:
            if may_be_absent(token):
                parts[-1] = part._replace(items=(*part.items[:-1], NO_LETTERS))
        else:
            parts[-1] = part._replace(items=(*part.items, _of_item(token)))
    return parts[0].all()


def _of_item(token: re.Match[str]) -> Needs:
    if (is_literal(token) and token[0].isdecimal()) or _DIGITS.fullmatch(token[0]):
        return frozenset({frozenset({DIGIT})})
    return letters_of(token[0]) if is_literal(token) else NO_LETTERS


def _together(items: Sequence[Needs]) -> Needs:
    """What items need that all have to be there; some of it, when that says enough."""
    return reduce(_both, items, NO_LETTERS)


def _both(one: Needs, other: Needs) -> Needs:
    sets = _least(first | second for first in one for second in other)
    return sets if len(sets) <= _MOST_SETS else one


def _least(sets: Iterable[frozenset[str]]) -> Needs:
    """Without those that another one is a part of."""
    found = frozenset(sets)
    return frozenset(letters for letters in found if not any(other < letters for other in found))


def quickened(pattern: str) -> str:
    """An expression that finds something in the same names, and tries less.

    Repeats at either end do not matter: `[a-z]+ x+` is found where `[a-z] x` is. A repeat that what follows puts an
    end to never has to give anything back. And a character that stands for itself is found several times as fast as
    what is before it, a choice of characters or the beginning of a word.
    """
    items = _items(pattern)
    if not items:
        return pattern
    for end in (0, -1):
        if items[end].is_one and items[end].repeat in ("+", "+?"):
            items[end] = items[end]._replace(repeat="")
    for place, (item, following) in enumerate(pairwise(items)):
        if item.is_one and item.repeat in ("+", "*") and _puts_an_end(following, item):
            items[place] = item._replace(repeat=item.repeat + "+")
    if len(items) > 1 and items[0].is_slow_before(items[1]):
        first, second = items[0].text, items[1].text
        items[:2] = [items[1], _Item(f"(?<={first}{second})")]
    return "".join(item.text + item.repeat for item in items)


class _Item(NamedTuple):
    """What stands in an expression, and how often."""

    text: str
    repeat: str = ""

    @property
    def is_itself(self) -> bool:
        """Whether it is one character that stands for itself."""
        return _ITSELF.fullmatch(self.text) is not None

    @property
    def is_one(self) -> bool:
        """Whether it is one character, perhaps one of several."""
        return _ONE.fullmatch(self.text) is not None

    def is_slow_before(self, following: _Item) -> bool:
        """Whether what follows is sooner found first; a letter is so common that a choice before it says more."""
        if self.repeat or following.repeat or not following.is_itself:
            return False
        is_choice = self.is_one and not self.is_itself
        return self.text == r"\b" or (is_choice and not following.text[-1].isalnum())


def _items(pattern: str) -> list[_Item]:
    """The items one after the other, a group is one; none where they are alternatives, or refer to what was found."""
    items: list[_Item] = []
    depth = 0
    for token in TOKEN.finditer(pattern):
        if token["reference"] or (token["choice"] and depth == 0):
            return []
        if depth:
            items[-1] = _Item(items[-1].text + token[0])
        elif token["repeat"] and items:
            items[-1] = items[-1]._replace(repeat=items[-1].repeat + token[0])
        else:
            items.append(_Item(token[0]))
        depth += bool(token["opened"]) - bool(token["closed"])
    return items


def _puts_an_end(following: _Item, item: _Item) -> bool:
    """Whether what follows has to be there, and cannot be the repeated character once more."""
    if following.text == "$":
        return True
    is_there = following.is_itself and following.repeat in ("", "+")
    return is_there and re.fullmatch(item.text, following.text[-1]) is None
