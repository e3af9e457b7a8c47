"""Where to write the rows that are shown; the file's ending decides the format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from qconn_tui.catalogue.export import WRITERS_BY_ENDING, to_markdown_remark
from qconn_tui.text import clean
from qconn_tui.ui.compat.stale_resize import DropsStaleResizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qconn_tui.catalogue.coverage import Coverage
    from qconn_tui.connector import Connector


def file_name(coverage: Coverage) -> str:
    """The proposed name; a suffix marks an incomplete list."""
    return f"qconn-connectors{coverage.file_mark}.csv"


FORMATS = WRITERS_BY_ENDING
"""The formats by the file's ending."""
_HINT = "The ending decides: " + "  ".join(FORMATS)


def to_lines(ending: str, connectors: Sequence[Connector], coverage: Coverage, now: float) -> Iterator[str]:
    """The connectors in the format of one of the endings in `FORMATS`; `now` is in seconds since the epoch.

    A Markdown document ends with a remark about missing rows; the other formats hold rows only.
    """
    yield from FORMATS[ending](connectors)
    if ending == ".md":
        yield from to_markdown_remark(coverage, now)


class ExportScreen(DropsStaleResizes, ModalScreen[None]):
    """Asks for the file to write, and stays until there is one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", show=False)]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-tall")]  # noqa: RUF012 - typed by Textual

    def __init__(self, what: str, proposal: Path, write: Callable[[Path], object]) -> None:
        """`what` are the rows in words; `write` begins to write a file, which ends with `refuse` or with the dialog."""
        super().__init__()
        self._what = what
        self._proposal = clean(str(proposal), 1000)
        self._write = write
        self._is_writing = False

    def compose(self) -> ComposeResult:
        """One question."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content("Export")
            dialog.border_subtitle = Content("Enter writes · Esc closes")
            yield Static(Content(self._what), markup=False)
            yield Input(self._proposal, id="file", select_on_focus=False)
            yield Static(Content(_HINT), id="export-hint", markup=False)

    def on_input_changed(self) -> None:
        """Clear the error when the name changes."""
        self._say(_HINT)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Have it written, or say what is wrong with the name."""
        path = Path(event.value.strip())
        if path.suffix.lower() not in FORMATS:
            self._say(f"The file's name must end in one of {'  '.join(FORMATS)}", is_wrong=True)
        elif not self._is_writing:
            self._is_writing = True
            self._write(path)

    def refuse(self, reason: str) -> None:
        """Say why there is no file; what is typed stays."""
        self._is_writing = False
        self._say(reason, is_wrong=True)

    def _say(self, text: str, *, is_wrong: bool = False) -> None:
        hint = self.query_one("#export-hint", Static)
        hint.set_class(is_wrong, "-wrong")
        hint.update(Content(text))
