"""Every key of the program: the footer, the help screen and the user's keymap read these bindings.

A binding's id is what the `[keys]` table of the configuration file names. No default collides with the prefix of
tmux or screen (ctrl+b, ctrl+a). Bindings that move the focus have priority: Textual hands a key to the widget that has
the focus when the key arrives, and over a slow line several keys arrive at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from qconn_tui.errors import UsageError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

HELP = Binding("question_mark,f1", "app.help", "Help", key_display="?", id="help", tooltip="Show every key.")
"""In two lists, to come early in the footer of the main screen: a narrow terminal shows no more."""
QUIT = Binding("q", "app.quit", "Quit", id="quit", tooltip="Leave the program.")
"""In two lists for the same reason."""

APP_KEYS: list[Binding] = [
    HELP,
    QUIT,
    Binding("ctrl+c", "interrupt", "Quit", key_display="ctrl+c", id="interrupt", show=False, priority=True,
            tooltip="Copy the selected text, or leave the program."),
    Binding("ctrl+l", "redraw", "Redraw", key_display="ctrl+l", id="redraw", show=False, priority=True,
            tooltip="Draw the whole screen anew, if another program has written over it."),
]  # fmt: skip
"""Keys that work on every screen, except in a text input."""

BROWSE_KEYS: list[Binding] = [
    Binding("slash", "filter", "Filter", key_display="/", id="filter", priority=True,
            tooltip="Narrow the list on every key."),
    Binding("n", "new_key", "New key", id="new-key",
            tooltip="Paste another API key after the tenant refused this one."),
    HELP,
    QUIT,
    Binding("escape", "back('elsewhere')", "Back", key_display="Esc", id="back", show=False,
            tooltip="Step back: stop loading, clear the filter, return to the table."),
    Binding("s", "sort('next')", "Sort", id="sort", tooltip="Sort by the next column."),
    Binding("S", "sort('reverse')", "Reverse", id="sort-reverse", show=False, tooltip="Turn the sort order round."),
    Binding("1", "facet('billable', True)", "Billable", id="facet-1", show=False,
            tooltip="Only connectors that make a run count as third-party."),
    Binding("2", "facet('billable', False)", "Not billable", id="facet-2", show=False,
            tooltip="Only connectors that do not."),
    Binding("3", "facet('webhooks', True)", "Webhooks", id="facet-3", show=False,
            tooltip="Only connectors that can start an automation by webhook."),
    Binding("4", "facet('webhooks', False)", "No webhooks", id="facet-4", show=False,
            tooltip="Only connectors that cannot."),
    Binding("b", "pane('sidebar')", "Sidebar", id="sidebar", priority=True,
            tooltip="Show or hide the filter and the facets."),
    Binding("y", "copy('id')", "Copy id", id="copy-id", tooltip="Copy the connector's id, also over SSH and tmux."),
    Binding("Y", "copy('menu')", "Copy …", id="copy-menu", show=False, tooltip="Choose what to copy."),
    Binding("I", "images", "Logos", id="images", show=False,
            tooltip="Draw logos in the next way that the terminal knows, or not at all."),
    Binding("e", "export", "Export", id="export", tooltip="Write the rows that are shown to a file."),
    Binding("r", "load('again')", "Refresh", id="refresh", show=False,
            tooltip="Ask the tenant again; while it asks for patience, go on at once."),
    Binding("L", "load('all')", "Load all", id="load-all", show=False, tooltip="Load the whole list."),
    Binding("tab", "pane('next')", "Next pane", key_display="Tab", id="next-pane", show=False, priority=True,
            tooltip="Go to the next pane."),
    Binding("shift+tab", "pane('previous')", "Previous pane", key_display="⇧Tab", id="previous-pane", show=False,
            priority=True, tooltip="Go to the pane before."),
]  # fmt: skip
"""Keys of the browsing screen."""

TABLE_KEYS: list[Binding] = [
    Binding("up,k", "cursor_up", "Up", key_display="↑ k", id="up", show=False, tooltip="One row up."),
    Binding("down,j", "cursor_down", "Down", key_display="↓ j", id="down", show=False, tooltip="One row down."),
    Binding("pageup", "page_up", "Page up", key_display="PgUp", id="page-up", show=False, tooltip="One page up."),
    Binding("pagedown", "page_down", "Page down", key_display="PgDn", id="page-down", show=False,
            tooltip="One page down."),
    Binding("home,g", "first", "First", key_display="g", id="first", show=False, tooltip="To the first row."),
    Binding("end,G", "last", "Last", key_display="G", id="last", show=False, tooltip="To the last loaded row."),
    Binding("left,h", "left", "Left", key_display="← h", id="left", show=False, tooltip="Scroll the columns left."),
    Binding("right,l", "right", "Right", key_display="→ l", id="right", show=False,
            tooltip="Scroll the columns right; the name stays."),
    Binding("enter", "open", "Open", key_display="⏎", id="open", tooltip="Open the connector's details."),
]  # fmt: skip
"""Keys of the table."""

PANE_KEYS: list[Binding] = [Binding("escape", "screen.back('elsewhere')", "Back", key_display="Esc", id="back")]
"""Keys of the panes beside the table: as in the table, but shown in the footer, which alone says how to get back."""

SCROLL_KEYS: list[Binding] = [
    Binding("j", "scroll_down", show=False),
    Binding("k", "scroll_up", show=False),
    Binding("g", "scroll_home", show=False),
    Binding("G", "scroll_end", show=False),
]
"""The table's keys for moving, in the detail pane."""

CHOICE_KEYS: list[Binding] = [
    Binding("j", "cursor_down", show=False),
    Binding("k", "cursor_up", show=False),
    Binding("g", "first", show=False),
    Binding("G", "last", show=False),
]
"""The table's keys for moving, in the list of facets."""

FILTER_KEYS: list[Binding] = [
    Binding("enter,down", "leave_filter", "To the rows", key_display="⏎", id="filter-leave", priority=True,
            tooltip="Go to the matching rows."),
    Binding("escape", "back('filter')", "Clear", key_display="Esc", id="filter-clear", priority=True,
            tooltip="Clear the filter and go back to the rows."),
]  # fmt: skip
"""Keys of the main screen while the filter box has the focus."""

ALL_KEYS: tuple[Binding, ...] = tuple(dict.fromkeys((*TABLE_KEYS, *BROWSE_KEYS, *APP_KEYS, *FILTER_KEYS)))
"""Every binding that a keymap may name."""


def check_keymap(keymap: Mapping[str, str]) -> None:
    """Check the user's keymap.

    Args:
        keymap: Keys by the id of a binding; several keys have a comma between them.

    Raises:
        UsageError: There is no binding of that id, or a key has two bindings in one place.
    """
    for identity in keymap:
        if identity not in {binding.id for binding in ALL_KEYS}:
            raise UsageError(
                f"There is nothing called {clean(identity)} to bind a key to ([keys] in the configuration).",
                "Press ? in the program: every key's id stands behind it.",
            )
    for together in ((*TABLE_KEYS, *BROWSE_KEYS, *APP_KEYS), FILTER_KEYS):
        taken: dict[str, str] = {}
        for binding in together:
            for key in keymap.get(binding.id or "", binding.key).split(","):
                other = taken.setdefault(key.strip(), binding.id or "")
                if other != binding.id and {other, binding.id} & set(keymap):
                    raise UsageError(
                        f"The key {clean(key)} means both {other} and {binding.id} ([keys] in the configuration).",
                        "Give one of them another key.",
                    )
