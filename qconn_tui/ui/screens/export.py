"""Where to write the rows that are shown; the file's ending decides the format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from qconn_tui.catalogue.export import to_csv, to_json, to_jsonl, to_markdown
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qconn_tui.connector import Connector

FILE_NAME = "qconn-connectors.csv"
"""The name that is proposed."""
FORMATS: dict[str, Callable[[Iterable[Connector]], Iterator[str]]] = {
    ".csv": to_csv,
    ".json": to_json,
    ".jsonl": to_jsonl,
    ".md": to_markdown,
}
"""The formats by the file's ending."""


class ExportScreen(ModalScreen[Path | None]):
    """Answers with the file to write, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", show=False)]

    def __init__(self, what: str, proposal: Path) -> None:
        super().__init__()
        self._what = what
        self._proposal = clean(str(proposal), 1000)

    def compose(self) -> ComposeResult:
        """One question."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content("Export")
            dialog.border_subtitle = Content("Enter writes · Esc closes")
            yield Static(Content(self._what), markup=False)
            yield Input(self._proposal, id="file", select_on_focus=False)
            yield Static(Content("The ending decides: " + "  ".join(FORMATS)), id="export-hint", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, or say what is wrong with the name."""
        path = Path(event.value.strip())
        if path.suffix.lower() in FORMATS:
            self.dismiss(path)
        else:
            hint = Content(f"The file's name must end in one of {'  '.join(FORMATS)}")
            self.query_one("#export-hint", Static).update(hint)
