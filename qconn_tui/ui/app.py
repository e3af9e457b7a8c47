"""The application: keys that work everywhere, and which screen is shown."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import SystemCommand
from textual.widgets import Input

from qconn_tui.runtime.event_loop import PromptThreads
from qconn_tui.runtime.logs import report_bug
from qconn_tui.runtime.sigint import INTERRUPTED
from qconn_tui.text import clean
from qconn_tui.ui.controllers.pane_layout import SMALLEST_HEIGHT, SMALLEST_WIDTH
from qconn_tui.ui.copying import copy
from qconn_tui.ui.images import images_for
from qconn_tui.ui.keys import APP_KEYS, BROWSE_KEYS, HELP, QUIT, check_keymap
from qconn_tui.ui.messages import CopyRequested, Notice
from qconn_tui.ui.screens.browse import BrowseScreen
from qconn_tui.ui.terminal_session import ANY_TERMINAL, SuitedApp
from qconn_tui.ui.widgets.detail_pane import DetailPane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.binding import BindingType
    from textual.screen import Screen

    from qconn_tui.loader.loader import Loader
    from qconn_tui.settings.resolve import Settings
    from qconn_tui.terminal.probe import Probe
    from qconn_tui.terminal.profile import Profile
    from qconn_tui.ui.output.launch_frame import LaunchFrame

_DEMO_PLACE = "embedded demo tenant"
_CLOSE_SECONDS = 0.25
"""Seconds that closing connections may take when the program ends."""


def style_directory() -> Path:
    """Where the style sheets are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "styles"
    return inside if inside.is_dir() else package.parent / "styles"


class QconnApp(SuitedApp):
    """Browses one tenant; `run` returns the exit status, or None after `q`."""

    CSS_PATH = sorted(style_directory().glob("*.tcss"))
    TITLE = "qconn-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*APP_KEYS]

    def __init__(
        self,
        settings: Settings,
        *,
        make_loader: Callable[[Settings], Loader],
        start_demo: Callable[[], Settings],
        profile: Profile = ANY_TERMINAL,
        probe: Probe | None = None,
        launch: LaunchFrame | None = None,
        loader: Loader | None = None,
        when_shown: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(settings, profile, probe, launch)
        self._make_loader = make_loader
        self._start_demo = start_demo
        self._when_shown = when_shown
        self._loader = loader
        check_keymap(settings.keymap)

    def on_load(self) -> None:
        """Leave in order when told to from outside, before the terminal is anything but as it was."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(PromptThreads())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 128 + number)

    def get_default_screen(self) -> Screen[Any]:
        """The list, when there is one: on top of Textual's empty screen it would come 5 ms later."""
        if self._settings.server is None:
            return super().get_default_screen()
        tenant = _DEMO_PLACE if self._settings.demo else self._settings.server.value.authority
        return self._make_browser(self._settings, tenant)

    def on_mount(self) -> None:
        """Take the user's keys; greet who has no tenant."""
        self.set_keymap(self._settings.keymap)
        if self._settings.server is None:
            from qconn_tui.ui.screens.welcome import WelcomeScreen

            self.push_screen(WelcomeScreen())
        self.call_after_refresh(self._first_frame_stands)

    def _first_frame_stands(self) -> None:
        screen = self.screen
        if not (isinstance(screen, BrowseScreen) and screen.view.connectors):
            self.launch.outdate(lasting_rows=0)
        if self._when_shown is not None:
            self._when_shown()

    @on(DetailPane.Filled)
    def _first_frame_is_whole(self) -> None:
        # What the status line says is true only now, and what was typed is not typed again.
        status = self.screen.query("#status")
        self.launch.outdate(0 if self.has_early_keys or not status else status.first().region.y)

    def _make_browser(self, settings: Settings, tenant: str) -> BrowseScreen:
        if self._loader is None:
            self._loader = self._make_loader(settings)
        place = f"{tenant} · {settings.context}" if settings.context else tenant
        return BrowseScreen(
            self._loader, place, page_size=settings.page_size,
            images=images_for(self.profile, settings.images), profile=self.profile, graphics=self.pictures,
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
        """Close connections and files, but do not wait for a tenant that hangs."""
        if self._loader is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._loader.aclose()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that has a key on the screen, and the themes."""
        yield SystemCommand("Theme", "Choose other colours.", self.action_change_theme)
        for binding in BROWSE_KEYS if isinstance(screen, BrowseScreen) else (HELP, QUIT):
            run = partial(self.run_action, binding.action, screen)
            yield SystemCommand(binding.description, binding.tooltip, run)

    # --- keys that work everywhere ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While somebody types, `?` is text; where nothing has room, neither has a dialog."""
        has_room = self.size.width >= SMALLEST_WIDTH and self.size.height >= SMALLEST_HEIGHT
        return action not in ("help", "app.help") or (has_room and not isinstance(self.focused, Input))

    def action_help(self) -> None:
        """Show every key."""
        from qconn_tui.ui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_interrupt(self) -> None:
        """Copy the selected text; without any, leave."""
        if selected := self.screen.get_selected_text():
            self._copy(selected, "the selection")
        else:
            self.exit(INTERRUPTED)

    def _fatal_error(self) -> None:
        # Textual's own report shows the local variables of every frame, and one of them may be the token.
        error = sys.exception()
        log_file = self._settings.log_file
        self.panic(Text(report_bug(error, log_file) if error is not None else "qconn-tui: This is a bug."))

    # --- copying ---------------------------------------------------------------------------------------------

    @on(CopyRequested)
    def _take_copy(self, message: CopyRequested) -> None:
        self._copy(message.text, message.label)

    @work(group="clipboard", exclusive=True)
    async def _copy(self, text: str, label: str) -> None:
        """Put `text` into the clipboard of the person at the keyboard and say which way it went."""
        self.post_message(await copy(text, label, os.environ, self.copy_to_clipboard))

    @on(Notice)
    def _tell(self, message: Notice) -> None:
        self.notify(message.text, severity="error" if message.is_problem else "information", markup=False)
