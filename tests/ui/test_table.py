"""The table by itself: every line is what a plain computation gives, and costs only what is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, overload

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App
from textual.geometry import Region
from textual.widget import Widget

from qconn_tui.catalogue.query.parse import parse
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.catalogue.view import View
from qconn_tui.connector import Connector
from qconn_tui.text import TEXT_LIMIT, clean
from qconn_tui.ui.compat.plain_lines import PlainLines
from qconn_tui.ui.widgets.connector_table import SLOW_LINE, ConnectorTable
from qconn_tui.ui.widgets.table_columns import GAP, lay_out
from tests.ui.fakes import FakeLoader, browsing, make_connectors, running

if TYPE_CHECKING:
    from typing import Self

    from rich.style import Style
    from textual.app import ComposeResult
    from textual.pilot import Pilot

anyio_test = pytest.mark.anyio


class TableApp(App[None]):
    """Nothing but a table."""

    CSS = "ConnectorTable { scrollbar-size: 0 0; overflow: scroll scroll; }"

    def compose(self) -> ComposeResult:
        yield ConnectorTable(id="table")


# --- the oracle --------------------------------------------------------------------------------------------------


def cells(text: str) -> list[str]:
    """The text cell by cell: behind a wide character stands an empty one."""
    return [cell for character in text for cell in ([character, ""] if cell_len(character) == 2 else [character])]


def fitted(text: str, width: int) -> list[str]:
    """Exactly `width` cells of `text`."""
    found = cells(text)
    if len(found) <= width:
        return found + [" "] * (width - len(found))
    return [*window(found, 0, width - 1), "…"]


def window(found: list[str], start: int, stop: int) -> list[str]:
    """The cells from `start` to before `stop`; half a character at an edge is a space, and so is what is beyond."""
    seen = (found + [" "] * stop)[start:stop]
    if seen and seen[0] == "":
        seen[0] = " "
    if seen and cell_len(seen[-1]) == 2:
        seen[-1] = " "
    return seen


def plain_line(view: View, row: int, *, width: int, scroll_x: int, cursor: int) -> str:
    """The line of a row, worked out cell by cell."""
    if row >= len(view):
        return " " * width
    name, *others = lay_out(width)
    connector = view.connector(row)
    mark = "▌" if row == cursor else " "
    pinned = [mark, " ", *fitted(name.text(connector), name.width), *[" "] * GAP]
    rest = [cell for column in others for cell in [*fitted(column.text(connector), column.width), *[" "] * GAP]]
    room = max(0, width - len(pinned))
    return "".join(window(pinned + window(rest, scroll_x, scroll_x + room), 0, width))


names = st.text(st.sampled_from("ab Z-é東京한🎉"), max_size=50)
records = st.builds(
    Connector,
    id=st.text(st.sampled_from("0123456789abcdef-"), min_size=1, max_size=40),
    name=names,
    description=st.none() | names,
    billable=st.sampled_from((True, False, None)),
    has_webhooks=st.sampled_from((True, False, None)),
)
steps = st.tuples(
    st.lists(records, max_size=12, unique_by=lambda connector: connector.id).map(tuple),
    st.sampled_from(("", "a", "b", "東", "-a")),
    st.sampled_from(((), (Sort(SortKey.NAME),), (Sort(SortKey.ID, descending=True),))),
    st.integers(1, 160),
    st.integers(2, 9),
    st.integers(0, 12),
    st.integers(0, 90),
)


@settings(max_examples=25)
@given(st.lists(steps, min_size=1, max_size=6))
def test_every_line_is_what_a_plain_computation_gives(
    states: list[tuple[tuple[Connector, ...], str, tuple[Sort, ...], int, int, int, int]],
) -> None:
    async def check(pilot: Pilot[None], table: ConnectorTable) -> None:
        for connectors, query, sorts, width, height, cursor, scroll_x in states:
            await pilot.resize_terminal(width, height)
            table.view = View().with_connectors(connectors).with_query(parse(query)).sorted_by(*sorts)
            table.move_cursor(cursor)
            await pilot.pause()
            table.scroll_to(x=scroll_x, animate=False)
            await pilot.pause()
            top, left = table.scroll_offset.y, table.scroll_offset.x
            assert table.size == (width, height)
            assert not len(table.view) or top <= table.cursor < top + table.page_rows
            for y in range(height):
                strip = table.render_line(y)
                assert strip.cell_length == cell_len(strip.text) == width
                if y and len(table.view):
                    row = y - 1 + top
                    line = plain_line(table.view, row, width=width, scroll_x=left, cursor=table.cursor)
                    assert strip.text == line

    async def main() -> None:
        app = TableApp()
        async with app.run_test(size=(80, 24)) as pilot:
            await check(pilot, app.query_one(ConnectorTable))

    asyncio.run(main())


nasty = st.text(
    st.one_of(st.characters(), st.sampled_from("\x1b\u0301\u0323\u200d\ufe0f\u202e\u0e33\u1100\u1161👩💻❤🏽🇩🇪東[]/")),
    max_size=60,
).map(lambda text: clean(text, TEXT_LIMIT))


@settings(max_examples=40)
@given(st.lists(st.tuples(nasty, nasty, nasty), min_size=1, max_size=8), st.integers(1, 160), st.integers(0, 90))
def test_no_text_makes_a_line_longer_or_shorter_than_the_table(
    texts: list[tuple[str, str, str]], width: int, scroll_x: int
) -> None:
    async def main() -> None:
        app = TableApp()
        async with app.run_test(size=(width, 10)) as pilot:
            table = app.query_one(ConnectorTable)
            rows = tuple(Connector(f"{n}{identity}", name, about) for n, (identity, name, about) in enumerate(texts))
            table.view = View().with_connectors(rows)
            await pilot.pause()
            table.scroll_to(x=scroll_x, animate=False)
            await pilot.pause()
            for y in range(10):
                assert table.render_line(y).cell_length == width

    asyncio.run(main())


# --- wide characters and horizontal scrolling ------------------------------------------------------------------


@anyio_test
async def test_the_name_stays_while_the_columns_scroll() -> None:
    async with browsing() as hands:
        names = [line[:28] for line in hands.text("#table").splitlines()]
        await hands.press("right", "right")
        # Two columns further, and a column begins behind the name.
        assert hands.table.scroll_offset.x == 22
        assert hands.text("#table").splitlines()[0].split()[:2] == ["Name", "ID"]
        lines = hands.text("#table").splitlines()
        assert [line[:28] for line in lines] == names
        assert "00000000-27c0" in lines[1]
        await hands.press(*["right"] * 4)
        assert "Description" in hands.text("#table").splitlines()[0]
        await hands.press(*["right"] * 50)
        furthest = hands.table.scroll_offset.x
        await hands.press("right")
        assert hands.table.scroll_offset.x == furthest
        await hands.press(*["left"] * 50)
        assert hands.table.scroll_offset.x == 0


@anyio_test
async def test_a_wide_character_at_the_edge_is_never_halved() -> None:
    wide = tuple(Connector(f"{shift}", "x" * shift + "東" * 60, "京" * 90) for shift in range(4))
    async with running(FakeLoader(wide)) as hands:
        await hands.loaded(4)
        for _ in range(9):
            for y in range(1, 5):
                strip = hands.table.render_line(y)
                assert strip.cell_length == cell_len(strip.text) == hands.table.scrollable_content_region.width
                assert "…" in strip.text
            await hands.press("right")


# --- costs -------------------------------------------------------------------------------------------------------


class CountedRows(Sequence[int]):
    """Rows, the newest first, that count how many of them were looked at."""

    def __init__(self, count: int) -> None:
        self._rows = range(count - 1, -1, -1)
        self.looks = 0

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, row: int) -> int: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[int]: ...
    def __getitem__(self, row: int | slice) -> int | Sequence[int]:
        self.looks += 1 if isinstance(row, int) else len(self._rows[row])
        return self._rows[row]


@anyio_test
async def test_a_key_costs_what_is_seen_and_not_what_is_loaded() -> None:
    loader = FakeLoader(make_connectors(100_000))
    async with running(loader) as hands:
        await hands.loaded(100)
        loader.hold()
        rows = CountedRows(100_000)
        everything = View().with_connectors(loader.connectors)
        hands.screen.view = replace(everything, rows=rows, coverage=hands.screen.view.coverage)
        await hands.pilot.pause()
        screenful = hands.table.size.height
        for key in ("j", "pagedown", "G", "k", "pageup", "right", "g", "G"):
            rows.looks = 0
            await hands.press(key)
            assert rows.looks <= 8 * screenful, key
        assert hands.table.cursor == 99_999
        assert "000000" in hands.text("#table")


@anyio_test
async def test_to_the_end_of_a_hundred_thousand_rows_and_back() -> None:
    async with browsing(100_000) as hands:
        await hands.loaded_whole()
        await hands.press("G")
        assert hands.status == "100,000 of 100,000 · complete"
        assert "099999" in hands.text("#table").splitlines()[-1]
        await hands.press("k", "g")
        assert hands.cursor_line == 1
        assert "000000" in hands.text("#table").splitlines()[1]


class CountedTable(ConnectorTable):
    """Remembers which lines were to be drawn again, and how often it asked to be drawn whole."""

    asked: set[int]
    repaints: int

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self.repaints = getattr(self, "repaints", 0) + (not regions and repaint and not layout)
        self.asked = getattr(self, "asked", set()).union(*(region.line_range for region in regions))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class CountedApp(TableApp):
    def compose(self) -> ComposeResult:
        yield CountedTable(id="table")


@anyio_test
async def test_rows_that_arrive_out_of_sight_are_not_painted() -> None:
    app = CountedApp()
    everything = make_connectors(1000)
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.query_one(CountedTable)
        table.view = View().with_connectors(everything[:500])
        await pilot.pause()
        table.repaints = 0
        table.view = table.view.with_connectors(everything, 500)
        assert table.repaints == 0
        renamed = everything[3]._replace(name="Another name")
        table.view = table.view.with_connectors((*everything[:3], renamed, *everything[4:]), 3)
        assert table.repaints == 1
        await pilot.pause()
        assert "Another name" in table.render_line(4).text
        table.view = table.view.sorted_by(Sort(SortKey.NAME))
        assert table.repaints == 2


@anyio_test
async def test_moving_the_cursor_paints_two_lines() -> None:
    app = CountedApp()
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.query_one(CountedTable)
        table.view = View().with_connectors(make_connectors(1000))
        await pilot.pause()
        table.focus()
        await pilot.pause()
        before = table.render_lines(table.size.region)
        table.asked, table.repaints = set(), 0
        await pilot.press("j")
        await pilot.pause()
        after = table.render_lines(table.size.region)
        assert {y for y, line in enumerate(after) if line is not before[y]} == {1, 2}
        assert table.asked == {1, 2}
        assert not table.repaints


@anyio_test
async def test_over_a_slow_line_the_rows_move_by_half_pages() -> None:
    async with browsing(100) as hands:
        hands.app.add_class(SLOW_LINE)
        await hands.pilot.pause()
        page = hands.table.page_rows
        hands.table.move_cursor(page - 1)
        await hands.press("j")
        assert hands.table.scroll_offset.y == page // 2
        assert hands.cursor_line == page - page // 2 + 1
        hands.table.move_cursor(page // 2)
        await hands.press("k")
        assert hands.table.scroll_offset.y == 0
        await hands.press("G")
        assert hands.table.scroll_offset.y == len(hands.names) - page


def drawn(widget: Widget) -> list[list[tuple[str, Style | None]]]:
    """The texts and styles of the lines."""
    return [[(text, style) for text, style, _ in strip] for strip in widget.render_lines(widget.size.region)]


@anyio_test
async def test_a_scrollbar_that_was_left_as_it_is_looks_as_one_that_is_drawn_anew() -> None:
    async with browsing(1000) as hands:
        await hands.loaded_whole()
        bar = hands.table.vertical_scrollbar
        looks = []
        for text in ("0", "00", "01", "01", "012", "0123", ""):
            await hands.filter(text)
            assert bar.window_virtual_size == len(hands.screen.view) + 1
            looks.append(drawn(bar))
            bar.refresh()
            assert drawn(bar) == looks[-1], text
        assert looks[0] != looks[-2]


@anyio_test
@pytest.mark.parametrize("theme", ["qconn-dark", "ansi-dark"])
async def test_plain_lines_are_those_that_textual_draws(theme: str) -> None:
    async with browsing() as hands:
        hands.app.theme = theme
        await hands.filter("box")
        for widget in (hands.table, hands.screen.query_one("#detail-body")):
            assert isinstance(widget, PlainLines)
            # What is under a scrollbar nobody sees.
            width = widget.scrollable_content_region.width
            usual = [strip.crop(0, width) for strip in Widget.render_lines(widget, widget.size.region)]
            assert [[(text, style) for text, style, _ in strip] for strip in usual] == drawn(widget)
            part = Region(2, 1, 9, 3)
            assert [strip.text for strip in widget.render_lines(part)] == [strip.text[2:11] for strip in usual[1:4]]
