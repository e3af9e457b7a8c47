"""The view: which connectors are shown, in which order, and how many each choice of a facet would show.

A view is a value. Every change gives a new one and costs only what it changes: a longer query searches the
rows of the shorter one, a new page is searched alone and put in its place, a ticked facet searches nothing.
"""

from __future__ import annotations

import math
import string
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, compress
from typing import TYPE_CHECKING

from qconn_tui.catalogue import facets, sorting
from qconn_tui.catalogue.columns import DIGIT, Columns, folded_name, marked_name, picked
from qconn_tui.catalogue.coverage import Coverage
from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.query.query import EVERYTHING, Query
from qconn_tui.catalogue.sorting import Sort, SortKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qconn_tui.catalogue.facets import Choice, Tally
    from qconn_tui.connector import Connector

# Whoever changes a view needs the words to say how.
__all__ = ["Facet", "Sort", "SortKey", "View"]

_LETTERS = string.ascii_lowercase
"""What a filter usually begins with; all rows are searched for it. Each takes a byte for every row."""
_NO_COUNTS = facets.count(facets.EMPTY_TALLY, frozenset())


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What the screen and `ls` show; begin with `View()`. Two views are equal only if they are one object.

    Rows keep the order of arrival, or that of `sort`. Without a sort the best matches of a query come first:
    the name itself, then names that begin with it, then matches at the start of a word, then the rest.
    """

    query: Query = EVERYTHING
    """The filter."""
    chosen: frozenset[Choice] = frozenset()
    """The ticked choices: alternatives within a facet, combined by "and" across facets."""
    sort: tuple[Sort, ...] = ()
    """The columns to sort by, the most important first."""
    coverage: Coverage = field(default_factory=Coverage)
    """How much of the tenant's list the connectors are."""
    rows: Sequence[int] = range(0)
    """The indices into `connectors` of what is shown, in order."""
    counts: Mapping[Choice, int] = field(default_factory=lambda: _NO_COUNTS)
    """For each choice, how many rows it would show next to the query and the other facet."""
    columns: Columns = field(default_factory=Columns, repr=False)
    """The connectors, prepared for searching and sorting."""
    order: Sequence[int] = field(default=range(0), repr=False)
    """The indices of all connectors, in the order of arrival or of `sort`."""
    matches: Sequence[int] = field(default=range(0), repr=False)
    """Those of `order` that the query admits, whatever the facets say."""
    ranked: Sequence[int] = field(default=range(0), repr=False)
    """The same in the order in which they are shown: without a sort the best matches come first."""
    bands: tuple[int, ...] = field(default=(0, 0, 0, 0), repr=False)
    """How many of `ranked` are of each rank."""
    cells: bytes = field(default=b"", repr=False)
    """The facets' cell of each of `ranked`."""
    tally: Tally = field(default=facets.EMPTY_TALLY, repr=False)
    """How many of them are in each cell of the facets."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def connectors(self) -> tuple[Connector, ...]:
        """All that is loaded, in the order of arrival."""
        return self.columns.connectors

    def connector(self, row: int) -> Connector:
        """The connector in that row, counted from 0; an IndexError if there is no such row."""
        return self.columns.connectors[self.rows[row]]

    def position(self, connector_id: str) -> int | None:
        """The row of the connector with that id, or None if it is not shown."""
        index = self.columns.index(connector_id)
        if index is None:
            return None
        try:
            return self.rows.index(index)
        except ValueError:
            return None

    def with_query(self, query: Query, time_limit: float = math.inf) -> View:
        """The view with another filter; a QueryError if its regular expression takes longer than so many seconds."""
        if query == self.query:
            return self
        narrows = query.implies(self.query) and not query.is_at_hand(self.columns)
        candidates = self.matches if narrows else self.order
        return _arranged(replace(self, query=query, matches=query.select(candidates, self.columns, time_limit)))

    def toggled(self, facet: Facet, state: bool | None) -> View:
        """The view with a choice ticked, or no longer."""
        return self.with_chosen(self.chosen ^ {(facet, state)})

    def with_chosen(self, chosen: frozenset[Choice]) -> View:
        """The view with these choices ticked, and no others."""
        return self if chosen == self.chosen else _narrowed(replace(self, chosen=chosen))

    def sorted_by(self, *sorts: Sort) -> View:
        """The view sorted by these columns; by none: in the order of arrival, the best matches first."""
        if sorts == self.sort:
            return self
        order = sorting.order(self.columns, sorts)
        matches = order
        if len(self.matches) < len(order):
            is_match = bytearray(len(order))
            for row in self.matches:
                is_match[row] = 1
            matches = list(compress(order, picked(is_match, order)))
        return _arranged(replace(self, sort=sorts, order=order, matches=matches))

    def with_coverage(self, coverage: Coverage) -> View:
        """The view with another coverage of the same rows."""
        return self if coverage == self.coverage else replace(self, coverage=coverage)

    def with_connectors(self, connectors: tuple[Connector, ...], unchanged: int = 0) -> View:
        """The view of another list, the first `unchanged` records of which are those of this one's."""
        before = len(self.connectors)
        if unchanged == before == len(connectors):
            return self
        columns = self.columns.replaced(connectors, unchanged)
        if columns is self.columns:
            return self
        view = replace(self, columns=columns)
        if unchanged == before:
            return _joined(view, range(before, len(connectors)))
        order = sorting.order(view.columns, view.sort)
        return _arranged(replace(view, order=order, matches=view.query.select(order, view.columns)))

    def preparations(self) -> Iterator[None]:
        """Work out beforehand what filters and sorts need, with a pause of a few milliseconds after each step.

        After the first letters of a filter that is what the next one will need.
        """
        for make in (folded_name, marked_name, facets.cell_number):
            yield from self.columns.steps(make)
        yield from sorting.prepare(self.columns)
        for letter in (*_LETTERS, DIGIT):
            yield from self.columns.match_rank_steps(letter)
        if self.query.beginning:
            yield from self.columns.further_steps(self.query.beginning)


