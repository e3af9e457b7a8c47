"""Pages come when somebody needs them, not before, and the status line is honest about it."""

from __future__ import annotations

import gc
import time

import pytest
from textual.widgets import Input

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.errors import NotAllowed, Problem, RateLimited, Unreachable
from qconn_tui.loader.events import Refused, WalkEnded
from qconn_tui.settings.values import Settings
from qconn_tui.ui.app import QconnApp
from qconn_tui.ui.messages import LoadEvent
from qconn_tui.ui.widgets.connector_table import ConnectorTable
from tests.ui.fakes import NARROW, TENANT, WIDE, FakeLoader, browsing, make_connectors, running

pytestmark = pytest.mark.anyio

GONE = Unreachable("The tenant could not be reached.", "Check the network.")
REFUSED = NotAllowed(
    "The tenant refused the key.", "Make a new one.", problems=(Problem("AUTH-1", "No entry"),), trace_id="0af7"
)


def small_pages(rows: int) -> Settings:
    return Settings(server=TENANT, images="off", page_size=rows)


async def test_one_page_is_enough_for_who_looks_at_the_top() -> None:
    async with browsing(300) as hands:
        assert hands.loader.pages == 1
        assert hands.status == "100 of 100 · partial, more on the server"


async def test_the_first_walk_asks_for_names_in_pages_of_the_size_set() -> None:
    async with running(FakeLoader(make_connectors(300)), settings=small_pages(150)) as hands:
        await hands.loaded(150)
        (walk,) = hands.loader.walks
        assert (walk.query.sort, walk.query.limit, walk.query.filter, walk.saved_first) == ("name", 150, None, True)


async def test_pages_that_do_not_fill_the_screen_are_followed_by_more() -> None:
    async with running(FakeLoader(make_connectors(300)), settings=small_pages(5)) as hands:
        rows = hands.table.page_rows
        await hands.until(lambda: len(hands.names) > 2 * rows)
        await hands.pilot.pause(0.05)
        assert len(hands.names) < 2 * rows + 10


async def test_long_lists_are_left_out_of_the_search_for_garbage() -> None:
    gc.unfreeze()
    try:
        async with running(FakeLoader(make_connectors(10_000)), settings=small_pages(200)) as hands:
            await hands.loaded_whole()
            assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


async def test_a_taller_screen_asks_for_more() -> None:
    async with running(FakeLoader(make_connectors(300)), NARROW, small_pages(25)) as hands:
        await hands.loaded(25)
        await hands.resize(WIDE)
        await hands.until(lambda: len(hands.names) > hands.table.page_rows)


async def test_the_cursor_near_the_end_asks_for_the_next_page() -> None:
    async with browsing(300) as hands:
        rows = hands.table.page_rows
        hands.table.move_cursor(98 - rows)
        await hands.pilot.pause(0.05)
        assert hands.loader.pages == 1
        await hands.press("j")
        await hands.loaded(200)
        assert hands.table.cursor == 99 - rows


async def test_the_wheel_near_the_end_asks_for_the_next_page_and_nothing_jumps() -> None:
    async with browsing(300) as hands:
        table = hands.table
        while hands.loader.pages == 1:
            before = table.scroll_offset.y
            await hands.wheel_down()
            assert table.scroll_offset.y > before
        await hands.loaded(200)
        assert table.scroll_offset.y >= before
        assert table.cursor == 0
        assert "000000" not in hands.text("#table")


async def test_to_the_end_and_back() -> None:
    async with browsing(412) as hands:
        for rows in (200, 300, 400, 412):
            await hands.press("G")
            await hands.loaded(rows)
        assert hands.status == "412 of 412 · complete"
        await hands.press("G")
        assert "000411" in hands.text("#table").splitlines()[-1]
        await hands.press("g")
        assert hands.cursor_line == 1
        assert hands.loader.pages == 5


async def test_a_filter_loads_the_rest_while_it_is_typed() -> None:
    async with browsing(1000) as hands:
        hands.loader.hold()
        await hands.press("slash")
        await hands.write("000990")
        assert hands.status == "0 of 100 · partial, more on the server · loading page 2 · Esc stops"
        assert "No connector matches so far." in hands.text("#table")
        hands.loader.release()
        await hands.until(lambda: hands.status == "1 of 1,000 · complete")
        assert hands.names == ["000990 Gmail"]


