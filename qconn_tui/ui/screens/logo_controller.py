"""The half of the main screen that is about the connector under the cursor: its logo, and taking it along."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.reactive import var

from qconn_tui.errors import UsageError
from qconn_tui.logos.drawing.blocks import Thumbnail
from qconn_tui.logos.drawing.kitty import MOST_ROWS
from qconn_tui.logos.policy import LogoRefusal, best_logo
from qconn_tui.text import clean
from qconn_tui.ui.images import Images
from qconn_tui.ui.messages import CopyRequested, Exported, LogoReady, Notice, PictureReady
from qconn_tui.ui.screens.list_controller import WalkingScreen
from qconn_tui.ui.widgets.connector_table import ConnectorTable
from qconn_tui.ui.widgets.logo_box import Logo, LogoBox

if TYPE_CHECKING:
    from textual import events

    from qconn_tui.catalogue.coverage import Coverage
    from qconn_tui.connector import Connector
    from qconn_tui.loader.loader import Loader
    from qconn_tui.logos.drawing.encode import Box, LogoRequest
    from qconn_tui.logos.fetch import LogoFetcher
    from qconn_tui.terminal.profile import Profile
    from qconn_tui.ui.output.graphics import Graphics

_LOGO_NEIGHBOURS = (1, -1, 2, -2, 3)
"""Rows around the cursor whose logos are fetched once the cursor's own is there."""
_SETTLED = 0.15
"""Seconds that the cursor rests before pixels are sent for what is under it."""
_NO_LOGO = LogoRefusal("the tenant names none")


