"""What to copy of a connector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from qconn_tui.catalogue.export import to_csv, to_jsonl, to_markdown
from qconn_tui.ui.compat.stale_resize import DropsStaleResizes

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qconn_tui.connector import Connector

_PREVIEW = 40


@dataclass(frozen=True, slots=True)
class Copyable:
    """Something that can be copied."""

    label: str
    """What it is, e.g. `the id`."""
    text: str
    """What goes into the clipboard."""


def copyables(connector: Connector) -> tuple[Copyable, ...]:
    """All that can be copied of a connector, the most wanted first."""
    texts = [
        ("the id", connector.id),
        ("the name", connector.name),
        ("the description", connector.description),
        ("it as JSON", "\n".join(to_jsonl([connector]))),
        ("it as CSV", "\n".join(to_csv([connector]))),
        ("it as Markdown", "\n".join(to_markdown([connector]))),
        ("the small logo's address", connector.logo_small),
        ("the medium logo's address", connector.logo_medium),
        ("the large logo's address", connector.logo_large),
    ]
    return tuple(Copyable(label, text) for label, text in texts if text)


class CopyMenu(DropsStaleResizes, ModalScreen[Copyable | None]):
    """Answers with what was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", show=False),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
        Binding("v", "view", show=False),
    ]

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self._choices = copyables(connector)

    def compose(self) -> ComposeResult:
        """A line for each choice, with the beginning of its text."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content("Copy")
            dialog.border_subtitle = Content("⏎ copies · v shows it · Esc closes")
            yield OptionList(*(self._option(choice) for choice in self._choices), id="choices", markup=False)

    def _option(self, choice: Copyable) -> Option:
        preview = choice.text.replace("\n", " ")
        preview = preview if len(preview) <= _PREVIEW else preview[:_PREVIEW] + "…"
        return Option(Content.assemble(f"{choice.label:<27}", (preview, "dim")))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(self._choices[event.option_index])

    def action_down(self) -> None:
        """One line down."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """One line up."""
        self.query_one(OptionList).action_cursor_up()

    def action_view(self) -> None:
        """Show the text in full, to be selected by hand."""
        from qconn_tui.ui.screens.whole_text import WholeTextScreen

        index = self.query_one(OptionList).highlighted
        if index is not None:
            choice = self._choices[index]
            self.app.clear_notifications()
            self.app.push_screen(WholeTextScreen(choice.label, choice.text))
