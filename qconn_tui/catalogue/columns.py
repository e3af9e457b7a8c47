"""The list column by column: what searching and sorting need of each connector, worked out once."""

from __future__ import annotations

import re
from collections import Counter
from itertools import compress
from operator import attrgetter, is_not, itemgetter
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from qconn_tui.catalogue.folding import fold_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qconn_tui.connector import Connector

T = TypeVar("T")

Make: TypeAlias = "Callable[[Sequence[Connector]], Sequence[T]]"
"""What makes a column: it gives one value for each connector, of many at once because that costs less."""

MARK = "\r "
"""What a marked text begins with; in a text with spaces for separators its first character does not occur."""

DIGIT = "N"
"""Stands for any digit where columns are asked for a letter; no folded text holds a capital one."""
Needs: TypeAlias = frozenset[frozenset[str]]
"""Sets of letters, all letters of one of which a folded name has to hold."""
NO_LETTERS: Needs = frozenset({frozenset()})
"""What any name holds."""

_ANYWHERE = b"\0".ljust(256, b"\1")
"""A table for `bytes.translate` that makes 1 of however a letter stands in a name."""
_SLICE = 2_000
"""Rows that are worked out between two pauses: one or two milliseconds."""
_SAMPLE, _FURTHER = 2_000, 8
"""Names that tell which letters follow a text, and how many of these are worth working out."""
_SEPARATOR = re.compile(r"\W")
_find_digit = re.compile(r"\d").search
_id = attrgetter("id")
_ASCII_SEPARATORS = {code: " " for code in range(128) if _SEPARATOR.match(chr(code)) and chr(code) != "\n"}


