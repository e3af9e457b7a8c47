"""A parsed filter: which rows it selects, how well each matches, and what it highlights."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Final

from qconn_tui.catalogue.columns import Columns, folded_name, marked_name, picked
from qconn_tui.catalogue.name_index import MARK, NO_LETTERS, has_separator, spaced
from qconn_tui.catalogue.query.terms import Fuzzy, Not, Regex, Word
from qconn_tui.connector import Connector
from qconn_tui.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qconn_tui.catalogue.folding import Span
    from qconn_tui.catalogue.query.terms import Term

_RANKS = bytes([4, 3, 2, 1, 0]).ljust(256, b"\0")
"""A table for `bytes.translate` that turns the match ranks of a name into ranks of a query, 0 the best."""
_ONLY = tuple(bytes(other == rank for other in range(256)) for rank in range(4))
"""For each rank a table for `bytes.translate` that turns ranks into its mask."""
_LONGEST_PREFIX = 2
"""Letters after which the next one leaves so few rows that nothing needs to be prepared for it."""
_CHUNK, _COSTLY_CHUNK = 512, 32
"""Names between two looks at the clock while a regular expression runs: at worst about a second."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; queries with equal terms are equal."""

    terms: tuple[Term, ...] = ()
    """The conditions, combined by "and"."""

    @property
    def is_empty(self) -> bool:
        """Whether it admits every connector."""
        return not self.terms

    @property
    def words(self) -> tuple[str, ...]:
        """The folded words that the name must hold; they decide the rank."""
        return tuple(term.text for term in self.terms if isinstance(term, Word) and term.column is folded_name)

    @property
    def _single_word(self) -> str:
        """The word that is the whole query; empty if the query has other terms or none."""
        return self.words[0] if len(self.terms) == len(self.words) == 1 else ""

    @property
    def beginning(self) -> str:
        """The short word that is the whole query, to which letters may be added; empty for any other query."""
        word = self._single_word
        return word if len(word) <= _LONGEST_PREFIX and not has_separator(word) else ""

    def is_indexed(self, columns: Columns) -> bool:
        """Whether the index answers it for all rows without a search."""
        return columns.is_indexed(self._single_word)

    def matches(self, connector: Connector) -> bool:
        """Whether it admits the connector."""
        return bool(self.select(range(1), Columns((connector,))))

    def select(self, rows: Sequence[int], columns: Columns, time_limit: float = math.inf) -> Sequence[int]:
        """Those of `rows` that it admits, in the same order; an empty query returns `rows` itself.

        Args:
            rows: The rows to search.
            columns: The connectors.
            time_limit: Seconds that regular expressions may take; all other terms are fast.

        Raises:
            QueryError: If regular expressions take longer.
        """
        expressions = [term for term in self.terms if isinstance(_without_not(term), Regex)]
        for term in self.terms:
            if isinstance(term, Regex | Fuzzy) and term.required != NO_LETTERS:
                rows = list(compress(columns.numbers(rows), picked(columns.mask_of(term.required), rows)))
        for term in self.terms:
            if term not in expressions:
                rows = _admitted(term, rows, columns)
        return _within(time_limit, expressions, rows, columns) if expressions else rows

    def implies(self, other: Query) -> bool:
        """Whether `other` certainly admits everything that this query admits: `goog` implies `goo`."""
        return all(any(term.implies(wanted) for term in self.terms) for wanted in other.terms)

    def rank(self, name: str) -> int:
        """How well a name matches: 0 exactly, 1 at its start, 2 at the start of a word, 3 elsewhere.

        Of several words the first one decides, unless together they are the whole name.
        """
        ranked = self.ranked(range(1), Columns((Connector("", name),)))
        return next(rank for rank, rows in enumerate(ranked) if rows)

    def ranked(self, rows: Sequence[int], columns: Columns) -> tuple[Sequence[int], ...]:
        """The rows of each rank, from 0 to 3, each in the same order as before."""
        if not self.words:
            return rows, (), (), ()
        if len(self.words) == 1 and columns.is_indexed(self.words[0]):
            ranks = bytes(picked(columns.match_ranks(self.words[0]), rows)).translate(_RANKS)
            return tuple(list(compress(rows, ranks.translate(only))) for only in _ONLY)
        first = spaced(self.words[0])
        at_word, at_start, whole = " " + first, MARK + first, MARK + spaced(" ".join(self.words))
        names = picked(columns.of(marked_name), rows)
        ranks = bytes([3 - (at_word in name and 1 + (at_start in name and 1 + (name == whole))) for name in names])
        return tuple(list(compress(rows, ranks.translate(only))) for only in _ONLY)

    def highlights(self, name: str) -> tuple[Span, ...]:
        """The spans of `name` that the terms found, in characters of `name`, in order and not overlapping."""
        merged: list[Span] = []
        for start, end in sorted(span for term in self.terms for span in term.spans(name)):
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return tuple(merged)


EVERYTHING: Final = Query()
"""The query that admits every connector."""


def _admitted(term: Term, rows: Sequence[int], columns: Columns) -> list[int]:
    return list(compress(columns.numbers(rows), term.mask(rows, columns)))


def _within(time_limit: float, expressions: Sequence[Term], rows: Sequence[int], columns: Columns) -> Sequence[int]:
    """Those of `rows` that the regular expressions admit; a QueryError after `time_limit` seconds."""
    is_costly = any(isinstance(term, Regex) and term.pattern.is_costly for term in map(_without_not, expressions))
    chunk = _COSTLY_CHUNK if is_costly else _CHUNK
    deadline = time.monotonic() + time_limit
    found: list[int] = []
    for start in range(0, len(rows), chunk):
        admitted = rows[start : start + chunk]
        for term in expressions:
            admitted = _admitted(term, admitted, columns)
        found += admitted
        if time.monotonic() > deadline:
            raise QueryError(
                f"The regular expression takes too long: {start:,} of {len(rows):,} names in {time_limit:g} s.",
                "Write it with fewer repeats (* + ?), or begin it with “^”.",
            )
    return found


def _without_not(term: Term) -> Term:
    return term.term if isinstance(term, Not) else term
