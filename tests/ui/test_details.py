"""The details: the same place for the same field, and nothing that cannot be read in full."""

from __future__ import annotations

import pytest
from textual.geometry import Offset

from qconn_tui.catalogue.facets import Facet
from qconn_tui.connector import Connector
from qconn_tui.logos.policy import LogoRefusal
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.ui.images import Images
from qconn_tui.ui.widgets.detail_pane import DetailPane, body
from qconn_tui.ui.widgets.facet_list import FacetList
from tests.ui.fakes import MEDIUM, NARROW, WIDE, FakeLoader, Hands, browsing, running

pytestmark = pytest.mark.anyio

HEADINGS = ("Description", "ID", "Billable", "Webhooks", "Logo", "Logo, small", "Logo, medium", "Logo, large")


def places(hands: Hands) -> list[int]:
    """The line of each heading."""
    lines = hands.text("#detail-body").splitlines()
    return [lines.index(heading) for heading in HEADINGS]


async def test_without_a_connector_there_is_nothing_that_would_show_one() -> None:
    async with running(FakeLoader(())) as hands:
        await hands.until(lambda: hands.screen.view.coverage.is_complete)
        assert not hands.screen.query_one(DetailPane).children


async def test_every_field_keeps_its_place_from_one_connector_to_the_next() -> None:
    one_line = Connector("1", "Airtable", "Tables.", billable=True, has_webhooks=False)
    address = f"https://cdn.qlikcloud.com/automations/logos/{'0' * 32}.png"
    three_lines = Connector("2" * 36, "Box " * 9, "Files in a box. " * 6, billable=False, logo_small=address)
    async with running(FakeLoader((one_line, three_lines, Connector("3", "")))) as hands:
        await hands.loaded(3)
        before = places(hands)
        for _ in range(2):
            await hands.press("j")
            assert places(hands) == before


@pytest.mark.parametrize("width", [92, 100, 119, 120])
async def test_a_whole_id_stands_on_one_line_where_there_is_room(width: int) -> None:
    async with browsing(1, (width, 30)) as hands:
        assert hands.screen.view.connector(0).id in hands.text("#detail-body").splitlines()


def test_the_fields_stay_where_they_are_when_the_logo_comes() -> None:
    images = Images(reason="the terminal shows neither kitty graphics nor sixel, and tmux stands in between")
    logos = (None, Thumbnail(1, 1, bytes(4)), LogoRefusal("the tenant names none"))
    texts = [body(Connector("1", "Airtable"), logo, images, 38, is_spread=True) for logo in logos]
    assert len({text.plain for text in texts}) == 3
    assert len({text.get_height({}, 38) for text in texts}) == 1


async def test_a_small_pane_has_no_room_to_spare() -> None:
    async with browsing(1, MEDIUM) as hands:
        assert hands.text("#detail-body").startswith("Description\nnone\n\nID")


async def test_fields_are_laid_out_for_the_width_that_they_have() -> None:
    async with browsing(1, MEDIUM) as hands:
        await hands.resize(WIDE)
        wide = hands.text("#detail-body")
    async with browsing(1, WIDE) as hands:
        assert hands.text("#detail-body") == wide


async def test_a_name_that_is_cut_beside_the_logo_is_shown_in_full_beneath() -> None:
    long = Connector("1", " ".join(f"word{number}" for number in range(40)))
    async with running(FakeLoader((long, Connector("2", "Airtable")))) as hands:
        await hands.loaded(2)
        await hands.press("G")
        assert " ".join(hands.text("#detail-body").split()).startswith(f"Name {long.name} Description")
        await hands.press("g")
        assert hands.text("#detail-body").startswith("Description")


async def test_whether_a_name_is_cut_is_asked_again_when_the_pane_gets_its_place() -> None:
    long = Connector("1", " ".join(f"word{number}" for number in range(40)))
    async with running(FakeLoader((long,)), NARROW) as hands:
        await hands.loaded(1)
        await hands.resize(WIDE)
        assert hands.text("#detail-body").startswith("Name")


async def test_the_pane_with_the_keys_is_seen() -> None:
    async with browsing(1) as hands:
        pane = hands.screen.query_one(DetailPane)
        before = pane.styles.border_left
        await hands.press("enter")
        assert hands.app.focused is pane
        assert pane.styles.border_left != before


async def test_text_is_selected_with_the_mouse_and_copied() -> None:
    async with browsing(2) as hands:
        await hands.press("j")
        lines = hands.text("#detail-body").splitlines()
        line = lines.index("Description") + 1
        await hands.pilot.mouse_down("#detail-body", offset=Offset(0, line))
        await hands.pilot.hover("#detail-body", offset=Offset(4, line))
        await hands.pilot.mouse_up("#detail-body", offset=Offset(4, line))
        assert hands.app.screen.get_selected_text() == "Reads"
        await hands.press("ctrl+c")
        assert hands.app.return_code is None


async def test_the_keys_of_the_list_move_the_other_panes_too() -> None:
    async with browsing(30, (120, 16)) as hands:
        pane = hands.screen.query_one(DetailPane)
        await hands.press("enter", "j", "j", "k")
        await hands.until(lambda: pane.scroll_offset.y == 1)
        await hands.press("G")
        await hands.until(lambda: pane.scroll_offset.y == pane.max_scroll_y > 1)
        await hands.press("g")
        await hands.until(lambda: pane.scroll_offset.y == 0)
        facets = hands.screen.query_one(FacetList)
        facets.focus()
        first = facets.highlighted
        await hands.press("j")
        assert facets.highlighted != first
        await hands.press("k", "space")
        assert hands.screen.view.chosen == {(Facet.BILLABLE, True)}