async def test_a_long_walk_tells_pages_rows_and_how_fast_they_come() -> None:
    loader = FakeLoader(make_connectors(1000), rate=41_370.0)
    async with running(loader) as hands:
        await hands.loaded(100)
        loader.hold()
        await hands.press("L")
        assert hands.status == "100 of 100 · partial, more on the server · loading page 2 · 41,000 rows/s · Esc stops"
        loader.release()
        await hands.until(lambda: hands.status == "1,000 of 1,000 · complete")


async def test_a_facet_or_an_order_of_our_own_loads_the_rest() -> None:
    for key in ("3", "s"):
        async with browsing(300) as hands:
            # The second column to sort by is one that the tenant cannot sort by.
            await hands.press(key, *([key] if key == "s" else []))
            await hands.loaded(300)
            assert hands.status.endswith("of 300 · complete")


async def test_escape_stops_the_walk_then_clears_the_filter() -> None:
    async with browsing(1000) as hands:
        hands.loader.hold()
        await hands.press("slash")
        await hands.write("box")
        await hands.until(lambda: "Esc Stop" in hands.text("#keys"))
        await hands.press("escape")
        assert hands.text("#keys").endswith("Esc Clear")
        assert hands.screen.filter_box.value == "box"
        assert hands.status == "13 of 100 · partial, stopped · L goes on"
        hands.loader.release()
        await hands.loaded(200)
        await hands.pilot.pause(0.05)
        assert hands.loader.pages == 2
        assert hands.status == "25 of 200 · partial, stopped · L goes on"
        await hands.press("escape")
        assert hands.screen.filter_box.value == ""
        assert hands.focused == "table"


async def test_nothing_is_said_to_match_nothing_while_the_rest_is_being_loaded() -> None:
    async with browsing(300) as hands:
        hands.loader.hold()
        await hands.press("slash")
        await hands.write("zzz")
        await hands.until(lambda: "No connector matches so far." in hands.text("#table"))
        assert "L loads" not in hands.text("#table")
        await hands.press("escape")
        await hands.until(lambda: "L loads the rest" in hands.text("#table"))
        hands.loader.release()
        await hands.press("enter", "L")
        await hands.until(lambda: hands.status == "0 of 300 · complete")
        assert "No connector matches." in hands.text("#table")
        assert "so far" not in hands.text("#table")


async def test_l_goes_on_after_a_stop() -> None:
    async with browsing(1000) as hands:
        hands.loader.hold()
        await hands.press("L")
        assert hands.status.endswith("loading page 2 · Esc stops")
        await hands.press("escape")
        assert hands.status.endswith("partial, stopped · L goes on")
        await hands.press("L")
        hands.loader.release()
        await hands.until(lambda: hands.status == "1,000 of 1,000 · complete")


@pytest.mark.parametrize("moved", [["k"], ["g", "G"]])
async def test_escape_stops_a_walk_that_has_to_come_to_the_rows_that_are_seen(moved: list[str]) -> None:
    loader = FakeLoader(make_connectors(1000))
    async with running(loader) as hands:
        await hands.loaded(100)
        await hands.press("S")
        await hands.until(lambda: hands.status == "200 of 200 · partial, more on the server")
        loader.hold()
        await hands.press("G")
        assert hands.status.endswith("loading page 2 · Esc stops"), "the first hundred are the order's last"
        await hands.press("escape")
        assert hands.status == "200 of 200 · partial, stopped · L goes on"
        loader.release()
        await hands.loaded(300)
        await hands.pilot.pause(0.05)
        assert hands.status == "300 of 300 · partial, stopped · L goes on"
        for key in moved:
            await hands.press(key)
            await hands.pilot.pause(0.05)
        await hands.until(lambda: hands.status == "1,000 of 1,000 · complete")


@pytest.mark.parametrize(
    ("keys", "order"), [(["s"], "name"), (["S"], "-name"), (["s"] * 4, "id"), (["s"] * 4 + ["S"], "-id")]
)
async def test_by_name_and_id_the_tenant_sorts_a_list_that_is_not_whole(keys: list[str], order: str) -> None:
    loader = FakeLoader(make_connectors(300))
    async with running(loader) as hands:
        await hands.loaded(100)
        loader.hold()
        await hands.press(*keys)
        loader.release()
        await hands.until(lambda: len(loader.walks) == (1 if order == "name" else 2) or order == "-id")
        await hands.until(
            lambda: hands.status.startswith(f"{len(hands.names)} of") and not hands.screen.list.state.is_loading
        )
        assert loader.walks[-1].query.sort == order
        first = hands.names[0]
        assert first.startswith("000299") if order.startswith("-") else first.startswith("000000")


