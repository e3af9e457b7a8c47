"""The application: which screen is shown, and the keys that work on all of them."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import App, SystemCommand
from textual.widgets import Input

from qconn_tui.runtime.event_loop import PromptThreads
from qconn_tui.runtime.sigint import INTERRUPTED
from qconn_tui.text import clean
from qconn_tui.ui.compat.exit_while_composing import exit_when_mounted, has_mounted_screen
from qconn_tui.ui.compat.no_color import color_filters
from qconn_tui.ui.controllers.pane_layout import SMALLEST_HEIGHT, SMALLEST_WIDTH
from qconn_tui.ui.copying import copy
from qconn_tui.ui.input_queue import InputQueue
from qconn_tui.ui.keys import APP_KEYS, BROWSE_KEYS, HELP, QUIT, check_keymap
from qconn_tui.ui.messages import CopyRequested, Notice, TerminalAnswered
from qconn_tui.ui.output.crash_report import CrashReport
from qconn_tui.ui.output.driver import driver_class
from qconn_tui.ui.screens.browse import BrowseScreen
from qconn_tui.ui.terminal_session import UNKNOWN_TERMINAL, TerminalSession
from qconn_tui.ui.widgets.detail_pane import DetailPane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import RenderableType
    from textual import events
    from textual.binding import BindingType
    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.screen import Screen

    from qconn_tui.loader.loader import Loader
    from qconn_tui.settings.values import Settings
    from qconn_tui.terminal.probe import Probe
    from qconn_tui.terminal.profile import Profile
    from qconn_tui.ui.output.launch_frame import LaunchFrame

_DEMO_PLACE = "embedded demo tenant"
_CLOSE_SECONDS = 0.25
"""Seconds that closing connections may take when the program ends."""


def style_directory() -> Path:
    """The directory of the style sheets: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "styles"
    return inside if inside.is_dir() else package.parent / "styles"


