"""The terms of a query: what one of them admits, what follows from it, and where it is found in a name.

A term tells of many rows at once, because a call per row would cost more than the search itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import repeat
from operator import not_, or_
from typing import TYPE_CHECKING, Protocol

from qconn_tui.catalogue.columns import (
    Columns,
    Make,
    Needs,
    folded_id,
    folded_name,
    letters_of,
    lowered_name,
    picked,
    shown_name,
)
from qconn_tui.catalogue.facets import admitted, cell_number
from qconn_tui.catalogue.folding import fold_with_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qconn_tui.catalogue.facets import Facet
    from qconn_tui.catalogue.folding import Span
    from qconn_tui.catalogue.query.safe_regex import Pattern

LONGEST_COSTLY = 128
"""Characters of a name in which an expression with two or three repeats is looked for."""


class Term(Protocol):
    """One condition; the terms of a query are combined by "and"."""

    def admits(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """For each of `rows` something that is true if it admits the row."""

    def implies(self, other: Term) -> bool:
        """Whether all that it admits is certainly admitted by `other` too."""

    def spans(self, name: str) -> Iterator[Span]:
        """The parts of `name` that it was looking for."""


@dataclass(frozen=True, slots=True)
class Word:
    """A folded text that occurs somewhere in a column."""

    text: str
    """What occurs, folded; never empty."""
    column: Make[str] = folded_name
    """Where it occurs."""
    or_id: bool = False
    """Whether it may occur in the id instead."""

    def admits(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """Whether each row holds the text."""
        text = self.text
        if self.column is folded_name and columns.is_indexed(text):
            return picked(columns.match_ranks(text), rows)
        found = [text in value for value in picked(columns.of(self.column), rows)]
        if self.or_id:
            return map(or_, found, [text in value for value in picked(columns.of(folded_id), rows)])
        return found

    def implies(self, other: Term) -> bool:
        """Whether `other` looks for a part of the text, in the same places at least."""
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
    """The state it is in; None is unknown."""

    def admits(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """Whether each row's facet is in the state."""
        return bytes(picked(columns.of(cell_number), rows)).translate(admitted([(self.facet, self.state)]))

    def implies(self, other: Term) -> bool:
        """Whether `other` is the same."""
        return self == other

    def spans(self, name: str) -> Iterator[Span]:
        """Nothing."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression that matches somewhere in the name as it is shown, ignoring case."""

    pattern: Pattern
    """The expression."""

    @property
    def needs(self) -> Needs:
        """The letters without which it finds nothing."""
        return self.pattern.needs

    def admits(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """Whether each row's name matches."""
        if self.pattern.lowered is not None:
            search, names = self.pattern.lowered.search, picked(columns.of(lowered_name), rows)
        else:
            search, names = self.pattern.shown.search, picked(columns.of(shown_name), rows)
        if self.pattern.is_costly:
            return map(search, names, repeat(0), repeat(LONGEST_COSTLY))
        return map(search, names)

    def implies(self, other: Term) -> bool:
        """Whether `other` is the same."""
        return self == other

    def spans(self, name: str) -> Iterator[Span]:
        """Each match that is not empty."""
        end = LONGEST_COSTLY if self.pattern.is_costly else len(name)
        for match in self.pattern.shown.finditer(name, 0, end):
            if match[0]:
                yield match.span()


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Characters that occur in the name in this order, with anything between them."""

    text: str
    """The characters, folded; never empty."""

    @property
    def needs(self) -> Needs:
        """The letters without which it finds nothing."""
        return letters_of(self.text)

    def admits(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """Whether each row's name has the characters in order."""
        # The possessive `*+` never tries again, so the time grows with the length of the name alone.
        match = re.compile("".join(f"[^{re.escape(c)}]*+{re.escape(c)}" for c in self.text)).match
        return map(match, picked(columns.of(folded_name), rows))

    def implies(self, other: Term) -> bool:
        """Whether `other` looks for the beginning of the characters."""
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
    """What another term does not admit."""

    term: Term
    """The other one."""

    def admits(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        """Whether the other term leaves each row out."""
        return map(not_, self.term.admits(rows, columns))

    def implies(self, other: Term) -> bool:
        """Whether the other term admits at least what `other` leaves out."""
        return isinstance(other, Not) and other.term.implies(self.term)

    def spans(self, name: str) -> Iterator[Span]:
        """Nothing."""
        yield from ()