@pytest.mark.parametrize("moved", [[], ["j"]], ids=["on the first row", "further down"])
async def test_who_sorts_on_the_first_row_sees_the_top_of_the_order_also_when_it_comes_later(moved: list[str]) -> None:
    async with running(FakeLoader(make_connectors(300))) as hands:
        await hands.loaded(100)
        await hands.press(*moved)
        looked_at = hands.table.connector
        await hands.press("S")
        await hands.until(lambda: hands.names[0].startswith("000299"), "the end of the list")
        if moved:
            assert hands.table.connector == looked_at
        else:
            assert (hands.table.cursor, hands.cursor_line) == (0, 1)
            assert hands.table.connector == hands.screen.view.connector(0)
            await hands.press("j", "S")
            await hands.loaded_whole()
            assert hands.names[hands.table.cursor].startswith("000298"), "it stays on the record once it was moved"


async def test_who_goes_down_before_there_are_rows_is_there_when_they_come() -> None:
    loader = FakeLoader(make_connectors(30))
    loader.hold()
    async with running(loader) as hands:
        await hands.press("j", "j", "j")
        assert hands.table.connector is None
        loader.release()
        await hands.loaded(30)
        assert hands.table.cursor == 3
        assert hands.table.connector == hands.screen.view.connector(3)


async def test_a_word_from_a_walk_that_was_replaced_is_not_listened_to() -> None:
    async with browsing(30) as hands:
        await hands.press("r")
        await hands.until(lambda: hands.status == "30 of 30 · complete")
        hands.screen.post_message(LoadEvent(1, WalkEnded((), Coverage(Reach.COMPLETE))))
        hands.screen.post_message(LoadEvent(1, Refused(GONE, (), Coverage(Reach.REFUSED))))
        await hands.pilot.pause()
        assert hands.status == "30 of 30 · complete"
        assert hands.screen.problem is None


async def test_a_whole_list_is_sorted_here() -> None:
    async with browsing(300) as hands:
        await hands.loaded_whole()
        await hands.press("S")
        assert len(hands.loader.walks) == 1
        assert hands.names[0].startswith("000299")


async def test_a_refusal_in_the_middle_keeps_the_rows_and_r_tries_again() -> None:
    loader = FakeLoader(make_connectors(300), error=REFUSED, error_from=2)
    async with running(loader) as hands:
        await hands.loaded(100)
        await hands.press("G")
        await hands.until(lambda: hands.screen.problem is not None)
        assert hands.status == "100 of 100 · partial, the server stopped answering"
        said = hands.text("#problem")
        for part in (REFUSED.summary, REFUSED.advice, "AUTH-1: No entry", "trace id 0af7"):
            assert part in said
        assert "000099" in hands.text("#table")
        loader.error = None
        await hands.press("r")
        await hands.until(lambda: hands.screen.problem is None)
        assert not hands.shown("#problem")
        assert hands.table.connector == hands.screen.view.connector(99)
        await hands.press("G")
        await hands.until(lambda: len(hands.names) > 100)


async def test_escape_clears_what_is_typed_and_then_hides_the_problem() -> None:
    loader = FakeLoader(make_connectors(300), error=GONE, error_from=2)
    async with running(loader) as hands:
        await hands.loaded(100)
        await hands.press("slash")
        await hands.write("box")
        await hands.until(lambda: hands.shown("#problem"))
        await hands.press("escape")
        assert hands.screen.filter_box.value == ""
        assert hands.shown("#problem")
        await hands.press("escape")
        assert not hands.shown("#problem")


async def test_without_any_row_the_problem_takes_the_table_s_place() -> None:
    for size in (WIDE, NARROW):
        async with running(FakeLoader(make_connectors(3), error=REFUSED), size) as hands:
            await hands.until(lambda: hands.screen.problem is not None)
            assert hands.status.startswith("0 of 0 · partial, the server stopped")
            assert REFUSED.summary in hands.text("#problem")
            assert "trace id 0af7" in hands.text("#problem")


