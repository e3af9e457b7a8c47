"""What is shown, in words: what narrows the list, its order, and why there are no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qconn_tui.catalogue.facets import STATE_WORDS
from qconn_tui.text import clean

if TYPE_CHECKING:
    from qconn_tui.catalogue.view import View


def why_empty(view: View, filter_text: str, *, failed: bool, loading: bool, refused: bool = False) -> str:
    """Why a table without rows has none, one sentence a line; empty when a failure says it.

    `filter_text` is what is applied; `loading` is whether everything that is missing is on its way; `refused` whether
    something else was typed that cannot be applied.
    """
    if view.connectors and refused:
        return "What is still applied matches nothing.\nMend the filter, or clear it with Esc."
    if view.connectors and loading:
        return "No connector matches so far.\nThe rest is being loaded; Esc stops that."
    if view.connectors:
        more = "" if view.coverage.is_complete else "\nL loads the rest of the list."
        keys = "\nFields: billable webhooks id name desc" if ":" in filter_text else ""
        return f"No connector matches.\nEsc clears the filter.{more}{keys}"
    if failed:
        return ""
    return "The tenant lists no connectors." if view.coverage.is_complete else "Asking the tenant …"


def narrowing(view: View, filter_text: str, *, refused: bool = False) -> str:
    """The filter that is applied and the ticked facets; empty when every row is shown.

    `refused` is whether something else was typed that cannot be applied.
    """
    filtered = [clean(filter_text), "(still)"] if refused and filter_text.strip() else [clean(filter_text)]
    return " ".join([*filtered, *map(" or ".join, _ticked(view))]).strip()


def _ticked(view: View) -> list[list[str]]:
    """Of each facet with ticks, what is ticked; each can be typed as it stands."""
    return [
        sorted(f"{facet.value}:{STATE_WORDS[state]}" for ticked, state in view.chosen if ticked is facet)
        for facet in sorted({facet for facet, _ in view.chosen}, key=lambda facet: facet.value)
    ]


def order(view: View) -> str:
    """The order of the rows; empty when nobody asked for one."""
    if not view.sort:
        return ""
    first = view.sort[0]
    return f"{first.key.value} {'▼' if first.descending else '▲'}"