class LookingScreen(WalkingScreen):
    """Follows the cursor."""

    current: var[Connector | None] = var(None)
    """The connector under the cursor."""
    logo: var[Logo | None] = var(None)
    """Its logo, as far as it is known."""

    images: var[Images] = var(Images)
    """How logos are drawn."""

    def __init__(self, loader: Loader, *, page_size: int, images: Images, profile: Profile, pictures: Graphics) -> None:
        super().__init__(loader, page_size=page_size)
        self.set_reactive(LookingScreen.images, images)
        self._cell_size = profile.cell_size
        self._pictures = pictures
        self._fetcher: LogoFetcher | None = None
        self._is_fetching = False
        self._has_chosen_images = False
        self._opened: Connector | None = None
        self._request: LogoRequest | None = None

    def on_mount(self) -> None:
        """Look at logos, if any are to be seen."""
        self._pictures.on_torn = self._mend_picture
        self._look_at_logos()

    @on(ConnectorTable.Highlighted)
    async def _follow_cursor(self, message: ConnectorTable.Highlighted) -> None:
        self.current = message.connector
        self._look_at_logos()
        await self.gather_repaints()

    def suit(self, profile: Profile, images: Images) -> None:
        """Go on as the terminal needs it that has answered late; what the person has chosen meanwhile stays."""
        self._cell_size = profile.cell_size
        if not self._has_chosen_images:
            self.images = images
            self._look_at_logos()

    # --- logos -----------------------------------------------------------------------------------------------

    def action_images(self) -> None:
        """Draw logos in the next way that the terminal knows."""
        self.images, self._has_chosen_images = self.images.following(), True
        self._look_at_logos()
        if not self.query_one("#detail").region:
            self.post_message(Notice(f"Logos: {self.images.words}"))

    @on(ConnectorTable.Opened)
    def _look_closer(self, message: ConnectorTable.Opened) -> None:
        self._opened = message.connector
        self._look_at_logos()

    @work(group="logos", exclusive=True)
    async def _fetch_logos(self) -> None:
        """Fetch what is looked at, until the screen is left."""
        await self.wait_for_refresh()
        # Pillow and httpx take a while to import: in a thread, so that keys are answered meanwhile.
        fetcher = await asyncio.to_thread(self.loader.logos, self._tell_logo)
        if fetcher is not None:
            self._fetcher = fetcher
            self._look_at_logos()
            try:
                await fetcher.run()
            finally:
                await fetcher.aclose()

    def _tell_logo(self, url: str) -> None:
        self.post_message(LogoReady(url))

    @on(LogoReady)
    @on(LogoBox.Changed)
    def _look_again(self) -> None:
        self._look_at_logos()

    def _look_at_logos(self) -> None:
        refusal = self.images.refusal
        is_waiting = self.images.on_demand and (self.current is None or self.current is not self._opened)
        has_room = not is_waiting and self.images.mode != "off"
        self.set_class(not has_room, "-no-logos")
        if refusal is not None or not has_room or self.current is None:
            self._show_logo(refusal if has_room else None)
        elif self._fetcher is not None:
            self._show_logo(self._find_logo(self._fetcher, self.current))
        else:
            self._show_logo(None)
            if not self._is_fetching:
                self._is_fetching = True
                self._fetch_logos()

    def _find_logo(self, fetcher: LogoFetcher, current: Connector) -> Thumbnail | LogoRefusal | None:
        box = next(iter(self.query(LogoBox)), None)
        if box is None or not box.size:
            # The box tells when it has got a size, and then it is known how large a logo it wants.
            return None
        is_sharp = self.images.mode in ("kitty", "sixel")
        pixels = max(self._box(box).pixels) if is_sharp else box.pixels
        cursor, count = self.table.cursor, len(self.view)
        steps = () if self.images.on_demand else _LOGO_NEIGHBOURS
        rows = [cursor + step for step in steps if 0 <= cursor + step < count]
        wanted = [best_logo(connector, pixels) for connector in (current, *map(self.view.connector, rows))]
        fetcher.look_at([url for url in wanted if url is not None])
        return fetcher.get(wanted[0]) if wanted[0] is not None else _NO_LOGO

    def _show_logo(self, logo: Thumbnail | LogoRefusal | None) -> None:
        mode = self.images.mode
        if not isinstance(logo, Thumbnail) or mode == "blocks" or mode == "off":
            self.logo, self._request = logo, None
            return
        # The first frame, which has no logo, does not wait for what draws sharp ones.
        from qconn_tui.logos.drawing.encode import LogoRequest

        box = self._box(self.query_one(LogoBox))
        request = LogoRequest(logo, mode, box) if min(box.pixels) > 0 else None
        if request != self._request:
            self.logo, self._request = None, request
            if request is not None:
                self._encode_logo(request)

    def _box(self, box: LogoBox) -> Box:
        from qconn_tui.logos.drawing.encode import Box

        columns, rows, background = box.frame
        return Box(columns, min(rows, MOST_ROWS), self._cell_size, background)

    @work(group="picture", exclusive=True)
    async def _encode_logo(self, request: LogoRequest) -> None:
        from qconn_tui.logos.drawing.encode import encode

        await asyncio.sleep(_SETTLED)
        if request == self._request:
            self.post_message(PictureReady(request, await asyncio.to_thread(encode, request)))

    @on(PictureReady)
    def _show_picture(self, message: PictureReady) -> None:
        if message.request == self._request:
            box = self.query_one(LogoBox)
            self.logo = self._pictures.show(message.encoded, lambda: box.place)

    def _mend_picture(self) -> None:
        self.call_later(self.query_one(LogoBox).refresh)

    def on_screen_suspend(self) -> None:
        """A dialog is in front."""
        for box in self.query(LogoBox):
            box.is_covered = True

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """The screen is new, or no dialog is in front any more."""
        if self.stack_updates == 0:
            # Its parts were styled when they were mounted; once more would take another 5 ms.
            event.refresh_styles = False
        for box in self.query(LogoBox):
            box.is_covered = False

    # --- taking something along ------------------------------------------------------------------------------

    def action_copy_id(self) -> None:
        """Copy the id of the connector under the cursor."""
        if self.current is None:
            self._say_nothing_to_copy()
        else:
            self.post_message(CopyRequested(self.current.id, f"the id of {self.current.name}"))

    def _say_nothing_to_copy(self) -> None:
        self.post_message(Notice("There is nothing to copy: no connector is under the cursor."))

    def action_copy_menu(self) -> None:
        """Choose what to copy."""
        from qconn_tui.ui.screens.copy_menu import Copyable, CopyMenu

        def copy(choice: Copyable | None) -> None:
            if choice is not None:
                self.post_message(CopyRequested(choice.text, choice.label))

        if self.current is None:
            self._say_nothing_to_copy()
        else:
            # The word that pointed here would lie over the menu.
            self.app.clear_notifications()
            self.app.push_screen(CopyMenu(self.current), copy)

    def action_export(self) -> None:
        """Write the rows that are shown to a file."""
        from qconn_tui.ui.export_file import free_path
        from qconn_tui.ui.screens.export_dialog import ExportScreen, file_name

        rows, coverage = [self.view.connector(row) for row in range(len(self.view))], self.view.coverage
        worth = coverage.describe(time.time())
        what = f"{len(rows):,} of {len(self.view.connectors):,} rows · {worth}"
        proposal = free_path(Path.cwd() / file_name(coverage))
        # A word that was said before would lie over the dialog.
        self.app.clear_notifications()
        self.app.push_screen(ExportScreen(what, proposal, lambda path: self._export(path, rows, coverage)))

    @work(group="export")
    async def _export(self, path: Path, rows: list[Connector], coverage: Coverage) -> None:
        from qconn_tui.ui.export_file import write_lines
        from qconn_tui.ui.screens.export_dialog import to_lines

        now = time.time()
        try:
            lines = to_lines(path.suffix.lower(), rows, coverage, now)
            await asyncio.to_thread(write_lines, path, lines)
        except UsageError as error:
            self.post_message(Exported(str(error), is_problem=True))
        else:
            worth = "" if coverage.is_whole else f" Not the whole list: {coverage.describe(now)}."
            self.post_message(Exported(f"Wrote {len(rows):,} connectors to {clean(str(path))}.{worth}"))

    @on(Exported)
    def _tell_export(self, message: Exported) -> None:
        """In the dialog, if it still asks; a file that was written ends it."""
        from qconn_tui.ui.screens.export_dialog import ExportScreen

        dialogs = [screen for screen in self.app.screen_stack if isinstance(screen, ExportScreen)]
        if dialogs and message.is_problem:
            dialogs[-1].refuse(message.text)
            return
        if self.app.screen in dialogs:
            self.app.pop_screen()
        self.post_message(Notice(message.text, message.is_problem))
