"""Which order a key or a click on a heading asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.ui.widgets.table_columns import ALL_COLUMNS

if TYPE_CHECKING:
    from qconn_tui.catalogue.view import View

_CYCLE = (None, *(column.sort_key for column in ALL_COLUMNS))


def sorted_by_next(view: View) -> View:
    """The view sorted by the next column; after the last one without a sort."""
    key = view.sort[0].key if view.sort else None
    return _sorted_by(view, _CYCLE[(_CYCLE.index(key) + 1) % len(_CYCLE)])


def sorted_in_reverse(view: View) -> View:
    """The view sorted by the same column in the other direction; without one by name, from Z to A."""
    first = view.sort[0] if view.sort else Sort(SortKey.NAME)
    return _sorted_by(view, first.key, descending=not first.descending)


def sorted_by_column(view: View, key: SortKey) -> View:
    """The view sorted by a column; the other way round if it is sorted by that column already."""
    first = view.sort[0] if view.sort else None
    return _sorted_by(view, key, descending=first is not None and first.key is key and not first.descending)


def _sorted_by(view: View, key: SortKey | None, *, descending: bool = False) -> View:
    """The view sorted by a column, and what is the same there by name."""
    by_name = [] if key in (SortKey.NAME, SortKey.ID) else [Sort(SortKey.NAME)]
    return view.sorted_by(*([] if key is None else [Sort(key, descending), *by_name]))
