"""The table's columns: what each shows of a connector, and how wide it is."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.catalogue.facets import SHORT_STATE_WORDS
from qconn_tui.catalogue.sorting import SortKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qconn_tui.connector import Connector

NARROWEST_NAME = 16
"""Cells that the name column always gets."""
WIDEST_NAME = 44
"""Cells that the name column takes at most while the id fits beside it."""
GAP = 1
"""Cells between two columns."""


class Column(NamedTuple):
    """One column of the table."""

    title: str
    """The heading."""
    sort_key: SortKey
    """The sort of a click on the heading."""
    width: int
    """Cells of the text, without the gap behind it; a heading has room for its arrow."""
    text: Callable[[Connector], str]
    """Returns the text for a connector."""


NAME = Column("Name", SortKey.NAME, NARROWEST_NAME, lambda connector: connector.name or "(no name)")
FLAGS = (
    Column("Billable", SortKey.BILLABLE, 10, lambda connector: SHORT_STATE_WORDS[connector.billable]),
    Column("Webhooks", SortKey.WEBHOOKS, 10, lambda connector: SHORT_STATE_WORDS[connector.has_webhooks]),
)
IDENTITY = Column("ID", SortKey.ID, 36, lambda connector: connector.id)
DESCRIPTION = Column("Description", SortKey.DESCRIPTION, 60, lambda connector: connector.description or "")
ALL_COLUMNS = (NAME, *FLAGS, IDENTITY, DESCRIPTION)
"""Every column, in its place."""


def lay_out(available: int) -> tuple[Column, ...]:
    """The columns for a table of `available` cells, the name first.

    The name takes the remaining room: beside the flags and the id if all of them fit, else beside the flags alone.
    Then the id begins beyond the right edge, where scrolling reaches it, and is never cut. The description comes last
    and takes the rest of a wide table.
    """
    flags = sum(column.width + GAP for column in FLAGS)
    identity = IDENTITY.width + GAP
    room = available - 2 - flags
    fits_identity = room - identity >= NARROWEST_NAME + GAP
    room -= identity if fits_identity else 0
    width = max(NARROWEST_NAME, room - GAP)
    if fits_identity:
        width = min(width, WIDEST_NAME)
    description = DESCRIPTION._replace(width=max(DESCRIPTION.width, room - width - 2 * GAP))
    return (NAME._replace(width=width), *FLAGS, IDENTITY, description)


def column_starts(columns: Sequence[Column]) -> list[int]:
    """The offset of each column beside the pinned name, in cells from the first of them."""
    return [0, *accumulate(column.width + GAP for column in columns[1:-1])]


def column_at(columns: Sequence[Column], x: int, scroll_x: int) -> Column | None:
    """The column at a position.

    Args:
        columns: The columns, the pinned name first.
        x: Cells from the start of the name.
        scroll_x: Cells by which the columns beside the name are scrolled.

    Returns:
        The column, or None beyond the last one.
    """
    name, *others = columns
    if x < name.width + GAP:
        return name
    start = name.width + GAP - scroll_x
    for column in others:
        if start <= x < start + column.width + GAP:
            return column
        start += column.width + GAP
    return None