def _arranged(view: View) -> View:
    """The view whose matches are yet to be put in the order in which they are shown, and counted."""
    by_rank = _by_rank(view, view.matches)
    ranked = _chained(by_rank)
    cells = _cells(view, ranked)
    bands = tuple(map(len, by_rank))
    return _narrowed(replace(view, ranked=ranked, bands=bands, cells=cells, tally=facets.tally(cells)))


def _narrowed(view: View) -> View:
    """The view whose facets are yet to be applied."""
    rows = view.ranked
    if view.chosen:
        rows = list(compress(rows, view.cells.translate(facets.admitted(view.chosen))))
    return replace(view, rows=rows, counts=facets.count(view.tally, view.chosen))


def _joined(view: View, arrived: range) -> View:
    """The view whose last connectors, `arrived`, are yet to be put in their places."""
    added = sorting.order(view.columns, view.sort, arrived)
    found = view.query.select(added, view.columns)
    order: Sequence[int] = range(arrived.stop)
    if view.sort:
        order = sorting.merged(view.columns, view.sort, view.order, added)
    if view.query.is_empty:
        matches = order
    elif view.sort:
        matches = sorting.merged(view.columns, view.sort, view.matches, found)
    else:
        matches = [*view.matches, *found] if found else view.matches
    is_behind = not view.sort or [*matches[len(view.matches) :]] == [*found]
    view = replace(view, order=order, matches=matches)
    if not found:
        return view
    return _with_found(view, found) if is_behind else _arranged(view)


def _with_found(view: View, found: Sequence[int]) -> View:
    """The view whose last matches, `found`, are yet to be put behind the others of their rank, and counted."""
    by_rank = _by_rank(view, found)
    if len(by_rank[0]) == len(found) and view.bands[0] == len(view.ranked):
        ranked, cells = view.matches, view.cells + _cells(view, found)
    else:
        ends = accumulate(view.bands)
        places = [slice(end - length, end) for end, length in zip(ends, view.bands, strict=True)]
        ranked = [*chain.from_iterable((*view.ranked[at], *new) for at, new in zip(places, by_rank, strict=True))]
        cells = b"".join(view.cells[at] + _cells(view, new) for at, new in zip(places, by_rank, strict=True))
    bands = tuple(length + len(new) for length, new in zip(view.bands, by_rank, strict=True))
    tally = tuple(map(sum, zip(view.tally, facets.tally(_cells(view, found)), strict=True)))
    return _narrowed(replace(view, ranked=ranked, bands=bands, cells=cells, tally=tally))


def _by_rank(view: View, rows: Sequence[int]) -> tuple[Sequence[int], ...]:
    """The rows of each rank; those of a sorted view are all of one."""
    return (rows, (), (), ()) if view.sort else view.query.ranked(rows, view.columns)


def _chained(by_rank: Sequence[Sequence[int]]) -> Sequence[int]:
    first, *others = by_rank
    return [*chain(first, *others)] if any(others) else first


def _cells(view: View, rows: Sequence[int]) -> bytes:
    """The facets' cell of each row."""
    return bytes(picked(view.columns.of(facets.cell_number), rows))
