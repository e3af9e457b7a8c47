"""The view: which connectors are shown, in which order, and how many each choice of a facet would show.

A view is a value. Every change gives a new one and costs only what it changes: a longer query searches the
rows of the shorter one, a new page is searched alone and put in its place, a ticked facet searches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain, compress
from typing import TYPE_CHECKING

from qconn_tui.catalogue import facets, sorting
from qconn_tui.catalogue.columns import Columns
from qconn_tui.catalogue.coverage import Coverage
from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.query import EVERYTHING, Query
from qconn_tui.catalogue.sorting import Sort, SortKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qconn_tui.catalogue.facets import Choice, Tally
    from qconn_tui.catalogue.sorting import Place
    from qconn_tui.connector import Connector

# Whoever changes a view needs the words to say how.
__all__ = ["Facet", "Sort", "SortKey", "View"]

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
    tally: Tally = field(default=facets.EMPTY_TALLY, repr=False)
    """How many of `matches` are in each cell of the facets."""

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

    def with_query(self, query: Query) -> View:
        """The view with another filter."""
        if query == self.query:
            return self
        candidates = self.matches if query.implies(self.query) else self.order
        return _filtered(replace(self, query=query), candidates)

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
        return _filtered(replace(self, sort=sorts, order=order), order)

    def with_coverage(self, coverage: Coverage) -> View:
        """The view with another coverage of the same rows."""
        return self if coverage == self.coverage else replace(self, coverage=coverage)

    def with_connectors(self, connectors: tuple[Connector, ...], unchanged: int = 0) -> View:
        """The view of another list, the first `unchanged` records of which are those of this one's."""
        before = len(self.connectors)
        if unchanged == before == len(connectors):
            return self
        view = replace(self, columns=self.columns.replaced(connectors, unchanged))
        if unchanged == before:
            return _joined(view, range(before, len(connectors)))
        order = sorting.order(view.columns, view.sort)
        return _filtered(replace(view, order=order), order)


def _filtered(view: View, candidates: Sequence[int]) -> View:
    """The view whose query is yet to be applied; `candidates` are in order and hold all that it admits."""
    matches = view.query.select(candidates, view.columns)
    return _narrowed(replace(view, matches=matches, tally=facets.tally(_cells(view, matches))))


def _narrowed(view: View) -> View:
    """The view whose facets are yet to be applied."""
    return replace(view, rows=_shown(view, view.matches), counts=facets.count(view.tally, view.chosen))


def _joined(view: View, arrived: range) -> View:
    """The view whose last connectors, `arrived`, are yet to be put in their places."""
    added = sorting.order(view.columns, view.sort, arrived)
    matches = view.query.select(added, view.columns)
    tally = tuple(map(sum, zip(view.tally, facets.tally(_cells(view, matches)), strict=True)))
    place = sorting.place(view.columns, view.sort) if view.sort else None
    order = sorting.merged(view.order, added, place)
    return replace(
        view,
        order=order,
        matches=order if view.query.is_empty else sorting.merged(view.matches, matches, place),
        tally=tally,
        rows=sorting.merged(view.rows, _shown(view, matches), place or _place_by_rank(view)),
        counts=facets.count(tally, view.chosen),
    )


def _shown(view: View, matches: Sequence[int]) -> Sequence[int]:
    """Those of `matches` that the facets let through, in the order in which they are shown."""
    rows = matches
    if view.chosen:
        rows = list(compress(rows, _cells(view, rows).translate(facets.admitted(view.chosen))))
    if view.sort or not view.query.words:
        return rows
    ranked: tuple[list[int], ...] = ([], [], [], [])
    for row, rank in zip(rows, view.query.ranks(rows, view.columns), strict=True):
        ranked[rank].append(row)
    return list(chain.from_iterable(ranked))


def _place_by_rank(view: View) -> Place | None:
    if not view.query.words:
        return None
    return lambda row: (view.query.ranks((row,), view.columns)[0], row)


def _cells(view: View, rows: Sequence[int]) -> bytes:
    """The facets' cell of each row."""
    return bytes(map(view.columns.of(facets.cell_number).__getitem__, rows))
