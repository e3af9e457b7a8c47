"""Which order a key or a click asks for."""

from __future__ import annotations

from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.catalogue.view import View
from qconn_tui.ui.sort_order import sorted_by_column, sorted_by_next, sorted_in_reverse

BY_NAME = Sort(SortKey.NAME)


def test_the_key_goes_round_the_columns_and_back_to_the_tenants_order() -> None:
    view, keys = View(), []
    for _ in range(6):
        view = sorted_by_next(view)
        keys.append(view.sort[0].key if view.sort else None)
    assert keys == [SortKey.NAME, SortKey.BILLABLE, SortKey.WEBHOOKS, SortKey.ID, SortKey.DESCRIPTION, None]


def test_what_is_the_same_in_a_column_is_sorted_by_name() -> None:
    assert sorted_by_column(View(), SortKey.BILLABLE).sort == (Sort(SortKey.BILLABLE), BY_NAME)
    assert sorted_by_column(View(), SortKey.NAME).sort == (BY_NAME,)
    assert sorted_by_column(View(), SortKey.ID).sort == (Sort(SortKey.ID),)


def test_a_second_click_turns_the_order_and_a_third_turns_it_back() -> None:
    view = sorted_by_column(View(), SortKey.WEBHOOKS)
    assert not view.sort[0].descending
    view = sorted_by_column(view, SortKey.WEBHOOKS)
    assert view.sort[0] == Sort(SortKey.WEBHOOKS, descending=True)
    assert not sorted_by_column(view, SortKey.WEBHOOKS).sort[0].descending
    assert sorted_by_column(view, SortKey.NAME).sort == (BY_NAME,)


def test_reverse_turns_the_order_and_begins_with_the_name() -> None:
    view = sorted_in_reverse(View())
    assert view.sort == (Sort(SortKey.NAME, descending=True),)
    assert sorted_in_reverse(view).sort == (BY_NAME,)
