"""The logo controller without a screen: which logos it asks for, and what it shows meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from qconn_tui.catalogue.view import View
from qconn_tui.connector import Connector
from qconn_tui.logos.policy import LogoRefusal
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.terminal.profile import Profile
from qconn_tui.ui.controllers.logo_controller import LogoController, neighbours
from qconn_tui.ui.images import Images
from qconn_tui.ui.messages import LogoReady, PictureReady
from qconn_tui.ui.output.graphics import Picture
from tests.unit.ui.hosts import FakeHost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qconn_tui.logos.drawing.encode import EncodedLogo
    from qconn_tui.logos.fetch import LogoFetcher

pytestmark = pytest.mark.anyio

LIST = tuple(Connector(str(number), f"Name {number}", logo_small=f"https://logos/{number}") for number in range(9))
GREEN = Thumbnail(1, 1, bytes((0, 255, 0, 255)))
KITTY = Images("kitty", ("kitty", "blocks", "off"))


class FakeFetcher:
    """Has what a test puts into it, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.logos: dict[str, Thumbnail | LogoRefusal] = {}
        self.wanted: list[Sequence[str]] = []
        self.asked = asyncio.Event()
        self.is_closed = False

    def set_wanted(self, urls: Sequence[str]) -> None:
        self.wanted.append(urls)
        self.asked.set()

    def get(self, url: str) -> Thumbnail | LogoRefusal | None:
        return self.logos.get(url)

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.is_closed = True


class FakeSlot:
    frame = (10, 5, (0, 0, 0))
    place = (1, 2)


class FakeGraphics:
    def show(self, encoded: EncodedLogo, where: Callable[[], tuple[int, int] | None]) -> Picture:
        assert where() == FakeSlot.place
        return Picture(("x" * encoded.columns,) * encoded.rows, encoded.columns, None)


class Logos:
    """A controller over `LIST`, with a slot that a test can take away."""

    def __init__(self, images: Images) -> None:
        self.host, self.fetcher = FakeHost(), FakeFetcher()
        self.slot: FakeSlot | None = FakeSlot()
        self.made = 0
        self.changes = 0
        self.controller = LogoController(
            self.host, self._make,
            images=images, profile=Profile(), graphics=FakeGraphics(), slot=lambda: self.slot,
            neighbours=lambda: LIST[1:3], on_change=self._count,
        )  # fmt: skip
        self.host.take = self.controller.take

    def _make(self, on_ready: Callable[[str], None]) -> LogoFetcher:
        self.made += 1
        self.on_ready = on_ready
        return cast("LogoFetcher", self.fetcher)

    def _count(self) -> None:
        self.changes += 1

    async def follow(self, connector: Connector) -> None:
        """Move the cursor there, and wait for the fetcher to be asked."""
        self.controller.follow(connector)
        async with asyncio.timeout(5):
            await self.fetcher.asked.wait()

    def logo(self) -> object:
        return self.controller.logo

    @property
    def mode(self) -> str:
        return self.controller.images.mode


async def test_the_fetcher_is_made_once_and_asked_for_the_logo_and_its_neighbours() -> None:
    logos = Logos(Images())
    await logos.follow(LIST[0])
    logos.controller.follow(LIST[4])
    assert logos.made == 1
    assert logos.fetcher.wanted[-1] == ["https://logos/4", "https://logos/1", "https://logos/2"]
    assert logos.logo() is None
    logos.fetcher.logos["https://logos/4"] = GREEN
    logos.on_ready("https://logos/4")
    assert isinstance(logos.host.posted[-1], LogoReady)
    assert logos.logo() == GREEN
    logos.host.workers["logos"].cancel()
    await logos.host.ended("logos")
    assert logos.fetcher.is_closed


async def test_a_connector_without_a_logo_says_so() -> None:
    logos = Logos(Images())
    await logos.follow(LIST[0])
    logos.controller.follow(Connector("x", "No logo"))
    assert logos.logo() == LogoRefusal("the tenant names none")


def test_without_images_nothing_is_fetched_and_there_is_no_room() -> None:
    logos = Logos(Images("off"))
    logos.controller.follow(LIST[0])
    assert (logos.controller.has_room, logos.made, logos.host.workers) == (False, 0, {})


async def test_on_a_slow_line_only_the_logo_of_an_opened_connector_is_fetched() -> None:
    logos = Logos(Images(on_demand=True))
    logos.controller.follow(LIST[0])
    assert (logos.controller.has_room, logos.host.workers) == (False, {})
    logos.controller.open(LIST[0])
    await logos.follow(LIST[0])
    assert logos.controller.has_room
    assert logos.fetcher.wanted[-1] == ["https://logos/0"]
    logos.controller.follow(LIST[1])
    assert not logos.controller.has_room


async def test_a_slot_without_a_size_asks_for_nothing() -> None:
    logos = Logos(Images())
    await logos.follow(LIST[0])
    asked = len(logos.fetcher.wanted)
    logos.slot = None
    logos.controller.follow(LIST[1])
    assert (logos.logo(), len(logos.fetcher.wanted)) == (None, asked)


async def test_pixels_are_encoded_and_shown_unless_the_cursor_is_elsewhere_by_then() -> None:
    logos = Logos(KITTY)
    await logos.follow(LIST[0])
    logos.fetcher.logos = {"https://logos/0": GREEN, "https://logos/1": Thumbnail(1, 1, bytes((9, 9, 9, 255)))}
    logos.controller.follow(LIST[0])
    assert logos.logo() is None
    await logos.host.ended("picture")
    ready = logos.host.posted[-1]
    assert isinstance(ready, PictureReady)
    assert isinstance(logos.logo(), Picture)
    logos.controller.follow(LIST[1])
    logos.controller.take(ready)
    assert logos.logo() is None


async def test_a_mode_that_the_person_chose_stays_when_the_terminal_answers_late() -> None:
    logos = Logos(KITTY)
    logos.controller.use_profile(Profile(), Images("blocks"))
    assert logos.mode == "blocks"
    logos.controller.next_mode()
    assert logos.mode == "off"
    logos.controller.use_profile(Profile(), KITTY)
    assert logos.mode == "off"
    assert logos.changes >= 2


def test_neighbours_are_rows_that_exist_the_nearest_first() -> None:
    view = View().with_connectors(LIST)
    assert [connector.id for connector in neighbours(view, 4)] == ["5", "3", "6", "2", "7"]
    assert [connector.id for connector in neighbours(view, 0)] == ["1", "2", "3"]
    assert [connector.id for connector in neighbours(view, 8)] == ["7", "6"]
