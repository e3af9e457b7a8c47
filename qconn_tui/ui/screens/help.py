"""Every key and the filter language on one page, read from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from qconn_tui.ui.compat.stale_resize import DropsStaleResizes
from qconn_tui.ui.keys import APP_KEYS, BROWSE_KEYS, TABLE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType

FILTER_LANGUAGE = (
    ("word other", "names that hold both, in any order; case and accents do not matter"),
    ('"two words"', "these words in this order"),
    ("-word", "names without it; works before everything below too"),
    ("billable:yes", "yes, no or unknown: does a run count as third-party?"),
    ("webhooks:no", "yes, no or unknown: can it start an automation?"),
    ("id:0d87", "a part of the id; a whole id works without the prefix"),
    ("desc:word", "in the description"),
    ("/regex/", "a regular expression over the name"),
    ("~fuzzy", "its letters in this order, with others between"),
)
"""The filter's terms and what they mean."""

_KEY_COLUMN = 14


class HelpScreen(DropsStaleResizes, ModalScreen[None]):
    """Leaves with Escape, q or the key that opened it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1", "dismiss", "Close", show=False)]

    def compose(self) -> ComposeResult:
        """One page that scrolls where the terminal is small."""
        with VerticalScroll(classes="dialog wide") as page:
            page.border_title = Content("Keys")
            page.border_subtitle = Content("Esc closes · in grey: the name for [keys] in config.toml")
            yield Static(self._page(), markup=False)

    def _page(self) -> Content:
        def heading(text: str) -> Content:
            return Content.styled(f"{text}\n", "bold $primary")

        def line(key: str, text: str, identity: str = "") -> Content:
            pad = " " * max(1, _KEY_COLUMN - len(key))
            end = (f"  {identity}\n", "dim")
            return Content.assemble((f"  {key}{pad}", "bold"), text, end if identity else "\n")

        def keys(bindings: Iterable[Binding]) -> list[Content]:
            return [line(binding.key_display or binding.key, binding.tooltip, binding.id or "") for binding in bindings]

        parts = [
            heading("The list"), *keys(TABLE_KEYS),
            heading("\nFilter, sort and more"), *keys(dict.fromkeys((*BROWSE_KEYS, *APP_KEYS))),
            line("ctrl+p", "Search every command, also the themes."),
            heading("\nThe filter's language"),
            *(line(term, meaning) for term, meaning in FILTER_LANGUAGE),
        ]  # fmt: skip
        return Content("").join(parts)