async def test_a_pause_says_how_long_and_why() -> None:
    loader = FakeLoader(make_connectors(300), pause=(30.0, RateLimited("Too many requests.")))
    loader.hold()
    async with running(loader) as hands:
        await hands.until(lambda: "waiting " in hands.status)
        assert hands.status.endswith(" s · r goes on · Esc stops · Too many requests.")
        loader.release()
        await hands.press("r")
        await hands.loaded(100)
        assert "waiting" not in hands.status


async def test_a_pause_can_be_given_up() -> None:
    loader = FakeLoader(make_connectors(300), pause=(30.0, RateLimited("Too many requests.")), pause_from=2)
    async with running(loader) as hands:
        await hands.loaded(100)
        await hands.press("L")
        await hands.until(lambda: "waiting" in hands.status)
        await hands.press("escape")
        assert hands.status == "100 of 100 · partial, stopped · L goes on"
        loader.pause = None
        await hands.press("L")
        await hands.loaded(300)


@pytest.mark.parametrize("key", ["r", "L"])
async def test_who_presses_a_key_is_asked_for_although_the_tenant_wants_to_be_left_alone(key: str) -> None:
    busy = RateLimited("The tenant asks to wait until 3 May.", status=429, retry_after=999_999_999.0)
    loader = FakeLoader(make_connectors(30), error=busy)
    async with running(loader) as hands:
        await hands.until(lambda: hands.shown("#problem"))
        loader.error = None
        await hands.press(key)
        await hands.loaded(30)
    assert [walk.insists for walk in loader.walks] == [False, True], "nobody insisted at the start"


async def test_a_new_key_goes_on_where_the_old_one_was_refused() -> None:
    loader = FakeLoader(make_connectors(300), error=REFUSED, error_from=2)
    async with running(loader) as hands:
        await hands.loaded(100)
        await hands.press("L")
        await hands.until(lambda: hands.shown("#problem"))
        assert "n new key" in hands.text("#problem")
        await hands.press("escape")
        await hands.until(lambda: not hands.shown("#problem"))
        assert "n New key" in hands.text("#keys"), "who has read it can still do it"
        loader.error = None
        await hands.press("n")
        await hands.write("short")
        await hands.press("enter")
        assert "characters" in hands.text(hands.app.screen.query_one("#key-hint"))
        # The line for a shell that the demo server prints.
        hands.app.screen.query_one(Input).value = "export QCONN_API_KEY=a-much-longer-key-0123456789"
        await hands.pilot.pause()
        assert "characters" not in hands.text(hands.app.screen.query_one("#key-hint")), "that was another key"
        assert "longer" not in hands.text(hands.app.screen.query_one("#key"))
        await hands.press("enter")
        await hands.until(lambda: loader.replaced == 1 and "n New key" not in hands.text("#keys"))
        # The whole list is still wanted: nobody asks for it twice.
        await hands.loaded(300)


async def test_while_the_tenant_is_silent_the_table_says_so() -> None:
    loader = FakeLoader(make_connectors(30))
    loader.hold()
    async with running(loader) as hands:
        assert "Asking the tenant …" in hands.text("#table")
        assert hands.status == "0 of 0 · nothing loaded · loading page 1"
        await hands.press("j", "G", "enter", "y", "Y", "slash", "escape")
        loader.release()
        await hands.loaded(30)


async def test_an_empty_tenant_is_not_an_empty_filter() -> None:
    async with running(FakeLoader(())) as hands:
        await hands.until(lambda: hands.status == "0 of 0 · complete")
        assert "The tenant lists no connectors." in hands.text("#table")
        await hands.press("j", "k", "G", "g", "pagedown", "enter", "s", "S", "1", "y", "Y", "left", "right")
        assert hands.on_main_screen
        assert hands.table.connector is None


async def test_a_list_that_is_asked_for_again_is_as_old_as_it_was() -> None:
    began = time.time()
    async with running(FakeLoader(make_connectors(30))) as hands:
        await hands.until(lambda: hands.status == "30 of 30 · complete")
        came = time.time()
        await hands.press("r")
        await hands.until(lambda: len(hands.loader.walks) == 2)
        known_since = hands.loader.walks[1].known_since
        assert known_since is not None
        assert began < known_since < came


