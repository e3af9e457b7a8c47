"""The application as its terminal needs it: colours, theme, frames, pictures, and the driver between the two."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from textual import constants, on
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import Monochrome, NoColor
from textual.reactive import var

from qconn_tui.errors import UsageError
from qconn_tui.terminal.profile import Profile, profile_for
from qconn_tui.text import clean
from qconn_tui.ui.images import images_for
from qconn_tui.ui.input_queue import EarlyKeysApp
from qconn_tui.ui.messages import TerminalAnswered
from qconn_tui.ui.output.driver import PromptDriver
from qconn_tui.ui.output.graphics import Graphics
from qconn_tui.ui.output.launch_frame import LaunchFrame
from qconn_tui.ui.screens.browse import BrowseScreen
from qconn_tui.ui.themes import DARK, THEMES, console_for, theme_for
from qconn_tui.ui.widgets.connector_table import SLOW_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.driver import Driver
    from textual.filter import LineFilter

    from qconn_tui.settings.resolve import Settings
    from qconn_tui.terminal.probe import Probe

_log = logging.getLogger(__name__)

ANY_TERMINAL = Profile()
"""What is known of a terminal that nobody has asked."""
_WITHOUT_COLORS = (NoColor(),)


def _keep_nothing_in_mind() -> None:
    """What a driver does that draws everything at any rate."""


class SuitedApp(EarlyKeysApp):
    """Suits itself to the terminal, and once more when that says something late.

    `probe` is the conversation with the terminal that is still under way; `profile` what came of it so far; `launch`
    what stands on its screen already.
    """

    profile: var[Profile] = var(ANY_TERMINAL, init=False)
    """What the terminal can do, as far as it has said."""

    def __init__(
        self, settings: Settings, profile: Profile, probe: Probe | None, launch: LaunchFrame | None = None
    ) -> None:
        super().__init__()
        self.set_reactive(SuitedApp.profile, profile)
        self.probe = probe
        self.launch = LaunchFrame() if launch is None else launch
        self.console = console_for(profile.colors, self.console.file)
        self.no_color = profile.colors == "none"
        self.pictures = Graphics(in_tmux=profile.in_tmux, few_colors=profile.colors != "truecolor")
        self.has_alt_keys = any("alt+" in keys for keys in settings.keymap.values())
        self.forget_screen: Callable[[], None] = _keep_nothing_in_mind
        """Tells the driver that the terminal may show anything; the driver puts its own in this place."""
        self._settings = settings
        for theme in THEMES:
            self.register_theme(theme)
        self.set_class(profile.colors == "256", "-few-tints")
        self._suit_line(profile)
        self._choose_theme(settings)

    def watch_profile(self, before: Profile, profile: Profile) -> None:
        """Go on in the way that the terminal, as it now says, needs."""
        self._suit_line(profile)
        self.pictures.in_tmux = profile.in_tmux
        if self._settings.theme is None and self.theme == theme_for(before):
            self.theme = theme_for(profile)
        for screen in self.screen_stack:
            if isinstance(screen, BrowseScreen):
                screen.logos.use_profile(profile, images_for(profile, self._settings.images))

    @on(TerminalAnswered)
    def _hear_terminal(self) -> None:
        if self.probe is not None:
            # Other colours would be worth no second painting of the whole screen.
            self.profile = profile_for(
                os.environ, self.probe.answers, images=self._settings.images, color=self.profile.colors
            )

    def _suit_line(self, profile: Profile) -> None:
        _log.info("terminal: %s", profile)
        self.set_class(profile.is_slow, SLOW_LINE)
        self.animation_level = "none" if profile.is_slow else constants.TEXTUAL_ANIMATIONS

    def _choose_theme(self, settings: Settings) -> None:
        if settings.theme is None:
            suitable = theme_for(self.profile)
            if suitable == DARK.name:
                self._begin_dark()
            else:
                self.theme = suitable
        elif settings.theme in self.available_themes:
            self.theme = settings.theme
        else:
            known = ", ".join(sorted(self.available_themes))
            raise UsageError(f"There is no theme {clean(settings.theme)} (--theme).", f"Choose one of {known}.")

    def _begin_dark(self) -> None:
        """Take our own theme; an assignment would parse every style sheet an extra time, which takes 8 ms."""
        self.set_reactive(App.theme, DARK.name)
        self.stylesheet.set_variables(self.get_css_variables())

    def action_redraw(self) -> None:
        """Draw everything anew, pictures as well."""
        self.forget_screen()
        self.refresh()

    def get_driver_class(self) -> type[Driver]:
        """Ours in the place of Textual's usual one."""
        usual = super().get_driver_class()
        return PromptDriver if usual is LinuxDriver else usual

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Ours in the place of Textual's for `NO_COLOR`: that leaves greys, and does not know of `--color`."""
        if self.no_color:
            return _WITHOUT_COLORS
        return [kept for kept in super().get_line_filters() if not isinstance(kept, (Monochrome, NoColor))]
