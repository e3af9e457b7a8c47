"""Shortcuts for asking only whether an expression matches a name, not where or how much of it.

One finds the letters that every match requires, so that an index can rule names out. The other rewrites the
expression so that it tries less. Both take caseless expressions, and names in lower case.
"""

from __future__ import annotations

import re
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.catalogue.name_index import DIGIT, NO_LETTERS, RequiredLetters, letters_of
from qconn_tui.catalogue.query.regex_tokens import TOKEN, is_literal, is_optional

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_SETS = 8
"""Alternatives worth checking: each one, and each of its letters, takes a little time."""
_DIGITS = re.compile(r"\\d|\[(?:[0-9]|[0-9]-[0-9]|\\d)+\]")
_NEGATIVE_LOOKAROUNDS = ("(?!", "(?<!")
_LITERAL = re.compile(r"\\[^A-Za-z0-9]|[^\\\[\](){}|*+?^$.]")
_SINGLE = re.compile(rf"\\[dDwWsS]|\[(?:\\.|[^\]\\])+\]|{_LITERAL.pattern}")


class _Group(NamedTuple):
    """The letters required by a group, or by the whole expression, as far as it is parsed."""

    opening: str
    finished: tuple[RequiredLetters, ...] = ()
    """What each alternative before the current one requires."""
    items: tuple[RequiredLetters, ...] = ()
    """What each item of the current alternative requires."""

    def all(self) -> RequiredLetters:
        """What the whole group requires; a negative lookaround requires nothing."""
        found = _minimal(frozenset[frozenset[str]]().union(*self.finished, _all_of(self.items)))
        return NO_LETTERS if self.opening in _NEGATIVE_LOOKAROUNDS or len(found) > _MOST_SETS else found


def required_letters(pattern: str) -> RequiredLetters:
    """The letters, and `DIGIT` for any digit, without which the expression cannot match."""
    groups = [_Group("")]
    for token in TOKEN.finditer(pattern):
        group = groups[-1]
        if token["opened"]:
            groups.append(_Group(token["opened"]))
        elif token["closed"] and len(groups) > 1:
            groups.pop()
            groups[-1] = groups[-1]._replace(items=(*groups[-1].items, group.all()))
        elif token["alternation"]:
            groups[-1] = _Group(group.opening, (*group.finished, _all_of(group.items)))
        elif token["quantifier"]:
            if is_optional(token):
                groups[-1] = group._replace(items=(*group.items[:-1], NO_LETTERS))
        else:
            groups[-1] = group._replace(items=(*group.items, _of_item(token)))
    return groups[0].all()


def _of_item(token: re.Match[str]) -> RequiredLetters:
    if (is_literal(token) and token[0].isdecimal()) or _DIGITS.fullmatch(token[0]):
        return frozenset({frozenset({DIGIT})})
    return letters_of(token[0]) if is_literal(token) else NO_LETTERS


def _all_of(items: Sequence[RequiredLetters]) -> RequiredLetters:
    """What a sequence of items requires; only some of it where all of it has too many alternatives."""
    return reduce(_both, items, NO_LETTERS)


def _both(one: RequiredLetters, other: RequiredLetters) -> RequiredLetters:
    sets = _minimal(first | second for first in one for second in other)
    return sets if len(sets) <= _MOST_SETS else one


def _minimal(sets: Iterable[frozenset[str]]) -> RequiredLetters:
    """The sets without those that contain another one."""
    found = frozenset(sets)
    return frozenset(letters for letters in found if not any(other < letters for other in found))


def optimized(pattern: str) -> str:
    """An expression that matches somewhere in the same names, and tries less.

    A `+` at either end is dropped: `[a-z]+ x+` matches somewhere if and only if `[a-z] x` does. A quantifier becomes
    possessive if the item after it cannot match the repeated characters, since backtracking would never help. And a
    literal goes before a character class or a `\\b`, which becomes a lookbehind: the engine finds literals several
    times as fast.
    """
    items = _items(pattern)
    if not items:
        return pattern
    for end in (0, -1):
        if items[end].is_single and items[end].quantifier in ("+", "+?"):
            items[end] = items[end]._replace(quantifier="")
    for place, (item, following) in enumerate(pairwise(items)):
        if item.is_single and item.quantifier in ("+", "*") and _ends_repetition(following, item):
            items[place] = item._replace(quantifier=item.quantifier + "+")
    if len(items) > 1 and items[0].is_slower_than(items[1]):
        first, second = items[0].text, items[1].text
        items[:2] = [items[1], _Item(f"(?<={first}{second})")]
    return "".join(item.text + item.quantifier for item in items)


class _Item(NamedTuple):
    """One item of an expression with its quantifier."""

    text: str
    quantifier: str = ""

    @property
    def is_literal(self) -> bool:
        """Whether it is one character that matches itself."""
        return _LITERAL.fullmatch(self.text) is not None

    @property
    def is_single(self) -> bool:
        """Whether it matches exactly one character."""
        return _SINGLE.fullmatch(self.text) is not None

    def is_slower_than(self, following: _Item) -> bool:
        """Whether the engine finds the next item faster; a letter is so common that a class before it is better."""
        if self.quantifier or following.quantifier or not following.is_literal:
            return False
        is_class = self.is_single and not self.is_literal
        return self.text == r"\b" or (is_class and not following.text[-1].isalnum())


def _items(pattern: str) -> list[_Item]:
    """The items in order, where a group is one item; none if the expression has alternatives or backreferences."""
    items: list[_Item] = []
    depth = 0
    for token in TOKEN.finditer(pattern):
        if token["reference"] or (token["alternation"] and depth == 0):
            return []
        if depth:
            items[-1] = _Item(items[-1].text + token[0])
        elif token["quantifier"] and items:
            items[-1] = items[-1]._replace(quantifier=items[-1].quantifier + token[0])
        else:
            items.append(_Item(token[0]))
        depth += bool(token["opened"]) - bool(token["closed"])
    return items


def _ends_repetition(following: _Item, item: _Item) -> bool:
    """Whether the next item must match something that the repeated item cannot match."""
    if following.text == "$":
        return True
    is_required = following.is_literal and following.quantifier in ("", "+")
    return is_required and re.fullmatch(item.text, following.text[-1]) is None
