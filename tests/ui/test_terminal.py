"""How the program adapts to its terminal, also when that answers late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qconn_tui.settings.values import Settings
from qconn_tui.terminal.answers import Answers
from qconn_tui.terminal.probe import Probe
from qconn_tui.terminal.profile import Profile
from qconn_tui.ui.app import QconnApp
from qconn_tui.ui.messages import TerminalAnswered
from qconn_tui.ui.screens.browse import BrowseScreen
from tests.ui.fakes import TENANT, FakeLoader

if TYPE_CHECKING:
    from qconn_tui.terminal.profile import ColorDepth

pytestmark = pytest.mark.anyio

LATE = Answers(attributes=((62, 4),), version="foot(1)", background=(1.0, 1.0, 1.0), round_trip=0.4)


class LateProbe(Probe):
    """A terminal that has answered since the application was made."""

    def __init__(self, said: Answers) -> None:
        super().__init__({}, -1, -1)
        self._said = said

    @property
    def answers(self) -> Answers:
        return self._said


def make_app(profile: Profile, theme: str | None = None, said: Answers = LATE) -> QconnApp:
    settings = Settings(server=TENANT, theme=theme)
    return QconnApp(
        settings,
        make_loader=lambda _: FakeLoader(()),
        start_demo=lambda: settings,
        profile=profile,
        probe=LateProbe(said),
    )


@pytest.mark.parametrize(
    ("colors", "is_light", "theme", "system"),
    [
        ("truecolor", False, "qconn-dark", "truecolor"),
        ("truecolor", True, "qconn-light", "truecolor"),
        ("256", False, "qconn-dark", "256"),
        ("16", False, "ansi-dark", "standard"),
        ("16", True, "ansi-light", "standard"),
    ],
)
async def test_colours_and_theme_suit_the_terminal(
    colors: ColorDepth, theme: str, system: str, *, is_light: bool
) -> None:
    app = make_app(Profile(colors=colors, is_light=is_light))
    async with app.run_test():
        assert app.theme == theme
        assert app.console.color_system == system


async def test_a_theme_that_was_chosen_counts_more() -> None:
    app = make_app(Profile(is_light=True), theme="nord")
    async with app.run_test() as pilot:
        app.post_message(TerminalAnswered())
        await pilot.pause()
        assert app.theme == "nord"


async def test_what_the_terminal_says_late_still_counts() -> None:
    app = make_app(Profile(colors="256"))
    async with app.run_test() as pilot:
        assert not app.has_class("-slow-line")
        app.post_message(TerminalAnswered())
        await pilot.pause()
        assert app.terminal.profile.image_modes == ("sixel", "blocks", "off")
        assert app.terminal.profile.round_trip == 0.4
        assert app.has_class("-slow-line")
        assert app.animation_level == "none"
        assert app.theme == "qconn-light"
        assert (app.terminal.profile.colors, app.console.color_system) == ("256", "256"), (
            "nothing is painted again for colours"
        )


def mode(app: QconnApp) -> str:
    assert isinstance(app.screen, BrowseScreen)
    return app.screen.images.mode


async def test_logos_are_drawn_as_the_terminal_says_late_that_it_can() -> None:
    app = make_app(Profile(), said=LATE._replace(round_trip=0.01))
    async with app.run_test() as pilot:
        assert mode(app) == "blocks"
        app.post_message(TerminalAnswered())
        await pilot.pause()
        assert mode(app) == "sixel"


async def test_logos_stay_as_they_were_chosen_meanwhile() -> None:
    app = make_app(Profile(), said=LATE._replace(round_trip=0.01))
    async with app.run_test() as pilot:
        await pilot.press("I")
        app.post_message(TerminalAnswered())
        await pilot.pause()
        assert mode(app) == "off"


async def test_a_line_that_was_only_taken_for_slow_is_not_spared_any_longer() -> None:
    app = make_app(Profile(is_slow=True), said=LATE._replace(round_trip=0.01))
    async with app.run_test() as pilot:
        assert (app.has_class("-slow-line"), app.animation_level) == (True, "none")
        app.post_message(TerminalAnswered())
        await pilot.pause()
        assert (app.has_class("-slow-line"), app.animation_level) == (False, "full")


async def test_a_theme_from_the_palette_is_not_taken_back() -> None:
    app = make_app(Profile())
    async with app.run_test() as pilot:
        app.theme = "nord"
        app.post_message(TerminalAnswered())
        await pilot.pause()
        assert app.theme == "nord"
