"""Logos: which way they are drawn, when they are fetched, and what is seen of them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from qconn_tui.logos.drawing.sequences import PLACEHOLDER
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.settings.values import Settings
from qconn_tui.terminal.answers import Answers
from qconn_tui.terminal.profile import Profile, profile_for
from qconn_tui.ui.messages import PictureReady
from qconn_tui.ui.output.cells import COVERED
from qconn_tui.ui.output.graphics import Picture
from qconn_tui.ui.screens.help import HelpScreen
from qconn_tui.ui.widgets.logo_box import LogoBox
from tests.ui.fakes import MEDIUM, NARROW, TENANT, WIDE, FakeLoader, make_connectors, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from qconn_tui.logos.fetch import LogoFetcher
    from qconn_tui.logos.policy import LogoRefusal
    from tests.ui.fakes import Hands

pytestmark = pytest.mark.anyio

KITTY = Profile(images="kitty", image_modes=("kitty", "blocks", "off"))
SIXEL = Profile(images="sixel", image_modes=("sixel", "blocks", "off"))
BLOCKS = Profile(images_reason="tmux passthrough is off")
AUTO = Settings(server=TENANT)


@dataclass
class FakeFetcher:
    """Knows every logo that it was asked for; each has a colour of its own."""

    on_ready: Callable[[str], None]
    asked: list[str] = field(default_factory=list)
    known: dict[str, Thumbnail | LogoRefusal] = field(default_factory=dict)

    def set_wanted(self, urls: Sequence[str]) -> None:
        for url in urls:
            if url not in self.known:
                self.asked.append(url)
                color = (len(self.known) * 20 % 256, 99, 99, 255)
                self.known[url] = Thumbnail(8, 8, bytes(color) * 64)
                self.on_ready(url)

    def get(self, url: str) -> Thumbnail | LogoRefusal | None:
        return self.known.get(url)

    async def run(self) -> None:
        await asyncio.get_running_loop().create_future()

    async def aclose(self) -> None:
        pass


class Logos:
    """The program over connectors that have logos."""

    def __init__(self, hands: Hands, fetchers: list[FakeFetcher]) -> None:
        self.hands = hands
        self._fetchers = fetchers

    @property
    def asked(self) -> list[str]:
        return [url for fetcher in self._fetchers for url in fetcher.asked]

    @property
    def box(self) -> LogoBox:
        return self.hands.screen.query_one(LogoBox)

    @property
    def drawn(self) -> str:
        """What the box paints."""
        return "".join(self.box.render_line(y).text for y in range(self.box.size.height))

    @property
    def pane(self) -> str:
        return self.hands.text("#detail-body")

    async def shows(self, character: str, cells: int = 16 * 8) -> None:
        await self.hands.until(lambda: self.drawn.count(character) == cells, f"{cells} of {character!r}")

    async def shows_no_picture(self) -> None:
        await self.hands.until(lambda: COVERED not in self.drawn and PLACEHOLDER not in self.drawn, "nothing")


@asynccontextmanager
async def browsing(profile: Profile, size: tuple[int, int] = WIDE, settings: Settings = AUTO) -> AsyncIterator[Logos]:
    rows = [
        row._replace(logo_small=f"https://logos/{row.id}/32", logo_large=f"https://logos/{row.id}/128")
        for row in make_connectors(30)
    ]
    fetchers: list[FakeFetcher] = []

    def make_fetcher(on_ready: Callable[[str], None]) -> LogoFetcher:
        fetchers.append(FakeFetcher(on_ready))
        return cast("LogoFetcher", fetchers[-1])

    async with running(FakeLoader(tuple(rows), make_fetcher=make_fetcher), size, settings, profile) as hands:
        await hands.loaded(30)
        yield Logos(hands, fetchers)


@pytest.mark.parametrize(("profile", "character"), [(KITTY, PLACEHOLDER), (SIXEL, COVERED)])
async def test_pixels_are_drawn_where_the_terminal_can(profile: Profile, character: str) -> None:
    async with browsing(profile) as logos:
        await logos.shows(character)
        assert logos.asked[0].endswith("/128"), "pixels want the large logo"
        assert f"drawn in {profile.images} graphics" in logos.pane


async def test_blocks_are_drawn_at_once_and_the_pane_says_why_nothing_sharper() -> None:
    async with browsing(BLOCKS) as logos:
        await logos.hands.until(lambda: isinstance(logos.box.logo, Thumbnail))
        assert logos.asked[0].endswith("/32")
        assert "drawn in block characters: tmux" in logos.pane


async def test_the_asked_for_mode_wins() -> None:
    asked_for = profile_for({"TERM": "xterm-256color"}, Answers(), images="kitty")
    async with browsing(asked_for, settings=Settings(server=TENANT, images="kitty")) as logos:
        await logos.shows(PLACEHOLDER)


async def test_every_connector_gets_its_own_picture_and_the_first_one_comes_back() -> None:
    async with browsing(KITTY) as logos:
        await logos.shows(PLACEHOLDER)
        first = logos.box.logo
        await logos.hands.press("j")
        await logos.hands.until(lambda: logos.box.logo not in (first, None))
        assert isinstance(logos.box.logo, Picture)
        await logos.hands.press("k")
        await logos.hands.until(lambda: logos.box.logo == first)


async def test_while_the_cursor_runs_nothing_is_sent() -> None:
    async with browsing(KITTY) as logos:
        await logos.shows(PLACEHOLDER)
        for row in range(1, 11):
            logos.hands.table.move_cursor(row)
            await asyncio.sleep(0)
        last = logos.hands.screen.view.connector(10)
        await logos.hands.until(lambda: logos.hands.screen.current is last and isinstance(logos.box.logo, Picture))
        assert len(logos.hands.sent(PictureReady)) == 2, "the first and the last one's"


@pytest.mark.parametrize(("profile", "character"), [(KITTY, PLACEHOLDER), (SIXEL, COVERED)])
async def test_a_dialog_takes_the_picture_away_and_it_comes_back(profile: Profile, character: str) -> None:
    async with browsing(profile) as logos:
        await logos.shows(character)
        await logos.hands.press("question_mark")
        assert isinstance(logos.hands.app.screen, HelpScreen)
        await logos.shows_no_picture()
        assert logos.box.place is None
        await logos.hands.press("escape")
        await logos.shows(character)
        assert logos.box.place == tuple(logos.box.region.offset)


@pytest.mark.parametrize(("profile", "character"), [(KITTY, PLACEHOLDER), (SIXEL, COVERED)])
async def test_another_size_gets_another_picture(profile: Profile, character: str) -> None:
    async with browsing(profile) as logos:
        await logos.shows(character)
        await logos.hands.resize(MEDIUM)
        await logos.shows(character, 12 * 6)
        await logos.hands.resize(WIDE)
        await logos.shows(character)


async def test_the_key_goes_round_and_off_leaves_nothing() -> None:
    async with browsing(SIXEL) as logos:
        await logos.shows(COVERED)
        await logos.hands.press("I")
        await logos.hands.until(lambda: isinstance(logos.box.logo, Thumbnail))
        await logos.shows_no_picture()
        await logos.hands.press("I")
        await logos.hands.until(lambda: "none drawn: logos are off" in logos.pane)
        assert not logos.box.region
        await logos.hands.press("I")
        await logos.shows(COVERED)
        assert logos.hands.toasts() == [], "the pane says it"


async def test_where_the_pane_is_hidden_the_key_says_what_it_did() -> None:
    async with browsing(KITTY, NARROW) as logos:
        await logos.hands.press("I")
        await logos.hands.until(lambda: logos.hands.toasts() == ["Logos: block characters"])


async def test_on_a_slow_line_nothing_is_fetched_until_a_connector_is_opened() -> None:
    async with browsing(KITTY._replace(is_slow=True)) as logos:
        await logos.hands.until(lambda: "the line is slow" in logos.pane)
        await logos.hands.press("j")
        assert not logos.box.region
        assert logos.asked == []
        await logos.hands.press("enter")
        await logos.shows(PLACEHOLDER)
        assert len(logos.asked) == 1, "its own, and no neighbour's"
        await logos.hands.press("escape")
        await logos.hands.until(lambda: logos.hands.focused == "table")
        await logos.hands.press("j")
        await logos.hands.until(lambda: "the line is slow" in logos.pane)
        assert len(logos.asked) == 1


async def test_on_a_slow_line_the_key_wakes_the_logos() -> None:
    async with browsing(KITTY._replace(is_slow=True)) as logos:
        await logos.hands.until(lambda: "the line is slow" in logos.pane)
        await logos.hands.press("I")
        await logos.shows(PLACEHOLDER)
        assert logos.hands.screen.images.mode == "kitty"


async def test_with_16_colours_the_pane_says_why_there_is_no_logo_and_none_is_fetched() -> None:
    async with browsing(profile_for({"TERM": "xterm"}, Answers(round_trip=0.01))) as logos:
        await logos.hands.until(lambda: "none drawn: 16 colours are too few" in logos.pane)
        assert logos.asked == []


async def test_switched_off_nothing_is_fetched() -> None:
    off = profile_for({"TERM": "xterm-kitty"}, Answers(round_trip=0.01), images="off")
    async with browsing(off, settings=Settings(server=TENANT, images="off")) as logos:
        await logos.hands.until(lambda: "none drawn: as you wished" in logos.pane)
        assert logos.asked == []
