"""The terminal that the program runs in: what it can do, and which colours, theme and graphics follow from that."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from textual import constants

from qconn_tui.errors import UsageError
from qconn_tui.terminal.profile import Profile, profile_for
from qconn_tui.text import clean
from qconn_tui.ui.compat.first_theme import set_first_theme
from qconn_tui.ui.images import Images, images_for
from qconn_tui.ui.output.graphics import Graphics
from qconn_tui.ui.output.launch_frame import LaunchFrame
from qconn_tui.ui.themes import DARK, THEMES, console_for, theme_for
from qconn_tui.ui.widgets.connector_table import SLOW_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import App

    from qconn_tui.settings.values import Settings
    from qconn_tui.terminal.probe import Probe

_log = logging.getLogger(__name__)

UNKNOWN_TERMINAL = Profile()
"""The profile of a terminal that has not been asked."""


def _do_nothing() -> None:
    """The callback before there is a driver or an application to call."""


class TerminalSession:
    """Adapts the application to its terminal, and once more when the terminal answers late.

    Args:
        settings: What the user asked for: theme, logos, keys.
        profile: What the terminal can do, as far as it has answered.
        probe: The questions to the terminal that are still open; None if it was not asked.
        launch: The frame that is on the screen already; None for an empty screen.
    """

    def __init__(
        self,
        settings: Settings,
        profile: Profile = UNKNOWN_TERMINAL,
        probe: Probe | None = None,
        launch: LaunchFrame | None = None,
    ) -> None:
        self.profile = profile
        """What the terminal can do, as far as it has answered."""
        self.probe = probe
        """The questions to the terminal; None if it was not asked."""
        self.launch = LaunchFrame() if launch is None else launch
        """The frame from the last start, and the one for the next."""
        self.graphics = Graphics(in_tmux=profile.in_tmux, few_colors=profile.colors != "truecolor")
        """The pictures that the terminal was sent."""
        self.has_alt_keys = any("alt+" in keys for keys in settings.keymap.values())
        """Whether a key is bound to Alt and another one, which terminals send as Esc and that key."""
        self.forget_screen: Callable[[], None] = _do_nothing
        """Called when the terminal may show anything; set by a driver that writes only what has changed."""
        self._refresh: Callable[[], object] = _do_nothing
        self._settings = settings

    @property
    def images(self) -> Images:
        """How logos are drawn on this terminal."""
        return images_for(self.profile, self._settings.images)

    def set_up(self, app: App[Any]) -> None:
        """Give a new application its console, themes and colours.

        Raises:
            UsageError: There is no theme of the name that the user asked for.
        """
        profile = self.profile
        self._refresh = app.refresh
        app.console = console_for(profile.colors, app.console.file)
        app.no_color = profile.colors == "none"
        for theme in THEMES:
            app.register_theme(theme)
        app.set_class(profile.colors == "256", "-few-tints")
        self._apply_line_speed(app)
        self._apply_theme(app)

    def read_answers(self, environ: Mapping[str, str]) -> bool:
        """Update the profile from what the terminal has answered by now; whether it differs."""
        if self.probe is None:
            return False
        # The colours stay: others would not be worth a second painting of the whole screen.
        profile = profile_for(
            environ, self.probe.answers, images=self._settings.images, color=self.profile.colors
        )  # fmt: skip
        before, self.profile = self.profile, profile
        return profile != before

    def apply_profile(self, app: App[Any], before: Profile) -> None:
        """Change what depends on the profile; a theme that was chosen since the one for `before` stays."""
        self._apply_line_speed(app)
        self.graphics.in_tmux = self.profile.in_tmux
        if self._settings.theme is None and app.theme == theme_for(before):
            app.theme = theme_for(self.profile)

    def redraw(self) -> None:
        """Draw the whole screen again, with its pictures."""
        self.forget_screen()
        self._refresh()

    def _apply_line_speed(self, app: App[Any]) -> None:
        _log.info("terminal: %s", self.profile)
        app.set_class(self.profile.is_slow, SLOW_LINE)
        app.animation_level = "none" if self.profile.is_slow else constants.TEXTUAL_ANIMATIONS

    def _apply_theme(self, app: App[Any]) -> None:
        name = self._settings.theme
        if name is None:
            name = theme_for(self.profile)
            if name == DARK.name:
                set_first_theme(app, DARK.name)
                return
        elif name not in app.available_themes:
            known = ", ".join(sorted(app.available_themes))
            raise UsageError(f"There is no theme {clean(name)} (--theme).", f"Choose one of {known}.")
        app.theme = name