class QconnApp(CrashReport, App[int]):
    """Browses one tenant; `run` returns the exit status, or None after `q`.

    Args:
        settings: Everything that the user asked for.
        make_loader: Makes the loader for a tenant; called once.
        start_demo: Starts the embedded tenant and returns the settings for it.
        profile: What the terminal can do, as far as it has answered.
        probe: The questions to the terminal that are still open; None if it was not asked.
        launch: The frame that is on the screen already; None for an empty screen.
        loader: A loader that has begun to read, in the place of one from `make_loader`.
        when_shown: Called after the first frame.

    Raises:
        UsageError: The theme or a key in the settings does not exist.
    """

    CSS_PATH = sorted(style_directory().glob("*.tcss"))
    TITLE = "qconn-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*APP_KEYS]

    def __init__(
        self,
        settings: Settings,
        *,
        make_loader: Callable[[Settings], Loader],
        start_demo: Callable[[], Settings],
        profile: Profile = UNKNOWN_TERMINAL,
        probe: Probe | None = None,
        launch: LaunchFrame | None = None,
        loader: Loader | None = None,
        when_shown: Callable[[], None] | None = None,
    ) -> None:
        # Textual's constructor asks for the driver, and that for the terminal.
        self.terminal = TerminalSession(settings, profile, probe, launch)
        super().__init__()
        self.terminal.set_up(self)
        self.crash_log = settings.log_file
        self._input = InputQueue(
            self,
            has_screen=partial(has_mounted_screen, self),
            target=lambda: self.focused or self.screen,
            deliver=super().on_event,
            call_after_refresh=self.call_after_refresh,
        )
        self._settings = settings
        self._make_loader = make_loader
        self._start_demo = start_demo
        self._when_shown = when_shown
        self._loader = loader
        check_keymap(settings.keymap)

    def on_load(self) -> None:
        """Exit in order on a signal, from before the driver takes the terminal."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(PromptThreads())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 128 + number)

    def get_default_screen(self) -> Screen[Any]:
        """The list, if there is a tenant: pushed over Textual's empty screen, it would appear 5 ms later."""
        if self._settings.server is None:
            return super().get_default_screen()
        tenant = _DEMO_PLACE if self._settings.demo else self._settings.server.value.authority
        return self._make_browser(self._settings, tenant)

    def on_mount(self) -> None:
        """Apply the user's keys; without a tenant, show the welcome screen."""
        self.set_keymap(self._settings.keymap)
        if self._settings.server is None:
            from qconn_tui.ui.screens.welcome import WelcomeScreen

            self.push_screen(WelcomeScreen())
        self.call_after_refresh(self._first_frame_drawn)

    def _first_frame_drawn(self) -> None:
        screen = self.screen
        if not (isinstance(screen, BrowseScreen) and screen.view.connectors):
            self.terminal.launch.first_frame_drawn(lasting_rows=0)
        if self._when_shown is not None:
            self._when_shown()

    @on(DetailPane.Filled)
    def _first_frame_filled(self) -> None:
        # The status line will not be true at the next start, nor anything that typed keys have changed.
        status = self.screen.query("#status")
        is_lasting = bool(status) and not self._input.has_early_keys
        self.terminal.launch.first_frame_drawn(status.first().region.y if is_lasting else 0)

    def _make_browser(self, settings: Settings, tenant: str) -> BrowseScreen:
        if self._loader is None:
            self._loader = self._make_loader(settings)
        place = f"{tenant} · {settings.context}" if settings.context else tenant
        return BrowseScreen(
            self._loader, place, page_size=settings.page_size,
            images=self.terminal.images, profile=self.terminal.profile, graphics=self.terminal.graphics,
        )  # fmt: skip

    def action_demo(self) -> None:
        """Start the embedded tenant and browse it."""
        try:
            settings = self._start_demo()
        except OSError as error:
            reason = clean(error.strerror or "the system does not allow it")
            self.post_message(Notice(f"The demo could not be started: {reason}.", is_problem=True))
        else:
            self.switch_screen(self._make_browser(settings, _DEMO_PLACE))

    async def on_unmount(self) -> None:
        """Close connections and files, without waiting for a tenant that hangs."""
        if self._loader is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._loader.aclose()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action that has a key on the screen, and the themes."""
        yield SystemCommand("Theme", "Choose other colours.", self.action_change_theme)
        for binding in BROWSE_KEYS if isinstance(screen, BrowseScreen) else (HELP, QUIT):
            run = partial(self.run_action, binding.action, screen)
            yield SystemCommand(binding.description, binding.tooltip, run)

    # --- keys that work everywhere ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In an input `?` is text; where the screen has no room, a dialog has none either."""
        has_room = self.size.width >= SMALLEST_WIDTH and self.size.height >= SMALLEST_HEIGHT
        return action not in ("help", "app.help") or (has_room and not isinstance(self.focused, Input))

    def action_help(self) -> None:
        """Show every key."""
        from qconn_tui.ui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_interrupt(self) -> None:
        """Copy the selected text; without any, exit."""
        if selected := self.screen.get_selected_text():
            self._copy(selected, "the selection")
        else:
            self.exit(INTERRUPTED)

    def action_redraw(self) -> None:
        """Draw the whole screen again, with its pictures."""
        self.terminal.redraw()

    # --- copying ---------------------------------------------------------------------------------------------

    @on(CopyRequested)
    def _take_copy(self, message: CopyRequested) -> None:
        self._copy(message.text, message.label)

    @work(group="clipboard", exclusive=True)
    async def _copy(self, text: str, label: str) -> None:
        """Put `text` into the user's clipboard and report how."""
        self.post_message(await copy(text, label, os.environ, self.copy_to_clipboard))

    @on(Notice)
    def _show_notice(self, message: Notice) -> None:
        self.notify(message.text, severity="error" if message.is_problem else "information", markup=False)

    # --- the terminal ----------------------------------------------------------------------------------------

    @on(TerminalAnswered)
    def _apply_answers(self) -> None:
        before = self.terminal.profile
        if self.terminal.read_answers(os.environ):
            self.terminal.apply_profile(self, before)
            for screen in self.screen_stack:
                if isinstance(screen, BrowseScreen):
                    screen.logos.use_profile(self.terminal.profile, self.terminal.images)

    @property
    def has_pending_text(self) -> bool:
        """Whether another letter waits to be typed, so that the present text is out of date already."""
        return self._input.has_pending_text

    async def on_event(self, event: events.Event) -> None:
        """Handle keys and pastes in their turn."""
        await self._input.handle(event)

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Exit, but not while a screen is being composed."""
        exit_when_mounted(self, partial(super().exit, result, return_code, message))

    def get_driver_class(self) -> type[Driver]:
        """The driver for this terminal."""
        return driver_class(super().get_driver_class(), self.terminal)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters for every line that is drawn."""
        return color_filters(super().get_line_filters(), no_color=self.no_color)
