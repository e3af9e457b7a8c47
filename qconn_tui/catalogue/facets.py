"""The two facets, the words for their states, and how many rows each choice would show.

A row is in one of nine cells, billable by webhooks, and a tally counts the rows of each cell. Every count is a sum
over the tally, so that all counts together cost one pass over the rows.
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
"""A state of a facet that can be ticked, e.g. `(Facet.BILLABLE, None)` for billable unknown."""
Tally: TypeAlias = tuple[int, ...]
"""The number of rows in each of the nine cells."""

STATE_WORDS: dict[bool | None, str] = {True: "yes", False: "no", None: "unknown"}
"""The words for the states of a facet."""
SHORT_STATE_WORDS = STATE_WORDS | {None: "?"}
"""The same for the cells of a table."""
STATES = tuple(STATE_WORDS)
"""The states of a facet, in the order in which they are shown."""

_CELLS = tuple(product(STATES, repeat=len(Facet)))
_CELL_NUMBERS = {cell: number for number, cell in enumerate(_CELLS)}

EMPTY_TALLY: Tally = (0,) * len(_CELLS)
"""The tally of no rows."""


def cell_number(connectors: Sequence[Connector]) -> list[int]:
    """A column: the number of each connector's cell."""
    return [_CELL_NUMBERS[connector.billable, connector.has_webhooks] for connector in connectors]


def tally(cells: bytes) -> Tally:
    """How often each cell number occurs in `cells`."""
    return tuple(cells.count(number) for number in range(len(_CELLS)))


def mask_table(chosen: Iterable[Choice]) -> bytes:
    """A table for `bytes.translate` that turns cell numbers into a mask: 1 for the cells that the choices admit.

    Choices of one facet are alternatives, and facets are combined by "and"; a facet without a choice admits all.
    """
    ticked = [{state for facet, state in chosen if facet is wanted} or set(STATES) for wanted in Facet]
    cells = bytes(all(state in states for state, states in zip(cell, ticked, strict=True)) for cell in _CELLS)
    return cells.ljust(256, b"\0")


def count(rows: Tally, chosen: frozenset[Choice]) -> Mapping[Choice, int]:
    """For each choice, how many rows it would show.

    Args:
        rows: The tally of the rows that match the query.
        chosen: The ticked choices; those of the other facet narrow the count.
    """
    counts: dict[Choice, int] = {}
    for facet in Facet:
        others = frozenset(choice for choice in chosen if choice[0] is not facet)
        for state in STATES:
            mask = mask_table(others | {(facet, state)})
            counts[facet, state] = sum(number for cell, number in enumerate(rows) if mask[cell])
    return counts
