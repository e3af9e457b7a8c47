"""How much of the list the screen asks for."""

from __future__ import annotations

import pytest

from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.query.parse import parse
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.catalogue.view import View
from qconn_tui.connector import Connector
from qconn_tui.ui.paging_policy import describe_rate, frontier_row, is_near_the_end, needs_everything

LIST = tuple(Connector(f"{number:03}", f"Name {number:03}") for number in range(100))
VIEW = View().with_connectors(LIST)


@pytest.mark.parametrize(
    ("view", "everything"),
    [
        (VIEW, False),
        (VIEW.sorted_by(Sort(SortKey.NAME)), False),
        (VIEW.sorted_by(Sort(SortKey.BILLABLE)), True),
        (VIEW.with_query(parse("name")), True),
        (VIEW.with_query(parse("billable:yes")), True),
        (VIEW.with_query(parse("  ")), False),
        (VIEW.toggled(Facet.WEBHOOKS, None), True),
        (VIEW.toggled(Facet.WEBHOOKS, None).toggled(Facet.WEBHOOKS, None), False),
    ],
)
def test_a_filter_or_an_order_of_our_own_needs_the_whole_list(view: View, everything: bool) -> None:
    assert needs_everything(view) is everything


@pytest.mark.parametrize(("last_visible", "near"), [(9, False), (88, False), (89, True), (99, True)])
def test_one_page_before_the_end_is_near_it(last_visible: int, near: bool) -> None:
    assert is_near_the_end(99, last_visible, page_rows=10) is near


def test_an_empty_list_is_at_its_end() -> None:
    assert is_near_the_end(frontier_row(View(), None), last_visible=-1, page_rows=20)


@pytest.mark.parametrize(("frontier", "row"), [(None, 99), ("049", 49), ("no such id", 99)])
def test_the_frontier_is_where_the_walk_has_come_to_else_the_last_row(frontier: str | None, row: int) -> None:
    assert frontier_row(VIEW, frontier) == row


@pytest.mark.parametrize(
    ("rate", "words"),
    [(None, ""), (0.4, ""), (7.0, " · 7 rows/s"), (184.0, " · 180 rows/s"), (41_370.0, " · 41,000 rows/s")],
)
def test_a_rate_is_rounded_to_what_can_be_read(rate: float | None, words: str) -> None:
    assert describe_rate(rate) == words
