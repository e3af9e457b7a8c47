"""How much of the list the screen needs: a page is requested when the visible rows come near the end, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qconn_tui.catalogue.server_order import server_sort

if TYPE_CHECKING:
    from qconn_tui.catalogue.view import View


def needs_everything(view: View) -> bool:
    """Whether the view needs the whole list: it has a filter, or an order that the tenant does not offer."""
    return bool(view.query.terms or view.chosen) or server_sort(view.sort) is None


def frontier_row(view: View, frontier: str | None) -> int:
    """The row up to which the walk's order is gapless, counted from 0.

    `frontier` is the id of the newest page's last record: beyond it, rows of an earlier walk may have gaps between
    them. Without one, it is the last row.
    """
    row = view.position(frontier) if frontier is not None else None
    return len(view) - 1 if row is None else row


def describe_rate(rate: float | None) -> str:
    """How fast rows come, as the words that follow what is done: two digits, which can be read while they change."""
    return "" if rate is None or rate < 1 else f" · {int(float(f'{rate:.2g}')):,} rows/s"


def is_near_the_end(end: int, last_visible: int, page_rows: int) -> bool:
    """Whether less than one more page of rows lies between the last visible row and the row `end`."""
    return last_visible + page_rows >= end
