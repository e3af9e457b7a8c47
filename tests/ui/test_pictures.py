"""Pictures of the program: what is drawn today is what was approved.

`QCONN_UPDATE_PICTURES=1 pytest tests/ui/test_pictures.py` draws them anew; look at each before it is committed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import pytest

from qconn_tui.connector import Connector
from qconn_tui.errors import NotAllowed, Problem
from qconn_tui.settings.values import Settings
from tests.ui.approved import SIZES, assert_approved
from tests.ui.fakes import TENANT, WIDE, FakeLoader, Hands, make_connectors, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    AssertPicture: TypeAlias = Callable[[Hands, str], None]

pytestmark = pytest.mark.anyio


AIRTABLE = Connector(
    "0d87347d-27c0-11ea-921c-022e6b5ea1e2",
    "Airtable",
    "Airtable is a cloud collaboration service.",
    billable=True,
    has_webhooks=False,
    logo_small="https://cdn.qlikcloud.com/airtable.png",
)
REFUSED = NotAllowed(
    "The tenant refused the key (401).",
    "Make a new key in your tenant under Profile › API keys.",
    problems=(Problem("HTTP-401", "Unauthorized", "The key has expired."),),
    trace_id="0af7651916cd43dd8448eb211c80319c",
)


@pytest.fixture
def assert_picture(tmp_path: Path) -> AssertPicture:
    """Fails unless the screen is the picture of that name; draws it when the environment asks for that."""

    def check(hands: Hands, name: str) -> None:
        # The ids in the drawing are random; everything else is the same at every run.
        drawn = re.sub(r"terminal-\d+-", "terminal-", hands.app.export_screenshot())
        assert_approved(name, drawn, tmp_path)

    return check


async def nothing(_: Hands) -> None:
    """The list as it is."""


async def filtered(hands: Hands) -> None:
    await hands.press("slash")
    # A caret that blinks would be in every second picture.
    hands.screen.filter_box.cursor_blink = False
    await hands.write("b")
    await hands.press("enter", "3", "j")


async def sorted_and_scrolled(hands: Hands) -> None:
    await hands.press("S", "pagedown", "pagedown", "right", "right")


async def details(hands: Hands) -> None:
    await hands.press("G", "enter")


async def nothing_matches(hands: Hands) -> None:
    await hands.filter("zzz")


async def wrong_query(hands: Hands) -> None:
    await hands.press("slash")
    hands.screen.filter_box.cursor_blink = False
    await hands.filter("billable:perhaps")


async def help_page(hands: Hands) -> None:
    await hands.press("question_mark")


async def copy_menu(hands: Hands) -> None:
    await hands.press("G", "Y")


STATES: dict[str, Callable[[Hands], Awaitable[None]]] = {
    "loaded": nothing,
    "filtered": filtered,
    "scrolled": sorted_and_scrolled,
    "details": details,
    "nothing-matches": nothing_matches,
    "wrong-query": wrong_query,
    "help": help_page,
    "copy-menu": copy_menu,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
async def test_the_list(state: str, size: str, assert_picture: AssertPicture) -> None:
    async with running(FakeLoader((*make_connectors(60), AIRTABLE)), SIZES[size]) as hands:
        await hands.loaded(61)
        await STATES[state](hands)
        assert_picture(hands, f"{state}-{size}")


@pytest.mark.parametrize("size", SIZES)
async def test_an_error_without_rows(size: str, assert_picture: AssertPicture) -> None:
    async with running(FakeLoader((), error=REFUSED), SIZES[size]) as hands:
        await hands.until(lambda: hands.screen.problem is not None)
        assert_picture(hands, f"error-{size}")


@pytest.mark.parametrize("size", SIZES)
async def test_an_error_after_rows(size: str, assert_picture: AssertPicture) -> None:
    async with running(FakeLoader(make_connectors(300), error=REFUSED, error_from=2), SIZES[size]) as hands:
        await hands.loaded(100)
        await hands.press("G")
        await hands.until(lambda: hands.screen.problem is not None)
        assert_picture(hands, f"error-after-rows-{size}")


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_tenant(size: str, assert_picture: AssertPicture) -> None:
    async with running(FakeLoader(()), SIZES[size]) as hands:
        await hands.until(lambda: hands.screen.view.coverage.is_complete)
        assert_picture(hands, f"empty-{size}")


@pytest.mark.parametrize("size", SIZES)
async def test_the_welcome(size: str, assert_picture: AssertPicture) -> None:
    async with running(FakeLoader(()), SIZES[size], Settings()) as hands:
        assert_picture(hands, f"welcome-{size}")


@pytest.mark.parametrize("theme", ["qconn-light", "ansi-dark"])
async def test_a_theme(theme: str, assert_picture: AssertPicture) -> None:
    settings = Settings(server=TENANT, images="off", theme=theme)
    async with running(FakeLoader((*make_connectors(60), AIRTABLE)), WIDE, settings) as hands:
        await hands.loaded(61)
        await filtered(hands)
        assert_picture(hands, f"{theme}-wide")
