"""Filtering, sorting, clicking: the cursor stays on its record, and what is shown is what was asked for."""

from __future__ import annotations

import pytest
from textual import events

from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.query.parse import parse
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.connector import Connector
from qconn_tui.ui.messages import CopyRequested
from qconn_tui.ui.widgets.connector_table import ConnectorTable
from tests.ui.fakes import WIDE, FakeLoader, browsing, make_connectors, running

pytestmark = pytest.mark.anyio

VERY_WIDE = (200, 40)
NAME_X, BILLABLE_X, ID_X = 3, 48, 75
"""Cells of the table at 200 columns at which these columns are."""


# --- the filter --------------------------------------------------------------------------------------------------


async def test_every_key_narrows_the_list() -> None:
    async with browsing() as hands:
        await hands.press("slash")
        counts = []
        for letter in "cafe":
            await hands.write(letter)
            counts.append(len(hands.names))
        assert counts == sorted(counts, reverse=True)
        assert {name[7:] for name in hands.names} == {"Café mail"}
        await hands.press("backspace", "backspace", "backspace", "backspace")
        assert len(hands.names) == 30


async def test_while_nobody_types_the_next_letter_is_worked_out() -> None:
    async with browsing() as hands:
        await hands.press("slash")
        assert not parse("gm").is_indexed(hands.screen.view.columns)
        await hands.write("g")
        await hands.until(lambda: parse("gm").is_indexed(hands.screen.view.columns))
        await hands.write("m")
        assert {name[7:] for name in hands.names} == {"Gmail"}


async def test_the_title_tells_what_narrows_the_list() -> None:
    async with browsing() as hands:
        await hands.filter("box")
        await hands.press("escape", "3")
        await hands.filter("mail")
        assert "mail webhooks:yes" in hands.text("#title")


async def test_a_query_that_does_not_parse_keeps_the_last_good_result() -> None:
    async with browsing() as hands:
        await hands.filter("box")
        before = hands.names
        for text in ("box /(/", "box billable:perhaps"):
            await hands.filter(text)
            assert hands.names == before
            assert hands.shown("#complaint")
            assert hands.text("#complaint")
            assert "/ box (still)" in hands.text("#title")
        await hands.filter("nobody")
        await hands.filter("nobody /(/")
        assert "What is still applied matches nothing." in hands.text("#table")
        await hands.filter("box billable:yes")
        assert not hands.shown("#complaint")
        assert len(hands.names) < len(before)


async def test_a_mistyped_field_is_doubted_but_not_refused() -> None:
    async with browsing() as hands:
        await hands.press("slash")
        await hands.filter("bilable:yes")
        assert hands.shown("#complaint")
        said = " ".join(hands.text("#complaint").split())
        assert said == "There is no field bilable; did you mean billable?"
        assert "(still)" not in hands.text("#title")
        assert hands.names == []
        await hands.press("enter")
        assert hands.focused == "table"
        await hands.filter("box /(/")
        assert "did you mean" not in hands.text("#complaint")
        await hands.filter("billable:yes")
        assert not hands.shown("#complaint")


async def test_nothing_that_matches_says_so_and_escape_brings_everything_back() -> None:
    async with browsing() as hands:
        await hands.press("slash")
        await hands.write("zzz")
        assert "No connector matches." in hands.text("#table")
        assert hands.screen.current is None
        assert hands.status == "0 of 30 · complete"
        await hands.press("enter", "enter", "y", "j", "escape")
        assert len(hands.names) == 30
        assert hands.table.connector == hands.screen.view.connector(0)


async def test_the_facets_count_what_a_choice_would_show() -> None:
    async with browsing() as hands:
        await hands.filter("box")
        counted = hands.text("#facets")
        for facet, state in ((Facet.BILLABLE, True), (Facet.WEBHOOKS, False)):
            assert str(hands.screen.view.counts[facet, state]) in counted
        assert hands.screen.view.counts[Facet.BILLABLE, True] == 2


# --- facets ------------------------------------------------------------------------------------------------------


