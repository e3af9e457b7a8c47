"""The view: which connectors are shown, in which order, and how many each choice of a facet would show.

A view is an immutable value. Every change returns a new view and costs only what it changes: a longer query searches
the rows of the shorter one, a new page is searched alone and merged, and a ticked facet searches nothing.
"""

from __future__ import annotations

import math
import string
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, compress
from typing import TYPE_CHECKING

from qconn_tui.catalogue import facets, sorting
from qconn_tui.catalogue.columns import Columns, folded_name, marked_name, picked
from qconn_tui.catalogue.coverage import Coverage
from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.name_index import DIGIT
from qconn_tui.catalogue.query.query import EVERYTHING, Query
from qconn_tui.catalogue.sorting import Sort, SortKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qconn_tui.catalogue.facets import Choice, Tally
    from qconn_tui.connector import Connector

# Code that changes a view needs these names too.
__all__ = ["Facet", "Sort", "SortKey", "View"]

_LETTERS = string.ascii_lowercase
"""Letters that a filter usually begins with; the match ranks of each take a byte per row."""
_NO_COUNTS = facets.count(facets.EMPTY_TALLY, frozenset())


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What the screen and `ls` show; start from `View()`. Views compare by identity.

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
    """How much of the tenant's list is loaded."""
    rows: Sequence[int] = range(0)
    """The indices into `connectors` of the shown rows, in order."""
    counts: Mapping[Choice, int] = field(default_factory=lambda: _NO_COUNTS)
    """For each choice, how many rows it would show, given the query and the other facet."""
    columns: Columns = field(default_factory=Columns, repr=False)
    """The connectors, prepared for searching and sorting."""
    order: Sequence[int] = field(default=range(0), repr=False)
    """The indices of all connectors, in the order of arrival or of `sort`."""
    matches: Sequence[int] = field(default=range(0), repr=False)
    """Those of `order` that the query admits, before the facets narrow them."""
    ranked: Sequence[int] = field(default=range(0), repr=False)
    """The matches in the order in which they are shown: without a sort the best rank comes first."""
    rank_sizes: tuple[int, ...] = field(default=(0, 0, 0, 0), repr=False)
    """How many rows of `ranked` have each rank."""
    cells: bytes = field(default=b"", repr=False)
    """The facet cell of each row of `ranked`."""
    tally: Tally = field(default=facets.EMPTY_TALLY, repr=False)
    """How many rows of `ranked` are in each facet cell."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def connectors(self) -> tuple[Connector, ...]:
        """All loaded connectors, in the order of arrival."""
        return self.columns.connectors

    def connector(self, row: int) -> Connector:
        """The connector in a row, counted from 0; an IndexError if there is no such row."""
        return self.columns.connectors[self.rows[row]]

    def position(self, connector_id: str) -> int | None:
        """The row of the connector with that id, or None if it is not shown."""
        index = self.columns.row_of(connector_id)
        if index is None:
            return None
        try:
            return self.rows.index(index)
        except ValueError:
            return None

    def with_query(self, query: Query, time_limit: float = math.inf) -> View:
        """The view with another filter.

        Args:
            query: The filter.
            time_limit: Seconds that its regular expressions may take.

        Raises:
            QueryError: If they take longer.
        """
        if query == self.query:
            return self
        narrows = query.implies(self.query) and not query.is_indexed(self.columns)
        candidates = self.matches if narrows else self.order
        return _with_matches(replace(self, query=query, matches=query.select(candidates, self.columns, time_limit)))

    def toggled(self, facet: Facet, state: bool | None) -> View:
        """The view with a choice ticked, or unticked if it was ticked."""
        return self.with_chosen(self.chosen ^ {(facet, state)})

    def with_chosen(self, chosen: frozenset[Choice]) -> View:
        """The view with exactly these choices ticked."""
        return self if chosen == self.chosen else _with_facets(replace(self, chosen=chosen))

    def sorted_by(self, *sorts: Sort) -> View:
        """The view sorted by these columns; without any, in the order of arrival with the best matches first."""
        if sorts == self.sort:
            return self
        order = sorting.order(self.columns, sorts)
        matches = order
        if len(self.matches) < len(order):
            is_match = bytearray(len(order))
            for row in self.matches:
                is_match[row] = 1
            matches = list(compress(order, picked(is_match, order)))
        return _with_matches(replace(self, sort=sorts, order=order, matches=matches))

    def with_coverage(self, coverage: Coverage) -> View:
        """The view of the same rows with another coverage."""
        return self if coverage == self.coverage else replace(self, coverage=coverage)

    def with_connectors(self, connectors: tuple[Connector, ...], unchanged: int = 0) -> View:
        """The view of another list, with the same filter, facets and sort.

        Args:
            connectors: The other list.
            unchanged: How many records at its front are those of this view.
        """
        before = len(self.connectors)
        if unchanged == before == len(connectors):
            return self
        columns = self.columns.replaced(connectors, unchanged)
        if columns is self.columns:
            return self
        view = replace(self, columns=columns)
        if unchanged == before:
            return _with_appended(view, range(before, len(connectors)))
        order = sorting.order(view.columns, view.sort)
        return _with_matches(replace(view, order=order, matches=view.query.select(order, view.columns)))

    def preparations(self) -> Iterator[None]:
        """Compute in advance what filters and sorts need, with a pause after each step of a few milliseconds.

        While a short filter is being typed, this includes what the next letter will need.
        """
        for make in (folded_name, marked_name, facets.cell_number):
            yield from self.columns.steps(make)
        yield from sorting.prepare(self.columns)
        for letter in (*_LETTERS, DIGIT):
            yield from self.columns.match_rank_steps(letter)
        if self.query.beginning:
            yield from self.columns.continuation_steps(self.query.beginning)


def _with_matches(view: View) -> View:
    """The view after a change of `matches`: ranks them and counts the facets."""
    by_rank = _by_rank(view, view.matches)
    ranked = _chained(by_rank)
    cells = _cells(view, ranked)
    sizes = tuple(map(len, by_rank))
    return _with_facets(replace(view, ranked=ranked, rank_sizes=sizes, cells=cells, tally=facets.tally(cells)))


def _with_facets(view: View) -> View:
    """The view after a change of `ranked` or `chosen`: applies the facets."""
    rows = view.ranked
    if view.chosen:
        rows = list(compress(rows, view.cells.translate(facets.mask_table(view.chosen))))
    return replace(view, rows=rows, counts=facets.count(view.tally, view.chosen))


def _with_appended(view: View, arrived: range) -> View:
    """The view after connectors were appended to `columns`, in the rows `arrived`: merges and filters them."""
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
    is_appended = not view.sort or [*matches[len(view.matches) :]] == [*found]
    view = replace(view, order=order, matches=matches)
    if not found:
        return view
    return _with_new_matches(view, found) if is_appended else _with_matches(view)


def _with_new_matches(view: View, found: Sequence[int]) -> View:
    """The view after `found` was appended to `matches`: puts each behind the others of its rank and counts them."""
    by_rank = _by_rank(view, found)
    if len(by_rank[0]) == len(found) and view.rank_sizes[0] == len(view.ranked):
        ranked, cells = view.matches, view.cells + _cells(view, found)
    else:
        ends = accumulate(view.rank_sizes)
        places = [slice(end - length, end) for end, length in zip(ends, view.rank_sizes, strict=True)]
        ranked = [*chain.from_iterable((*view.ranked[at], *new) for at, new in zip(places, by_rank, strict=True))]
        cells = b"".join(view.cells[at] + _cells(view, new) for at, new in zip(places, by_rank, strict=True))
    sizes = tuple(length + len(new) for length, new in zip(view.rank_sizes, by_rank, strict=True))
    tally = tuple(map(sum, zip(view.tally, facets.tally(_cells(view, found)), strict=True)))
    return _with_facets(replace(view, ranked=ranked, rank_sizes=sizes, cells=cells, tally=tally))


def _by_rank(view: View, rows: Sequence[int]) -> tuple[Sequence[int], ...]:
    """The rows of each rank; in a sorted view all have the same one."""
    return (rows, (), (), ()) if view.sort else view.query.ranked(rows, view.columns)


def _chained(by_rank: Sequence[Sequence[int]]) -> Sequence[int]:
    first, *others = by_rank
    return [*chain(first, *others)] if any(others) else first


def _cells(view: View, rows: Sequence[int]) -> bytes:
    """The facet cell of each row."""
    return bytes(picked(view.columns.of(facets.cell_number), rows))
