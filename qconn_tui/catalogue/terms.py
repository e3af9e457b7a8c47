"""The terms of a query: what one of them admits, what follows from it, and where it is found in a name.

A term works on whole columns, because a call per row would cost more than the search itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qconn_tui.catalogue.columns import Columns, folded_id, folded_name
from qconn_tui.catalogue.folding import fold_with_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qconn_tui.catalogue.facets import Facet
    from qconn_tui.catalogue.folding import Span
    from qconn_tui.connector import Connector


class Term(Protocol):
    """One condition; the terms of a query are combined by "and"."""

    def select(self, rows: Sequence[int], columns: Columns) -> Sequence[int]:
        """Those of `rows` that it admits, in the same order."""

    def implies(self, other: Term) -> bool:
        """Whether all that it admits is certainly admitted by `other` too."""

    def spans(self, name: str) -> Iterator[Span]:
        """The parts of `name` that it was looking for."""


@dataclass(frozen=True, slots=True)
class Word:
    """A folded text that occurs somewhere in a column."""

    text: str
    """What occurs, folded; never empty."""
    column: Callable[[Connector], str] = folded_name
    """Where it occurs."""
    or_id: bool = False
    """Whether it may occur in the id instead."""

    def select(self, rows: Sequence[int], columns: Columns) -> Sequence[int]:
        """The rows that hold the text."""
        text, texts = self.text, columns.of(self.column)
        if self.or_id:
            ids = columns.of(folded_id)
            return [row for row in rows if text in texts[row] or text in ids[row]]
        return [row for row in rows if text in texts[row]]

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

    def select(self, rows: Sequence[int], columns: Columns) -> Sequence[int]:
        """The rows whose facet is in the state."""
        states = columns.of(self.facet.of)
        return [row for row in rows if states[row] is self.state]

    def implies(self, other: Term) -> bool:
        """Whether `other` is the same."""
        return self == other

    def spans(self, name: str) -> Iterator[Span]:
        """Nothing."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression that matches somewhere in the name as it is shown, ignoring case."""

    pattern: re.Pattern[str]
    """The expression."""

    def select(self, rows: Sequence[int], columns: Columns) -> Sequence[int]:
        """The rows whose name matches."""
        search, connectors = self.pattern.search, columns.connectors
        return [row for row in rows if search(connectors[row].name)]

    def implies(self, other: Term) -> bool:
        """Whether `other` is the same."""
        return self == other

    def spans(self, name: str) -> Iterator[Span]:
        """Each match that is not empty."""
        for match in self.pattern.finditer(name):
            if match[0]:
                yield match.span()


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Characters that occur in the name in this order, with anything between them."""

    text: str
    """The characters, folded; never empty."""

    def select(self, rows: Sequence[int], columns: Columns) -> Sequence[int]:
        """The rows whose name has the characters in order."""
        # The possessive `*+` never tries again, so the time grows with the length of the name alone.
        match = re.compile("".join(f"[^{re.escape(c)}]*+{re.escape(c)}" for c in self.text)).match
        names = columns.of(folded_name)
        return [row for row in rows if match(names[row])]

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

    def select(self, rows: Sequence[int], columns: Columns) -> Sequence[int]:
        """The rows that the other term leaves out."""
        admitted = set(self.term.select(rows, columns))
        return [row for row in rows if row not in admitted]

    def implies(self, other: Term) -> bool:
        """Whether the other term admits at least what `other` leaves out."""
        return isinstance(other, Not) and other.term.implies(self.term)

    def spans(self, name: str) -> Iterator[Span]:
        """Nothing."""
        yield from ()
