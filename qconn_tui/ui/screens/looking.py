"""The half of the main screen that is about the connector under the cursor: its logo, and taking it along."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.reactive import var

from qconn_tui.errors import UsageError
from qconn_tui.logos.source import LogoRefusal, best_logo
from qconn_tui.text import clean
from qconn_tui.ui.messages import CopyRequested, LogoReady, Told
from qconn_tui.ui.screens.walking import WalkingScreen
from qconn_tui.ui.widgets.connector_table import ConnectorTable
from qconn_tui.ui.widgets.logo_box import Logo, LogoBox

if TYPE_CHECKING:
    from qconn_tui.catalogue.coverage import Coverage
    from qconn_tui.connector import Connector
    from qconn_tui.loader import Loader
    from qconn_tui.logos.fetch import LogoFetcher

_LOGO_NEIGHBOURS = (1, -1, 2, -2, 3)
"""Rows around the cursor whose logos are fetched once the cursor's own is there."""
_LOGOS_OFF = LogoRefusal("logos are off")
_NO_LOGO = LogoRefusal("the tenant names none")


class LookingScreen(WalkingScreen):
    """Follows the cursor."""

    current: var[Connector | None] = var(None)
    """The connector under the cursor."""
    logo: var[Logo | None] = var(None)
    """Its logo, as far as it is known."""

    def __init__(self, loader: Loader, *, page_size: int, with_logos: bool) -> None:
        super().__init__(loader, page_size=page_size)
        self._with_logos = with_logos
        self._fetcher: LogoFetcher | None = None

    @on(ConnectorTable.Highlighted)
    async def _follow_cursor(self, message: ConnectorTable.Highlighted) -> None:
        self.current = message.connector
        self._look_at_logos()
        await self.gather_repaints()

    # --- logos -----------------------------------------------------------------------------------------------

    @work(group="logos", exclusive=True)
    async def fetch_logos(self) -> None:
        """Fetch what is looked at, until the screen is left."""
        if not self._with_logos:
            return
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
    def _show_logo(self) -> None:
        self._look_at_logos()

    def _look_at_logos(self) -> None:
        if not self._with_logos:
            self.logo = _LOGOS_OFF
            return
        if self._fetcher is None or self.current is None:
            self.logo = None
            return
        pixels = self.query_one(LogoBox).pixels
        cursor, count = self.table.cursor, len(self.view)
        rows = [cursor + step for step in _LOGO_NEIGHBOURS if 0 <= cursor + step < count]
        wanted = [best_logo(connector, pixels) for connector in (self.current, *map(self.view.connector, rows))]
        self._fetcher.look_at([url for url in wanted if url is not None])
        self.logo = self._fetcher.get(wanted[0]) if wanted[0] is not None else _NO_LOGO

    # --- taking something along ------------------------------------------------------------------------------

    def action_copy_id(self) -> None:
        """Copy the id of the connector under the cursor."""
        if self.current is None:
            self._say_nothing_to_copy()
        else:
            self.post_message(CopyRequested(self.current.id, f"the id of {self.current.name}"))

    def _say_nothing_to_copy(self) -> None:
        self.post_message(Told("There is nothing to copy: no connector is under the cursor."))

    def action_copy_menu(self) -> None:
        """Choose what to copy."""
        from qconn_tui.ui.screens.copy_menu import Copyable, CopyMenu

        def copy(choice: Copyable | None) -> None:
            if choice is not None:
                self.post_message(CopyRequested(choice.text, choice.label))

        if self.current is None:
            self._say_nothing_to_copy()
        else:
            self.app.push_screen(CopyMenu(self.current), copy)

    def action_export(self) -> None:
        """Write the rows that are shown to a file."""
        from qconn_tui.store.files import free_path
        from qconn_tui.ui.screens.export import ExportScreen, file_name

        rows, coverage = [self.view.connector(row) for row in range(len(self.view))], self.view.coverage

        def write(path: Path | None) -> None:
            if path is not None:
                self._export(path, rows, coverage)

        worth = coverage.describe(time.time())
        what = f"{len(rows):,} of {len(self.view.connectors):,} rows · {worth}"
        self.app.push_screen(ExportScreen(what, free_path(Path.cwd() / file_name(coverage))), write)

    @work(group="export")
    async def _export(self, path: Path, rows: list[Connector], coverage: Coverage) -> None:
        from qconn_tui.store.files import write_lines
        from qconn_tui.ui.screens.export import to_lines

        now = time.time()
        try:
            lines = to_lines(path.suffix.lower(), rows, coverage, now)
            await asyncio.to_thread(write_lines, path, lines)
        except UsageError as error:
            self.post_message(Told(str(error), is_problem=True))
        else:
            worth = "" if coverage.is_whole else f" Not the whole list: {coverage.describe(now)}."
            self.post_message(Told(f"Wrote {len(rows):,} connectors to {clean(str(path))}.{worth}"))