async def test_choices_of_one_facet_add_up_and_the_facets_narrow_each_other() -> None:
    async with browsing() as hands:
        await hands.press("1")
        one = len(hands.names)
        await hands.press("2")
        two = len(hands.names)
        await hands.press("3")
        assert one < two
        assert len(hands.names) < two
        assert hands.text("#facets").count("●") == 3


async def test_a_facet_is_ticked_by_mouse_and_by_space() -> None:
    async with browsing() as hands:
        # Lines: the heading Billable, its three choices, the heading Webhooks, its three choices.
        await hands.click(2, 1, "#facets")
        assert hands.screen.view.chosen == {(Facet.BILLABLE, True)}
        await hands.click(2, 1, "#facets")
        assert hands.screen.view.chosen == frozenset()
        hands.screen.query_one("#facets").focus()
        await hands.press("down", "space")
        assert hands.screen.view.chosen == {(Facet.BILLABLE, False)}
        await hands.press("down", "down", "enter")
        assert hands.screen.view.chosen == {(Facet.BILLABLE, False), (Facet.WEBHOOKS, True)}


async def test_counts_of_a_part_of_the_list_say_that_there_may_be_more() -> None:
    async with browsing(300) as hands:
        assert hands.text("#facets").count("+") == 6
        await hands.loaded_whole()
        assert "+" not in hands.text("#facets")


# --- sorting and the mouse ---------------------------------------------------------------------------------------


async def test_a_click_on_a_heading_sorts_and_another_one_reverses() -> None:
    async with browsing(30, VERY_WIDE) as hands:
        for x, key in ((NAME_X, SortKey.NAME), (BILLABLE_X, SortKey.BILLABLE), (ID_X, SortKey.ID)):
            await hands.click(x, 0)
            assert hands.screen.view.sort[0] == Sort(key)
            assert "▲" in hands.text("#table").splitlines()[0]
            await hands.click(x, 0)
            assert hands.screen.view.sort[0] == Sort(key, descending=True)
            assert "▼" in hands.text("#table").splitlines()[0]


async def test_a_click_beside_the_headings_does_nothing() -> None:
    async with running(FakeLoader(make_connectors(3)), (300, 40)) as hands:
        await hands.loaded(3)
        await hands.click(hands.table.size.width - 1, 0)
        assert hands.on_main_screen


async def test_a_click_on_a_heading_that_was_scrolled_to_is_for_that_column() -> None:
    async with browsing() as hands:
        await hands.press("right", "right")
        heading = hands.text("#table").splitlines()[0]
        await hands.click(heading.index("ID"), 0)
        assert hands.screen.view.sort == (Sort(SortKey.ID),)


async def test_a_click_takes_the_cursor_and_a_second_one_opens() -> None:
    async with browsing() as hands:
        await hands.click(5, 8)
        assert hands.table.cursor == 7
        assert hands.focused == "table"
        await hands.click(5, 8)
        assert hands.focused == "detail"


async def test_a_click_below_the_rows_does_nothing() -> None:
    async with browsing(3) as hands:
        await hands.click(5, 20)
        assert (hands.table.cursor, hands.focused) == (0, "table")


async def test_a_click_on_a_scrolled_table_is_for_the_row_under_it() -> None:
    async with browsing(100) as hands:
        await hands.press("G")
        top = hands.table.scroll_offset.y
        assert top > 0
        await hands.click(5, 2)
        assert hands.table.cursor == top + 1


# --- the cursor and its record -----------------------------------------------------------------------------------


async def test_the_cursor_stays_on_its_record_through_every_order() -> None:
    async with browsing(100) as hands:
        hands.table.move_cursor(37)
        record = hands.table.connector
        assert record is not None
        for _ in range(6):
            await hands.press("s")
            assert hands.table.connector == record == hands.screen.current
            await hands.press("S")
            assert hands.table.connector == record
            assert hands.cursor_line is not None
            assert record.name in hands.text("#table").splitlines()[hands.cursor_line]


