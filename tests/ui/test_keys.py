"""Every key of the registry does what its tooltip says; one without a proof here fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.errors import NotAllowed, UsageError
from qconn_tui.runtime.sigint import INTERRUPTED
from qconn_tui.settings.values import Settings
from qconn_tui.ui.keys import APP_KEYS, BROWSE_KEYS, FILTER_KEYS, TABLE_KEYS
from qconn_tui.ui.screens.copy_menu import CopyMenu
from qconn_tui.ui.screens.export_dialog import ExportScreen
from qconn_tui.ui.screens.help import HelpScreen
from qconn_tui.ui.screens.new_key import NewKeyScreen
from tests.ui.fakes import TENANT, FakeLoader, browsing, is_typing, make_app, make_connectors, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.ui.fakes import Hands

    Proof: TypeAlias = Callable[[Hands, str], Awaitable[None]]

pytestmark = pytest.mark.anyio

BINDINGS = list(dict.fromkeys([*APP_KEYS, *BROWSE_KEYS, *TABLE_KEYS, *FILTER_KEYS]))
PROOFS: dict[str, Proof] = {}
"""For each id of a binding, what is to happen when its key is pressed over 300 connectors, 100 of them loaded."""


def proves(identity: str) -> Callable[[Proof], Proof]:
    def register(proof: Proof) -> Proof:
        PROOFS[identity] = proof
        return proof

    return register


@proves("quit")
async def leaves(hands: Hands, key: str) -> None:
    await hands.pilot.press(key)
    assert not hands.app.is_running or hands.app.return_code == 0
    assert hands.app.return_value is None


@proves("interrupt")
async def is_interrupted(hands: Hands, key: str) -> None:
    await hands.pilot.press("slash", key)
    assert hands.app.return_value == INTERRUPTED


@proves("redraw")
async def draws_everything_anew(hands: Hands, key: str) -> None:
    calls: list[str] = []
    hands.app.terminal.forget_screen = lambda: calls.append("forget")
    await hands.press("slash", key)
    assert calls == ["forget"]


@proves("help")
async def shows_every_key(hands: Hands, key: str) -> None:
    await hands.press(key)
    assert isinstance(hands.app.screen, HelpScreen)
    await hands.press(key)
    assert hands.on_main_screen


@proves("filter")
async def types_a_filter(hands: Hands, key: str) -> None:
    await hands.press(key)
    await hands.write("qs")
    assert hands.screen.filter_box.value == "qs"


@proves("back")
async def clears_filter_and_facets(hands: Hands, key: str) -> None:
    await hands.loaded_whole()
    await hands.press("1")
    await hands.filter("box")
    assert len(hands.names) < 30
    await hands.press(key)
    assert len(hands.names) == 300
    assert hands.screen.filter_box.value == ""


@proves("sort")
async def sorts_by_one_column_after_the_other(hands: Hands, key: str) -> None:
    await hands.loaded_whole()
    seen = []
    for _ in range(6):
        await hands.press(key)
        seen.append([sort.key for sort in hands.screen.view.sort])
    # What is the same in a column stands by name.
    assert seen == [
        [SortKey.NAME], [SortKey.BILLABLE, SortKey.NAME], [SortKey.WEBHOOKS, SortKey.NAME], [SortKey.ID],
        [SortKey.DESCRIPTION, SortKey.NAME], [],
    ]  # fmt: skip


@proves("sort-reverse")
async def turns_the_order_round(hands: Hands, key: str) -> None:
    await hands.loaded_whole()
    await hands.press(key)
    assert hands.screen.view.sort == (Sort(SortKey.NAME, descending=True),)
    await hands.press(key)
    assert hands.screen.view.sort == (Sort(SortKey.NAME),)
    assert hands.names == sorted(hands.names)


def ticks(facet: Facet, state: bool) -> Proof:
    async def proof(hands: Hands, key: str) -> None:
        await hands.loaded_whole()
        await hands.press(key)
        assert hands.screen.view.chosen == {(facet, state)}
        rows = [hands.screen.view.connector(row) for row in range(len(hands.screen.view))]
        assert rows
        assert all(facet.of(connector) is state for connector in rows)
        await hands.press(key)
        assert hands.screen.view.chosen == frozenset()

    return proof


proves("facet-1")(ticks(Facet.BILLABLE, True))
proves("facet-2")(ticks(Facet.BILLABLE, False))
proves("facet-3")(ticks(Facet.WEBHOOKS, True))
proves("facet-4")(ticks(Facet.WEBHOOKS, False))


@proves("sidebar")
async def hides_and_shows_the_sidebar(hands: Hands, key: str) -> None:
    await hands.press(key)
    assert not hands.shown("#sidebar")
    await hands.press(key)
    assert hands.shown("#sidebar")


@proves("copy-id")
async def copies_the_id(hands: Hands, key: str) -> None:
    await hands.press("j", key)
    await hands.until(lambda: hands.app.clipboard == hands.screen.view.connector(1).id)


@proves("copy-menu")
async def asks_what_to_copy(hands: Hands, key: str) -> None:
    await hands.press(key)
    assert isinstance(hands.app.screen, CopyMenu)


@proves("export")
async def asks_where_to_write(hands: Hands, key: str) -> None:
    await hands.press(key)
    assert isinstance(hands.app.screen, ExportScreen)


@proves("refresh")
async def asks_the_tenant_again(hands: Hands, key: str) -> None:
    await hands.press(key)
    assert len(hands.loader.walks) == 2
    assert not hands.loader.walks[1].saved_first
    assert len(hands.screen.view.connectors) >= 100


@proves("load-all")
async def loads_the_whole_list(hands: Hands, key: str) -> None:
    await hands.press(key)
    await hands.loaded(300)
    assert "300 of 300 · complete" in hands.status


@proves("new-key")
async def asks_for_another_key_where_the_old_one_is_refused(hands: Hands, key: str) -> None:
    await hands.press(key)
    assert hands.on_main_screen
    hands.loader.error = NotAllowed("The tenant refused the key.")
    await hands.press("r")
    await hands.until(lambda: hands.screen.problem is not None)
    await hands.press(key)
    assert isinstance(hands.app.screen, NewKeyScreen)


@proves("next-pane")
async def goes_round_the_panes(hands: Hands, key: str) -> None:
    seen = []
    for _ in range(4):
        await hands.press(key)
        seen.append(hands.focused)
    assert seen == ["detail", "filter", "facets", "table"]


@proves("previous-pane")
async def goes_round_the_panes_backwards(hands: Hands, key: str) -> None:
    seen = []
    for _ in range(4):
        await hands.press(key)
        seen.append(hands.focused)
    assert seen == ["facets", "filter", "detail", "table"]


def moves(start: int, end: Callable[[Hands], int]) -> Proof:
    async def proof(hands: Hands, key: str) -> None:
        hands.table.move_cursor(start)
        await hands.press(key)
        assert hands.table.cursor == end(hands)
        assert hands.table.connector == hands.screen.view.connector(end(hands))
        assert hands.cursor_line is not None

    return proof


proves("up")(moves(5, lambda _: 4))
proves("down")(moves(5, lambda _: 6))
proves("page-up")(moves(60, lambda hands: 60 - hands.table.page_rows))
proves("page-down")(moves(5, lambda hands: 5 + hands.table.page_rows))
proves("first")(moves(60, lambda _: 0))
proves("last")(moves(5, lambda _: 99))


@proves("right")
async def scrolls_the_columns_right(hands: Hands, key: str) -> None:
    before = hands.text("#table")
    await hands.press(key)
    assert hands.table.scroll_offset.x > 0
    assert hands.text("#table") != before


@proves("left")
async def scrolls_the_columns_left(hands: Hands, key: str) -> None:
    before = hands.text("#table")
    await hands.press("right", "right", key, key)
    assert hands.text("#table") == before


@proves("open")
async def opens_the_details(hands: Hands, key: str) -> None:
    await hands.press("j", key)
    assert hands.focused == "detail"
    assert "000001 Amazon S3" in hands.text("#detail-name")


@proves("images")
async def goes_round_the_ways_of_drawing_logos(hands: Hands, key: str) -> None:
    before = hands.screen.images.mode
    await hands.press(key)
    assert (before, hands.screen.images.mode) == ("off", "blocks")
    await hands.press(key)
    assert hands.screen.images.mode == "off"


@proves("filter-leave")
async def goes_to_the_matching_rows(hands: Hands, key: str) -> None:
    await hands.press("slash")
    await hands.write("box")
    await hands.press(key)
    assert hands.focused == "table"
    assert hands.screen.filter_box.value == "box"


@proves("filter-clear")
async def clears_the_filter(hands: Hands, key: str) -> None:
    await hands.loaded_whole()
    await hands.press("slash")
    await hands.write("box")
    await hands.press(key)
    assert hands.focused == "table"
    assert len(hands.names) == 300


def test_every_binding_has_a_proof() -> None:
    assert {binding.id for binding in BINDINGS} == set(PROOFS)


def test_every_binding_explains_itself() -> None:
    assert all(binding.tooltip and binding.id for binding in BINDINGS)
    assert len({binding.id for binding in BINDINGS}) == len(set(BINDINGS))


@pytest.mark.parametrize("keymap", [{"quit": "y"}, {"up": "j"}, {"filter": "s", "quit": "x"}])
def test_a_key_for_two_things_is_refused(keymap: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="means both"):
        make_app(FakeLoader(()), Settings(server=TENANT, keymap=keymap))


def test_no_key_is_the_prefix_of_tmux_or_screen() -> None:
    assert not {key for binding in BINDINGS for key in binding.key.split(",")} & {"ctrl+a", "ctrl+b"}


@pytest.mark.parametrize(
    ("identity", "key"),
    [(binding.id, key) for binding in BINDINGS for key in binding.key.split(",")],
)
async def test_a_key_does_what_it_says(identity: str, key: str) -> None:
    async with browsing(300) as hands:
        await PROOFS[identity](hands, key)


async def test_ctrl_p_opens_the_palette() -> None:
    async with browsing() as hands:
        await hands.press("ctrl+p")
        assert type(hands.app.screen).__name__ == "CommandPalette"


async def test_no_key_of_the_list_works_while_somebody_types() -> None:
    async with browsing() as hands:
        await hands.press("slash")
        await hands.write("qsSbyYerLgG1234jk?")
        assert is_typing(hands)
        assert hands.screen.filter_box.value == "qsSbyYerLgG1234jk?"
        assert hands.on_main_screen


async def test_the_user_s_keys_take_the_place_of_ours() -> None:
    settings = Settings(server=TENANT, images="off", keymap={"filter": "f", "down": "m,ctrl+n", "quit": "x"})
    async with running(FakeLoader(make_connectors(30)), settings=settings) as hands:
        await hands.loaded(30)
        await hands.press("slash", "j", "m", "ctrl+n")
        assert (hands.focused, hands.table.cursor) == ("table", 2)
        await hands.press("f")
        assert is_typing(hands)
        # Whatever somebody binds, there is a way out.
        await hands.pilot.press("ctrl+c")
        assert hands.app.return_value == INTERRUPTED


def test_a_key_for_something_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match=r"no-such-id .*\[keys\]"):
        make_app(FakeLoader(()), Settings(server=TENANT, keymap={"no-such-id": "z"}))


def test_a_theme_that_does_not_exist_is_named_and_so_are_the_others() -> None:
    with pytest.raises(UsageError, match=r"no-such-theme.*qconn-dark, qconn-light") as caught:
        make_app(FakeLoader(()), Settings(server=TENANT, theme="no-such-theme\x1b[31m"))
    assert str(caught.value).isprintable()


async def test_a_theme_of_textual_can_be_chosen() -> None:
    settings = Settings(server=TENANT, images="off", theme="nord")
    async with running(FakeLoader(make_connectors(30)), settings=settings) as hands:
        assert hands.app.current_theme.name == "nord"
