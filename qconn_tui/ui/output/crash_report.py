"""The report of a bug, in the place of Textual's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.text import Text

from qconn_tui.runtime.logs import report_bug

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App

    _Base = App[Any]
else:
    # Textual follows the first base that is a node, and that has to be the application.
    _Base = object


class CrashReport(_Base):
    """Stands before `App` among the bases; reports a bug without any value of a variable.

    Textual's own report shows the local variables of every frame, and one of them may be the API key.
    """

    crash_log: Path | None = None
    """The log file that the report names; None if there is none."""

    def _fatal_error(self) -> None:
        error = sys.exception()
        self.panic(Text(report_bug(error, self.crash_log) if error is not None else "qconn-tui: This is a bug."))