async def test_what_is_saved_stands_there_first_and_says_its_age() -> None:
    everything = make_connectors(30)
    loader = FakeLoader(everything, saved=everything[:20], saved_at=time.time() - 7300)
    loader.hold()
    async with running(loader) as hands:
        await hands.loaded(20)
        assert hands.status.startswith("20 of 20 · offline copy, 2 h old")
        await hands.press("j", "j")
        loader.release()
        await hands.until(lambda: hands.status == "30 of 30 · complete")
        assert hands.table.connector == everything[2]


async def test_a_saved_list_is_checked_to_its_end() -> None:
    everything = make_connectors(500)
    async with running(FakeLoader(everything, saved=everything)) as hands:
        await hands.until(lambda: hands.status == "500 of 500 · complete")


async def test_a_refresh_keeps_filter_facets_order_and_cursor() -> None:
    async with browsing(30) as hands:
        await hands.filter("box")
        await hands.press("S", "j")
        before = hands.table.connector
        assert before is not None
        hands.loader.connectors = make_connectors(60)
        await hands.press("r")
        await hands.until(lambda: "of 60 · complete" in hands.status)
        assert hands.table.connector == before
        assert hands.screen.filter_box.value == "box"
        assert hands.screen.view.sort == (Sort(SortKey.NAME, descending=True),)
        assert hands.names == sorted(hands.names, reverse=True)


async def test_a_refresh_drops_what_the_tenant_no_longer_lists() -> None:
    async with browsing(30) as hands:
        await hands.press("j", "j")
        hands.loader.connectors = make_connectors(30)[3:]
        await hands.press("r")
        await hands.until(lambda: hands.status == "27 of 27 · complete")
        assert hands.table.cursor == 2
        assert hands.table.connector == hands.screen.view.connector(2)
        assert hands.screen.current == hands.table.connector


@pytest.mark.parametrize("reach", [Reach.LOOPED, Reach.UNCLEAR, Reach.CAPPED])
async def test_an_end_that_is_not_the_end_is_called_so(reach: Reach) -> None:
    async with running(FakeLoader(make_connectors(5), coverage=Coverage(reach, skipped=3))) as hands:
        await hands.until(lambda: hands.status == f"5 of 5 · {reach.value} · 3 unreadable")


async def test_a_notice_of_the_cache_is_told_once() -> None:
    async with running(FakeLoader(make_connectors(5), notice="The cache [/x] was damaged.")) as hands:
        await hands.loaded(5)
        await hands.until(lambda: hands.toasts() == ["The cache [/x] was damaged."])


async def test_the_loader_is_closed_at_the_end() -> None:
    async with browsing() as hands:
        pass
    assert hands.loader.closed


async def test_a_tenant_that_hangs_does_not_hold_up_the_end() -> None:
    class Hanging(FakeLoader):
        async def aclose(self) -> None:
            self.hold()
            await self.answered()

    async with running(Hanging(make_connectors(30))) as hands:
        await hands.loaded(30)
        await hands.pilot.press("q")
    assert hands.app.return_code == 0


async def test_rows_that_were_read_ahead_are_there_before_anything_is_asked_for() -> None:
    rows = make_connectors(30)
    loader = FakeLoader(rows, saved=rows, ahead=rows[:20], saved_at=time.time())
    loader.hold_disk()
    async with running(loader) as hands:
        assert hands.names == [row.name for row in rows[:20]]
        assert rows[0].name in hands.text("#table")
        assert hands.status.startswith("20 of 20 · offline copy, being read")
        await hands.until(lambda: len(loader.walks) == 1)
        assert loader.walks[0].saved_first
        assert not loader.walks[0].known
        loader.release()
        await hands.loaded(30)


async def test_offline_nobody_speaks_of_pages() -> None:
    loader = FakeLoader((), saved=make_connectors(30), offline=True)
    loader.hold_disk()
    async with running(loader) as hands:
        assert hands.status == "0 of 0 · nothing loaded · reading the saved list"


async def test_the_screen_is_told_once_that_it_is_shown() -> None:
    told: list[int] = []
    loader = FakeLoader(make_connectors(3))
    app = QconnApp(
        Settings(server=TENANT, images="off"),
        make_loader=lambda _: loader,
        start_demo=Settings,
        when_shown=lambda: told.append(len(app.screen.query(ConnectorTable))),
    )
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.pause()
        assert told == [1]
