"""The three layouts: which panes are seen, and how keys lead from one to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from qconn_tui.settings.values import Settings
from qconn_tui.terminal.profile import Profile
from qconn_tui.ui.controllers.pane_layout import classes_of
from qconn_tui.ui.screens.browse import BrowseScreen
from qconn_tui.ui.themes import DARK
from tests.ui.fakes import (
    MEDIUM,
    NARROW,
    TENANT,
    WIDE,
    FakeLoader,
    Hands,
    browsing,
    is_typing,
    make_connectors,
    running,
)

if TYPE_CHECKING:
    from qconn_tui.logos.fetch import LogoFetcher

pytestmark = pytest.mark.anyio


def panes(hands: Hands) -> set[str]:
    return {pane for pane in ("sidebar", "table", "detail") if hands.shown(f"#{pane}")}


@pytest.mark.parametrize(
    ("width", "seen"),
    [
        (200, {"sidebar", "table", "detail"}),
        (120, {"sidebar", "table", "detail"}),
        (119, {"table", "detail"}),
        (80, {"table", "detail"}),
        (79, {"table"}),
        (40, {"table"}),
    ],
)
async def test_the_width_decides_how_many_panes_there_are(width: int, seen: set[str]) -> None:
    async with browsing(30, (width, 24)) as hands:
        assert panes(hands) == seen
        assert hands.focused == "table"


async def test_of_three_panes_the_sidebar_can_be_hidden() -> None:
    async with browsing(30, WIDE) as hands:
        await hands.press("b")
        assert panes(hands) == {"table", "detail"}
        assert hands.focused == "table"
        await hands.press("slash")
        assert panes(hands) == {"sidebar", "table", "detail"}
        assert is_typing(hands)


async def test_hiding_the_sidebar_takes_the_keys_out_of_it() -> None:
    async with browsing(30, WIDE) as hands:
        hands.screen.query_one("#facets").focus()
        await hands.press("b", "j")
        assert panes(hands) == {"table", "detail"}
        assert hands.app.focused is None or hands.app.focused.region


async def test_of_two_panes_the_sidebar_takes_the_place_of_the_details() -> None:
    async with browsing(30, MEDIUM) as hands:
        await hands.press("b")
        assert panes(hands) == {"sidebar", "table"}
        assert hands.focused == "facets"
        await hands.press("b")
        assert panes(hands) == {"table", "detail"}
        await hands.press("slash")
        assert panes(hands) == {"sidebar", "table"}
        await hands.write("box")
        await hands.press("escape")
        assert panes(hands) == {"table", "detail"}
        assert len(hands.names) == 30


async def test_one_pane_at_a_time_where_there_is_room_for_one() -> None:
    async with browsing(30, NARROW) as hands:
        await hands.press("enter")
        assert panes(hands) == {"detail"}
        assert hands.focused == "detail"
        await hands.press("escape")
        assert panes(hands) == {"table"}
        assert hands.focused == "table"
        await hands.press("slash")
        assert hands.shown("#filter")
        assert hands.shown("#table")
        await hands.write("box")
        assert "Box" in hands.text("#table").splitlines()[1]
        await hands.press("enter")
        assert panes(hands) == {"table"}
        assert "/ box" in hands.text("#title")


@pytest.mark.parametrize("size", [MEDIUM, NARROW])
async def test_tab_goes_round_the_panes_both_ways(size: tuple[int, int]) -> None:
    async with browsing(30, size) as hands:
        seen = []
        for key in ("tab", "tab", "tab", "shift+tab", "shift+tab", "shift+tab"):
            await hands.press(key)
            seen.append(hands.focused)
            assert hands.shown(f"#{hands.focused}")
        assert seen == ["detail", "facets", "table", "facets", "detail", "table"]


@pytest.mark.parametrize("size", [MEDIUM, NARROW])
async def test_facets_work_by_key_where_they_are_not_seen(size: tuple[int, int]) -> None:
    async with browsing(30, size) as hands:
        await hands.press("1")
        assert hands.status.startswith("10 of 30")
        assert "billable:yes" in hands.text("#title")


async def test_the_pane_in_front_survives_a_resize() -> None:
    async with browsing(30, NARROW) as hands:
        await hands.press("j", "enter")
        await hands.resize(WIDE)
        assert panes(hands) == {"sidebar", "table", "detail"}
        assert hands.focused == "detail"
        await hands.resize(NARROW)
        assert panes(hands) == {"detail"}
        await hands.press("escape")
        assert hands.table.cursor == 1


async def test_a_window_that_was_too_small_gets_its_columns_and_keys_back() -> None:
    async with browsing(30, NARROW) as hands:
        await hands.press("l")
        for size in ((20, 6), (200, 50)):
            await hands.resize(size)
        assert hands.table.scroll_offset.x in (0, 11), "no column is cut at its left"
        keys = hands.text("#keys")
        assert "Help" in keys
        assert "Export" in keys


@pytest.mark.parametrize("size", [(200, 5), (23, 6), (20, 6), (9, 4)])
async def test_where_nothing_has_room_it_says_how_much_it_needs(size: tuple[int, int]) -> None:
    async with browsing(30, NARROW) as hands:
        before = hands.text("#table"), hands.text("#keys")
        await hands.resize(size)
        assert hands.text("#too-small").split() == ["too", "small:", "needs", "24", "x", "6"]
        assert not panes(hands)
        await hands.resize(NARROW)
        assert (hands.text("#table"), hands.text("#keys")) == before


async def test_a_pane_that_loses_its_place_does_not_keep_the_keys() -> None:
    async with browsing(30, WIDE) as hands:
        hands.screen.query_one("#facets").focus()
        await hands.resize(NARROW)
        await hands.press("j")
        assert hands.app.focused is not None
        assert hands.app.focused.region
        await hands.press("escape", "j")
        assert hands.focused == "table"


@pytest.mark.parametrize("size", [(40, 12), (20, 6), (5, 3), (1, 1)])
async def test_nothing_breaks_where_there_is_hardly_room(size: tuple[int, int]) -> None:
    async with browsing(30, size) as hands:
        for key in ("j", "G", "enter", "escape", "slash", "a", "escape", "b", "tab", "question_mark", "escape", "Y",
                    "escape", "e", "escape", "right", "1", "s"):  # fmt: skip
            await hands.press(key)
        assert hands.on_main_screen


async def test_without_images_there_is_no_logo_and_nobody_fetches_one() -> None:
    def refuse(_: object) -> LogoFetcher:
        raise AssertionError

    async with running(FakeLoader(make_connectors(3), make_fetcher=refuse)) as hands:
        await hands.loaded(3)
        assert not hands.shown("#logo")


async def test_without_a_fetcher_the_box_is_there_and_nothing_else_happens() -> None:
    async with running(FakeLoader(make_connectors(3)), settings=Settings(server=TENANT), profile=Profile()) as hands:
        await hands.loaded(3)
        assert hands.shown("#logo")
        await hands.press("j", "j")
        assert "000002" in hands.text("#detail-name")


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, (20, 5), (80, 15), (200, 16)])
async def test_the_screen_knows_the_classes_of_its_size_before_textual_gives_them(size: tuple[int, int]) -> None:
    breakpoints = {name for _, name in [*BrowseScreen.HORIZONTAL_BREAKPOINTS, *BrowseScreen.VERTICAL_BREAKPOINTS]}
    async with running(FakeLoader(make_connectors(3)), size) as hands:
        assert hands.screen.classes & breakpoints == set(classes_of(*size))


async def test_the_programs_own_colours_are_there_without_an_assignment() -> None:
    async with browsing(3) as hands:
        assert hands.app.theme == DARK.name
        assert hands.app.has_class("-dark-mode")
        assert hands.screen.styles.background == Color.parse(DARK.background or "")


async def test_the_first_frame_has_the_columns_that_fit() -> None:
    async with running(FakeLoader(()), WIDE) as hands:
        header = hands.text("#table").splitlines()[0]
        assert "Webhooks" in header
        assert "ID" not in header
        drawn = hands.app.export_screenshot()
        assert ">Webhooks&#160;" in drawn
        assert ">ID&#160;" not in drawn
