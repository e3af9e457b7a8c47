"""The two facets, and how many rows each of their choices would show.

A row is in one of nine cells, billable by webhooks; a tally counts the rows of each cell. Every count is
a sum over the tally, so that all of them together cost one pass over the rows.
"""

from __future__ import annotations

import enum
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qconn_tui.connector import Connector


class Facet(enum.Enum):
    """A property with three states that rows can be narrowed by; the value is its word in a query."""

    BILLABLE = "billable"
    WEBHOOKS = "webhooks"

    def of(self, connector: Connector) -> bool | None:
        """The connector's state; None is unknown."""
        return connector.billable if self is Facet.BILLABLE else connector.has_webhooks


Choice: TypeAlias = tuple[Facet, bool | None]
"""One box that can be ticked, e.g. `(Facet.BILLABLE, None)` for billable unknown."""
Tally: TypeAlias = tuple[int, ...]
"""The number of rows in each of the nine cells."""

STATE_WORDS: dict[bool | None, str] = {True: "yes", False: "no", None: "unknown"}
"""The words for the states of a facet."""
STATES = tuple(STATE_WORDS)
"""Those states, in the order in which they are shown."""

_CELLS = tuple(product(STATES, STATES))
_CELL_NUMBERS = {cell: number for number, cell in enumerate(_CELLS)}

EMPTY_TALLY: Tally = (0,) * len(_CELLS)
"""The tally of no rows."""


def cell_number(connectors: Sequence[Connector]) -> list[int]:
    """A column: the number of the cell that the connector is in."""
    return [_CELL_NUMBERS[connector.billable, connector.has_webhooks] for connector in connectors]


def tally(cells: bytes) -> Tally:
    """How often each cell number occurs in `cells`."""
    return tuple(cells.count(number) for number in range(len(_CELLS)))


def admitted(chosen: Iterable[Choice]) -> bytes:
    """A table for `bytes.translate`: 1 for the cells that `chosen` lets through, else 0.

    Choices of one facet are alternatives, facets are combined by "and"; one without a choice admits all.
    """
    ticked = [{state for facet, state in chosen if facet is wanted} or set(STATES) for wanted in Facet]
    cells = bytes(billable in ticked[0] and webhooks in ticked[1] for billable, webhooks in _CELLS)
    return cells.ljust(256, b"\0")


def count(rows: Tally, chosen: frozenset[Choice]) -> Mapping[Choice, int]:
    """For each choice, how many of the rows it would show next to what the other facet lets through."""
    counts: dict[Choice, int] = {}
    for facet in Facet:
        others = frozenset(choice for choice in chosen if choice[0] is not facet)
        for state in STATES:
            admits = admitted(others | {(facet, state)})
            counts[facet, state] = sum(number for cell, number in enumerate(rows) if admits[cell])
    return counts
