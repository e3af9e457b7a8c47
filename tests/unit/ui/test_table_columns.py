"""The table's columns at every width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.catalogue.sorting import SortKey
from qconn_tui.connector import Connector
from qconn_tui.ui.widgets.table_columns import GAP, NARROWEST_NAME, WIDEST_NAME, lay_out

MARGIN = 2
FLAGS_WIDTH = 2 * (10 + GAP)
ID_WIDTH = 36
FITS_ID = MARGIN + NARROWEST_NAME + GAP + FLAGS_WIDTH + ID_WIDTH + GAP
"""Cells of the narrowest table that shows the whole id."""


def ends(available: int) -> list[int]:
    """The cell behind each column's text."""
    positions, start = [], MARGIN
    for column in lay_out(available):
        positions.append(start + column.width)
        start += column.width + GAP
    return positions


@given(st.integers(0, 400))
def test_every_width_has_all_columns_in_their_order(available: int) -> None:
    columns = lay_out(available)
    keys = [SortKey.NAME, SortKey.BILLABLE, SortKey.WEBHOOKS, SortKey.ID, SortKey.DESCRIPTION]
    assert [column.sort_key for column in columns] == keys
    assert columns[0].width >= NARROWEST_NAME


@given(st.integers(0, 400))
def test_the_id_is_seen_whole_or_begins_beyond_the_edge(available: int) -> None:
    identity_end = ends(available)[3]
    if available >= FITS_ID:
        assert identity_end <= available
    else:
        assert identity_end - ID_WIDTH >= available


@given(st.integers(MARGIN + NARROWEST_NAME + GAP + FLAGS_WIDTH, 400))
def test_name_and_flags_are_always_seen(available: int) -> None:
    assert ends(available)[2] <= available


@given(st.integers(FITS_ID, 400))
def test_beside_the_id_the_name_takes_what_is_over_up_to_its_limit(available: int) -> None:
    assert lay_out(available)[0].width == min(WIDEST_NAME, NARROWEST_NAME + available - FITS_ID)


@given(st.integers(200, 400))
def test_on_a_wide_screen_the_description_fills_the_rest(available: int) -> None:
    assert ends(available)[4] + GAP == available


def test_a_heading_has_room_for_its_arrow() -> None:
    assert all(len(column.title) + 2 <= column.width for column in lay_out(40))


@pytest.mark.parametrize(("value", "word"), [(True, "yes"), (False, "no"), (None, "?")])
def test_a_flag_has_three_words(value: bool | None, word: str) -> None:
    connector = Connector("0d87", "Airtable", billable=value, has_webhooks=value)
    assert [column.text(connector) for column in lay_out(200)[1:3]] == [word, word]


def test_the_cells_show_the_record() -> None:
    full = Connector("0d87", "Airtable", "Tables.", billable=True, has_webhooks=False)
    assert [column.text(full) for column in lay_out(200)] == ["Airtable", "yes", "no", "0d87", "Tables."]
    assert [column.text(Connector("0d87", "")) for column in lay_out(200)] == ["(no name)", "?", "?", "0d87", ""]