async def test_the_record_keeps_its_line_while_pages_arrive_before_it() -> None:
    everything = make_connectors(300)
    loader = FakeLoader(everything, saved=everything[200:])
    loader.hold()
    async with running(loader) as hands:
        await hands.loaded(100)
        hands.table.move_cursor(50)
        record, line = hands.table.connector, hands.cursor_line
        await hands.press("S")
        line = hands.cursor_line
        loader.release()
        await hands.loaded(300)
        assert hands.table.connector == record
        assert hands.cursor_line == line


async def test_the_cursor_stays_on_its_record_through_a_filter_that_shows_it() -> None:
    async with browsing(100) as hands:
        hands.table.move_cursor(43)
        record = hands.table.connector
        assert record is not None
        await hands.filter("box")
        assert hands.table.connector == record
        await hands.filter("")
        assert hands.table.connector == record
        assert hands.table.cursor == 43


async def test_a_record_that_is_filtered_away_leaves_the_cursor_on_the_best_match() -> None:
    async with browsing(100) as hands:
        hands.table.move_cursor(43)
        await hands.filter("gmail")
        assert hands.table.cursor == 0
        assert hands.screen.current == hands.screen.view.connector(0)
        assert hands.cursor_line == 1


async def test_a_filter_brings_the_best_match_into_sight_wherever_the_wheel_has_led() -> None:
    async with browsing(100) as hands:
        hands.table.move_cursor(1)
        for _ in range(20):
            await hands.wheel_down()
        assert "▌" not in hands.text("#table")
        for query in ("00", "000000", "a"):
            await hands.filter(query)
            assert "▌" in hands.text("#table"), query


async def test_one_row_is_a_list_too() -> None:
    async with browsing(1) as hands:
        await hands.press("j", "k", "G", "g", "pagedown", "pageup", "s", "S")
        assert (hands.table.cursor, hands.cursor_line) == (0, 1)
        assert hands.status == "1 of 1 · complete"


async def test_the_details_follow_the_cursor_at_once() -> None:
    full = Connector(
        "0d87347d-27c0-11ea-921c-022e6b5ea1e2", "Airtable", "Tables in the cloud.",
        billable=True, has_webhooks=False, logo_small="https://cdn.qlikcloud.com/s.png",
    )  # fmt: skip
    async with running(FakeLoader((full, *make_connectors(3)))) as hands:
        await hands.loaded(4)
        await hands.press("G")
        assert hands.text("#detail-name") == "Airtable"
        detail = hands.text("#detail-body")
        for part in (full.id, full.description, "third-party", "cannot start", full.logo_small):
            assert part is not None
            assert part in detail
        await hands.press("g")
        assert "000000" in hands.text("#detail-name")


async def test_a_key_that_changes_nothing_tells_nobody() -> None:
    async with browsing() as hands:
        hands.messages.clear()
        await hands.press("k", "g", "pageup")
        assert hands.sent(ConnectorTable.Highlighted) == []
        await hands.press("j")
        assert [message.connector for message in hands.sent(ConnectorTable.Highlighted)] == [
            hands.screen.view.connector(1)
        ]


async def test_a_new_screen_is_styled_only_once() -> None:
    async with browsing(1) as hands:
        assert [message.refresh_styles for message in hands.sent(events.ScreenResume)] == [False]


async def test_messages_carry_what_they_are_about() -> None:
    async with browsing(30, VERY_WIDE) as hands:
        await hands.click(ID_X, 0)
        await hands.press("enter")
        await hands.press("y")
        assert [message.sort_key for message in hands.sent(ConnectorTable.HeaderClicked)] == [SortKey.ID]
        first = hands.screen.view.connector(0)
        assert [message.connector for message in hands.sent(ConnectorTable.Opened)] == [first]
        assert [message.text for message in hands.sent(CopyRequested)] == [first.id]


async def test_resizing_keeps_cursor_filter_and_order() -> None:
    async with browsing(100) as hands:
        await hands.filter("a")
        await hands.press("S")
        hands.table.move_cursor(20)
        record, names = hands.table.connector, hands.names
        for size in ((80, 24), (40, 12), (10, 3), (1, 1), WIDE):
            await hands.resize(size)
            assert hands.table.connector == record
            assert hands.names == names
        assert hands.cursor_line is not None
        assert hands.screen.filter_box.value == "a"