class Columns:
    """Connectors, and columns made from them when first asked for; to its users it never changes.

    A list that only adds rows to the end of another shares its columns, so that a page costs what a page holds.
    """

    def __init__(self, connectors: tuple[Connector, ...] = ()) -> None:
        self.connectors = connectors
        """The records, in the order in which they arrived."""
        self._shared = _Shared(len(connectors))

    def __len__(self) -> int:
        return len(self.connectors)

    def of(self, make: Make[T]) -> Sequence[T]:
        """The column that `make` makes; behind the values of these rows there may be those of a longer list."""
        for _ in self.steps(make):
            pass
        return cast("list[T]", self._shared.columns[make])

    def steps(self, make: Make[T]) -> Iterator[None]:
        """Work the column out, with a pause after each slice; one that is there already has none."""
        column = self._shared.columns.setdefault(make, [])
        while len(column) < len(self):
            column += make(self.connectors[len(column) : len(column) + _SLICE])
            yield

    def match_ranks(self, text: str) -> Sequence[int]:
        """For each row how the text stands in the folded name, see `match_rank`; it may go on like a column."""
        for _ in self.match_rank_steps(text):
            pass
        return self._shared.match_ranks[text]

    def knows_match_ranks(self, text: str) -> bool:
        """Whether that is worked out for all rows."""
        return text in self._shared.match_ranks and len(self._shared.match_ranks[text]) >= len(self)

    def is_indexed(self, text: str) -> bool:
        """Whether to ask for it is quicker than to search: always for a letter, as it is asked for again."""
        return is_letter(text) or self.knows_match_ranks(text)

    def mask_of(self, needs: Needs) -> bytes:
        """For each row 0 if its folded name lacks what it needs, else 1.

        Letters that were not worked out beforehand say nothing: that takes longer than what it could spare.
        """
        found = 0
        for letters in needs:
            held = int.from_bytes(b"\1" * len(self))
            for letter in letters:
                if self.knows_match_ranks(letter):
                    known = self._shared.match_ranks[letter][: len(self)]
                    held &= int.from_bytes(bytes(known).translate(_ANYWHERE))
            found |= held
        return found.to_bytes(len(self))

    def match_rank_steps(self, text: str) -> Iterator[None]:
        """Work that out, with a pause after each few slices."""
        names = self.of(marked_name)
        known = self._shared.match_ranks.setdefault(text, bytearray())
        while len(known) < len(self):
            start, end = len(known), min(len(known) + 4 * _SLICE, len(self))
            if text == DIGIT:
                known += bytes(map(bool, map(_find_digit, names[start:end])))
            elif self.knows_match_ranks(text[:-1]):
                known += _match_rank_among(text, names[start:end], self._shared.match_ranks[text[:-1]][start:end])
            else:
                known += match_rank(text, names[start:end])
            yield

    def further_steps(self, beginning: str) -> Iterator[None]:
        """Work it out for what may be typed next, with pauses; forget it for what no longer can.

        What is typed so far, `beginning`, holds no separator. Each text takes a byte for every row. The letters that
        follow most often in a word come first.
        """
        match_ranks = self._shared.match_ranks
        for text in [text for text in match_ranks if not beginning.startswith(text[:-1])]:
            del match_ranks[text]
        yield from self.match_rank_steps(beginning)
        sample = "".join(self.of(marked_name)[: len(self) : len(self) // _SAMPLE + 1])
        following = Counter(re.findall(rf" {re.escape(beginning)}(\w)", sample))
        for letter, _ in following.most_common(_FURTHER):
            yield from self.match_rank_steps(beginning + letter)

    def numbers(self, rows: Sequence[int]) -> Sequence[int]:
        """The same rows; of a range the numbers are always the same objects, which saves making them on each key."""
        if not isinstance(rows, range):
            return rows
        numbers = self._shared.numbers
        numbers += range(len(numbers), len(self))
        return numbers[rows.start : rows.stop]

    def index(self, connector_id: str) -> int | None:
        """The index of the connector with that id."""
        indices = self._shared.indices
        if len(indices) < len(self):
            known = len(indices)
            indices.update(zip(map(_id, self.connectors[known:]), range(known, len(self)), strict=True))
        index = indices.get(connector_id)
        return index if index is not None and index < len(self) else None

    def has_order(self, key: object) -> bool:
        """Whether the order called `key` needs not be made any more."""
        return len(self._shared.orders.get(key, range(0))) >= len(self)

    def order(self, key: object, make: Callable[[Sequence[int]], Sequence[int]]) -> Sequence[int]:
        """All rows in the order called `key`; `make` makes it from that of fewer rows at the front, or of none."""
        order = self._shared.orders.get(key, range(0))
        if len(order) > len(self):
            return [row for row in order if row < len(self)]
        if len(order) < len(self):
            order = self._shared.orders[key] = make(order)
        return order

    def replaced(self, connectors: tuple[Connector, ...], unchanged: int) -> Columns:
        """The columns of another list, whose first `unchanged` records are those of this one.

        Only other records are worked out anew: those behind, and those that took the place of another.
        """
        columns = Columns(connectors)
        if unchanged == len(self) == self._shared.length:
            columns._shared = self._shared
            self._shared.length = len(connectors)
            return columns
        kept = min(len(self), len(connectors))
        differ = map(is_not, self.connectors[unchanged:kept], connectors[unchanged:kept])
        changed = list(compress(range(unchanged, kept), differ))
        if not changed and kept == len(self) == len(connectors):
            # The same list told once more, as at the end of a walk: whatever was worked out holds.
            return self
        if len(changed) > _SLICE:
            kept, changed = unchanged, []
        for make, known in self._shared.columns.items():
            column = known[:kept]
            for row in changed:
                if row < len(column):
                    column[row : row + 1] = make(connectors[row : row + 1])
            columns._shared.columns[make] = column
        if not changed:
            columns._shared.match_ranks = {text: known[:kept] for text, known in self._shared.match_ranks.items()}
        return columns


class _Shared:
    """What lists share, each of which is the beginning of the longest of them."""

    def __init__(self, length: int) -> None:
        self.length = length
        """The rows of the longest list."""
        self.columns: dict[Make[object], list[object]] = {}
        """The columns, each as far as somebody asked for it."""
        self.match_ranks: dict[str, bytearray] = {}
        """How letters, and what somebody has begun to type, stand in the names, each as far as it was asked for."""
        self.numbers: list[int] = []
        """The numbers of the rows, as far as somebody asked for them."""
        self.indices: dict[str, int] = {}
        """The rows by id, as far as somebody asked for one."""
        self.orders: dict[object, Sequence[int]] = {}
        """Rows in some order, as many as there were when it was asked for."""


def picked(column: Sequence[T], rows: Sequence[int]) -> Sequence[T]:
    """The column's values in those rows."""
    if isinstance(rows, range):
        return column[rows.start : rows.stop]
    if len(rows) < 2:
        return [column[row] for row in rows]
    return cast("tuple[T, ...]", itemgetter(*rows)(column))


def folded_name(connectors: Sequence[Connector]) -> list[str]:
    """A column: what plain words are searched in."""
    return fold_all([connector.name for connector in connectors])


def shown_name(connectors: Sequence[Connector]) -> list[str]:
    """A column: what regular expressions are looked for in when case plays a part."""
    return [connector.name for connector in connectors]


def lowered_name(connectors: Sequence[Connector]) -> list[str]:
    """A column: what regular expressions are looked for in otherwise."""
    return [connector.name.lower() for connector in connectors]


def marked_name(connectors: Sequence[Connector]) -> list[str]:
    """A column: what tells whether a word begins the name, or a word of it; see `marked`."""
    names = folded_name(connectors)
    joined = "\n".join(names)
    if joined.isascii() and joined.count("\n") + 1 == len(names):
        return (MARK + joined.translate(_ASCII_SEPARATORS).replace("\n", "\n" + MARK)).split("\n")
    return [marked(name) for name in names]


def letters_of(text: str) -> Needs:
    """What a name holds in which all characters of the folded text occur."""
    return frozenset({frozenset(character for character in text if character.isascii() and character.isalpha())})


def is_letter(text: str) -> bool:
    """Whether it is one character that can stand in a word."""
    return len(text) == 1 and is_unbroken(text)


def is_unbroken(text: str) -> bool:
    """Whether it can stand in one word."""
    return not _SEPARATOR.search(text)


def match_rank(text: str, names: Sequence[str]) -> bytes:
    """For each marked name how the text, which holds no separator, stands in it.

    0 not at all, 1 inside a word, 2 at the start of a word, 3 at the start of the name, 4 as the whole name.
    """
    at_word, at_start = " " + text, MARK + text
    return bytes(
        [
            text in name and 1 + (at_word in name and 1 + (name.startswith(at_start) and 1 + (name == at_start)))
            for name in names
        ]
    )


def _match_rank_among(text: str, names: Sequence[str], candidates: bytearray) -> bytearray:
    """The same for names of which only the `candidates`, those that are not 0, can hold the text."""
    places = list(compress(range(len(names)), candidates))
    found = bytearray(len(names))
    for place, how in zip(places, match_rank(text, [names[place] for place in places]), strict=True):
        found[place] = how
    return found


def marked(text: str) -> str:
    """A folded text with spaces for its separators and `MARK` before it, so that each word follows a space."""
    return MARK + spaced(text)


def spaced(text: str) -> str:
    """A folded text with spaces for its separators."""
    return _SEPARATOR.sub(" ", text)


def folded_id(connectors: Sequence[Connector]) -> list[str]:
    """A column: what `id:` is searched in."""
    return fold_all([connector.id for connector in connectors])


def folded_description(connectors: Sequence[Connector]) -> list[str]:
    """A column: what `desc:` is searched in."""
    return fold_all([connector.description or "" for connector in connectors])
