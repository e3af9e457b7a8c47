"""The terms of a query: predicates over rows, what one implies, and the spans that it finds in a name.

A term evaluates many rows at once, because a call per row would cost more than the search itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import repeat
from operator import not_, or_
from typing import TYPE_CHECKING, Protocol

from qconn_tui.catalogue.columns import Columns, folded_id, folded_name, lowered_name, picked, shown_name
from qconn_tui.catalogue.facets import cell_number, mask_table
from qconn_tui.catalogue.folding import fold_with_spans
from qconn_tui.catalogue.name_index import letters_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qconn_tui.catalogue.facets import Facet
    from qconn_tui.catalogue.folding import Span
    from qconn_tui.catalogue.name_index import Make, RequiredLetters
    from qconn_tui.catalogue.query.safe_regex import Pattern

LONGEST_COSTLY = 128
"""Characters of a name that are searched for an expression with two or three quantifiers."""


class Term(Protocol):
    """One condition; the terms of a query are combined by "and"."""

    def mask(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """For each of `rows` an object that is true if the term admits the row."""

    def implies(self, other: Term) -> bool:
        """Whether `other` certainly admits every row that this term admits."""

    def spans(self, name: str) -> Iterator[Span]:
        """The parts of `name` to highlight."""


@dataclass(frozen=True, slots=True)
class Word:
    """A folded text that occurs somewhere in a column."""

    text: str
    """The text, folded; never empty."""
    column: Make[str] = folded_name
    """The column that is searched."""
    or_id: bool = False
    """Whether the ids are searched too."""

    def mask(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """True for rows that hold the text."""
        text = self.text
        if self.column is folded_name and columns.is_indexed(text):
            return picked(columns.match_ranks(text), rows)
        found = [text in value for value in picked(columns.of(self.column), rows)]
        if self.or_id:
            return map(or_, found, [text in value for value in picked(columns.of(folded_id), rows)])
        return found

    def implies(self, other: Term) -> bool:
        """Whether `other` searches for a part of the text, in at least the same columns."""
        return (
            isinstance(other, Word)
            and self.column is other.column
            and self.or_id <= other.or_id
            and other.text in self.text
        )

    def spans(self, name: str) -> Iterator[Span]:
        """Each occurrence in `name`."""
        if self.column is folded_name:
            folded, spans = fold_with_spans(name)
            start = folded.find(self.text)
            while start >= 0:
                end = start + len(self.text)
                yield spans[start][0], spans[end - 1][1]
                start = folded.find(self.text, end)


@dataclass(frozen=True, slots=True)
class State:
    """A facet's state, e.g. `billable:yes`."""

    facet: Facet
    """The facet."""
    state: bool | None
    """The state that is admitted; None is unknown."""

    def mask(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """True for rows in the state."""
        return bytes(picked(columns.of(cell_number), rows)).translate(mask_table([(self.facet, self.state)]))

    def implies(self, other: Term) -> bool:
        """Whether `other` is the same term."""
        return self == other

    def spans(self, name: str) -> Iterator[Span]:
        """None: a state is not part of the name."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression that matches somewhere in the name as it is shown, ignoring case."""

    pattern: Pattern
    """The expression."""

    @property
    def required(self) -> RequiredLetters:
        """The letters without which it cannot match."""
        return self.pattern.required

    def mask(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """True for rows whose name matches."""
        if self.pattern.lowered is not None:
            search, names = self.pattern.lowered.search, picked(columns.of(lowered_name), rows)
        else:
            search, names = self.pattern.shown.search, picked(columns.of(shown_name), rows)
        if self.pattern.is_costly:
            return map(search, names, repeat(0), repeat(LONGEST_COSTLY))
        return map(search, names)

    def implies(self, other: Term) -> bool:
        """Whether `other` is the same term."""
        return self == other

    def spans(self, name: str) -> Iterator[Span]:
        """Each match, without the empty ones."""
        end = LONGEST_COSTLY if self.pattern.is_costly else len(name)
        for match in self.pattern.shown.finditer(name, 0, end):
            if match[0]:
                yield match.span()


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Characters that occur in the name in this order, with any others between them."""

    text: str
    """The characters, folded; never empty."""

    @property
    def required(self) -> RequiredLetters:
        """The letters without which it cannot match."""
        return letters_of(self.text)

    def mask(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """True for rows whose name holds the characters in order."""
        # The possessive `*+` never backtracks, so the time is linear in the length of the name.
        match = re.compile("".join(f"[^{re.escape(c)}]*+{re.escape(c)}" for c in self.text)).match
        return map(match, picked(columns.of(folded_name), rows))

    def implies(self, other: Term) -> bool:
        """Whether `other` searches for a prefix of the characters."""
        return isinstance(other, Fuzzy) and self.text.startswith(other.text)

    def spans(self, name: str) -> Iterator[Span]:
        """Each character at its first possible place."""
        folded, spans = fold_with_spans(name)
        place = -1
        for character in self.text:
            place = folded.find(character, place + 1)
            if place < 0:
                return
            yield spans[place]


@dataclass(frozen=True, slots=True)
class Not:
    """The negation of a term."""

    term: Term
    """The negated term."""

    def mask(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """True for rows that the negated term does not admit."""
        return map(not_, self.term.mask(rows, columns))

    def implies(self, other: Term) -> bool:
        """Whether `other` negates a term that implies the negated one."""
        return isinstance(other, Not) and other.term.implies(self.term)

    def spans(self, name: str) -> Iterator[Span]:
        """None: the name does not hold what is excluded."""
        yield from ()
