"""The index behind a list of connectors: what filters and sorts need, computed once and shared between lists.

Its main part is the match ranks: for a short text, one byte per row that says how the text stands in the folded name.
A filter of one letter or two is then answered without a search, and a regular expression or a fuzzy term skips the
rows that lack a letter it requires.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qconn_tui.connector import Connector

T = TypeVar("T")

Make: TypeAlias = "Callable[[Sequence[Connector]], Sequence[T]]"
"""A column maker: returns one value per connector. It takes many at once because that is cheaper per row."""

MARK = "\r "
"""Precedes every marked name; its first character never occurs in a text whose separators are spaces."""

DIGIT = "N"
"""The key for "any digit" among letters; folded texts hold no capital letters."""
RequiredLetters: TypeAlias = frozenset[frozenset[str]]
"""Alternatives: a folded name can match only if it holds every letter of at least one of these sets."""
NO_LETTERS: RequiredLetters = frozenset({frozenset()})
"""No requirement: every name qualifies."""

SLICE = 2_000
"""Rows computed between two pauses: one or two milliseconds of work."""
_SAMPLE, _CONTINUATIONS = 2_000, 8
"""Names sampled to find the letters that follow a prefix, and how many of those letters are prepared."""
_PRESENT = b"\0".ljust(256, b"\1")
"""A table for `bytes.translate` that turns match ranks into a mask: 1 wherever the text occurs."""
_SEPARATOR = re.compile(r"\W")
_find_digit = re.compile(r"\d").search
_id_of = attrgetter("id")


class NameIndex:
    """Columns, match ranks, ids and orders, each computed when first asked for.

    Several lists share one index, each a beginning of the longest: appending a page then costs only the page. So the
    index does not hold the connectors. Every method takes the rows of the list that asks, and a sequence it returns
    may go on with rows of a longer list.
    """

    def __init__(self, length: int = 0) -> None:
        self.length = length
        """Rows of the longest list that shares the index."""
        self._columns: dict[Make[object], list[object]] = {}
        self._match_ranks: dict[str, bytearray] = {}
        self._numbers: list[int] = []
        self._rows_by_id: dict[str, int] = {}
        self._orders: dict[object, Sequence[int]] = {}

    # --- sharing ---------------------------------------------------------------------------------------------

    def try_extend(self, length: int, new_length: int) -> bool:
        """Let a list of `length` rows grow to `new_length`.

        Returns:
            False if another list that shares the index has grown already, perhaps by other rows: then the longer list
            needs an index of its own.
        """
        if length != self.length:
            return False
        self.length = new_length
        return True

    def copied(self, connectors: Sequence[Connector], kept: int, changed: Sequence[int]) -> NameIndex:
        """An index of its own for another list.

        Args:
            connectors: The other list.
            kept: How many rows at the front both lists share, except for those in `changed`.
            changed: The rows among them that hold another record; only these are computed anew. With any of them the
                match ranks are dropped.
        """
        index = NameIndex(len(connectors))
        for make, known in self._columns.items():
            column = known[:kept]
            for row in changed:
                if row < len(column):
                    column[row : row + 1] = make(connectors[row : row + 1])
            index._columns[make] = column
        if not changed:
            index._match_ranks = {text: known[:kept] for text, known in self._match_ranks.items()}
        return index

    # --- columns ---------------------------------------------------------------------------------------------

    def column(self, make: Make[T], connectors: Sequence[Connector]) -> Sequence[T]:
        """The column that `make` returns for the connectors."""
        for _ in self.column_steps(make, connectors):
            pass
        return cast("list[T]", self._columns[make])

    def column_steps(self, make: Make[T], connectors: Sequence[Connector]) -> Iterator[None]:
        """Compute that column and pause after each slice; a known column has no steps."""
        column = self._columns.setdefault(make, [])
        while len(column) < len(connectors):
            column += make(connectors[len(column) : len(column) + SLICE])
            yield

    # --- match ranks -----------------------------------------------------------------------------------------

    def has_match_ranks(self, text: str, length: int) -> bool:
        """Whether the match ranks of the text are known for the first `length` rows."""
        return text in self._match_ranks and len(self._match_ranks[text]) >= length

    def match_ranks(self, text: str, names: Sequence[str], length: int) -> Sequence[int]:
        """For each row how the text stands in its name, see `match_rank`.

        Args:
            text: A folded text without a separator, or `DIGIT`.
            names: The marked names of at least the first `length` rows.
            length: Rows of the list that asks.
        """
        for _ in self.match_rank_steps(text, names, length):
            pass
        return self._match_ranks[text]

    def match_rank_steps(self, text: str, names: Sequence[str], length: int) -> Iterator[None]:
        """Compute `match_ranks` and pause after every few slices."""
        known = self._match_ranks.setdefault(text, bytearray())
        while len(known) < length:
            start, end = len(known), min(len(known) + 4 * SLICE, length)
            if text == DIGIT:
                known += bytes(map(bool, map(_find_digit, names[start:end])))
            elif self.has_match_ranks(text[:-1], length):
                known += _match_rank_among(text, names[start:end], self._match_ranks[text[:-1]][start:end])
            else:
                known += match_rank(text, names[start:end])
            yield

    def continuation_steps(self, prefix: str, names: Sequence[str], length: int) -> Iterator[None]:
        """Compute the match ranks of what may be typed after `prefix`, with pauses, and forget all that cannot.

        A text takes a byte per row, so only the letters that follow the prefix most often at the start of a word are
        prepared, the most frequent first.

        Args:
            prefix: The filter typed so far, folded and without a separator.
            names: The marked names of at least the first `length` rows.
            length: Rows of the list that asks.
        """
        for text in [text for text in self._match_ranks if not prefix.startswith(text[:-1])]:
            del self._match_ranks[text]
        yield from self.match_rank_steps(prefix, names, length)
        sample = "".join(names[: length : length // _SAMPLE + 1])
        following = Counter(re.findall(rf" {re.escape(prefix)}(\w)", sample))
        for letter, _ in following.most_common(_CONTINUATIONS):
            yield from self.match_rank_steps(prefix + letter, names, length)

    def mask_of(self, required: RequiredLetters, length: int) -> bytes:
        """For each of the first `length` rows 0 if its name lacks required letters, else 1.

        Letters without known match ranks are ignored: to compute them would take longer than the mask can save.
        """
        mask = 0
        for letters in required:
            holds_all = int.from_bytes(b"\1" * length)
            for letter in letters:
                if self.has_match_ranks(letter, length):
                    known = self._match_ranks[letter][:length]
                    holds_all &= int.from_bytes(bytes(known).translate(_PRESENT))
            mask |= holds_all
        return mask.to_bytes(length)

    # --- rows ------------------------------------------------------------------------------------------------

    def numbers(self, rows: Sequence[int], length: int) -> Sequence[int]:
        """The same rows; those of a range as the same `int` objects each time, so that no key creates new ones."""
        if not isinstance(rows, range):
            return rows
        self._numbers += range(len(self._numbers), length)
        return self._numbers[rows.start : rows.stop]

    def row_of(self, connector_id: str, connectors: Sequence[Connector]) -> int | None:
        """The row of the connector with that id, None if the connectors do not hold it."""
        rows = self._rows_by_id
        if len(rows) < len(connectors):
            known = len(rows)
            rows.update(zip(map(_id_of, connectors[known:]), range(known, len(connectors)), strict=True))
        row = rows.get(connector_id)
        return row if row is not None and row < len(connectors) else None

    def has_order(self, key: object, length: int) -> bool:
        """Whether the order called `key` is known for the first `length` rows."""
        return len(self._orders.get(key, range(0))) >= length

    def order(self, key: object, length: int, make: Callable[[Sequence[int]], Sequence[int]]) -> Sequence[int]:
        """The first `length` rows in an order that is kept.

        Args:
            key: The name of the order.
            length: Rows of the list that asks.
            make: Returns the order of all rows; it takes the order of fewer rows at the front, or of none.
        """
        order = self._orders.get(key, range(0))
        if len(order) > length:
            return [row for row in order if row < length]
        if len(order) < length:
            order = self._orders[key] = make(order)
        return order


def match_rank(text: str, names: Sequence[str]) -> bytes:
    """For each marked name how the text, which holds no separator, stands in it.

    Returns:
        A byte per name: 0 not at all, 1 inside a word, 2 at the start of a word, 3 at the start of the name, 4 as the
        whole name.
    """
    at_word, at_start = " " + text, MARK + text
    return bytes(
        [
            text in name and 1 + (at_word in name and 1 + (name.startswith(at_start) and 1 + (name == at_start)))
            for name in names
        ]
    )


def _match_rank_among(text: str, names: Sequence[str], candidates: bytearray) -> bytearray:
    """`match_rank` where only names whose candidate is not 0 can hold the text."""
    places = list(compress(range(len(names)), candidates))
    ranks = bytearray(len(names))
    for place, rank in zip(places, match_rank(text, [names[place] for place in places]), strict=True):
        ranks[place] = rank
    return ranks


def marked(text: str) -> str:
    """A folded text with spaces for its separators and `MARK` before it, so that each word follows a space."""
    return MARK + spaced(text)


def spaced(text: str) -> str:
    """A folded text with spaces for its separators."""
    return _SEPARATOR.sub(" ", text)


def has_separator(text: str) -> bool:
    """Whether the text cannot stand in a single word."""
    return _SEPARATOR.search(text) is not None


def is_word_character(text: str) -> bool:
    """Whether the text is one character that can stand in a word."""
    return len(text) == 1 and not has_separator(text)


def letters_of(text: str) -> RequiredLetters:
    """The letters of a folded text, as a requirement; only ASCII letters count."""
    return frozenset({frozenset(character for character in text if character.isascii() and character.isalpha())})
