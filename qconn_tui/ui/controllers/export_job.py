"""One export of the rows on the screen: what is proposed, and the file that is written."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.errors import UsageError
from qconn_tui.text import clean
from qconn_tui.ui.messages import Exported

if TYPE_CHECKING:
    from qconn_tui.catalogue.coverage import Coverage
    from qconn_tui.catalogue.view import View
    from qconn_tui.connector import Connector


class ExportJob(NamedTuple):
    """The rows that were shown when the export was asked for."""

    rows: tuple[Connector, ...]
    """The rows, in their order."""
    loaded: int
    """How many rows were loaded."""
    coverage: Coverage
    """How much of the tenant's list they are."""

    @classmethod
    def of(cls, view: View) -> ExportJob:
        """An export of the rows that the view shows."""
        return cls(tuple(view.connector(row) for row in range(len(view))), len(view.connectors), view.coverage)

    def describe(self) -> str:
        """The rows in words."""
        return f"{len(self.rows):,} of {self.loaded:,} rows · {self.coverage.describe(time.time())}"

    def proposed_path(self) -> Path:
        """A file that does not exist yet, in the current directory or, if that is gone, in the home directory."""
        from qconn_tui.ui.export_file import free_path
        from qconn_tui.ui.screens.export_dialog import file_name

        return free_path(_folder() / file_name(self.coverage))

    async def write(self, path: Path) -> Exported:
        """Write the file; the message says what became of it."""
        from qconn_tui.ui.export_file import write_lines
        from qconn_tui.ui.screens.export_dialog import to_lines

        now = time.time()
        try:
            lines = to_lines(path.suffix.lower(), self.rows, self.coverage, now)
            await asyncio.to_thread(write_lines, path, lines)
        except UsageError as error:
            return Exported(str(error), is_problem=True)
        worth = "" if self.coverage.is_whole else f" Not the whole list: {self.coverage.describe(now)}."
        return Exported(f"Wrote {len(self.rows):,} connectors to {clean(str(path))}.{worth}")


def _folder() -> Path:
    for find in (Path.cwd, Path.home):
        try:
            return find()
        except (OSError, RuntimeError):
            # It was removed, it must not be looked at, or there is no home.
            continue
    return Path()
