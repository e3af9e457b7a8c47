"""What is shown, in words: what narrows the list, its order, and why there are no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qconn_tui.catalogue.facets import STATE_WORDS
from qconn_tui.text import clean

if TYPE_CHECKING:
    from qconn_tui.catalogue.view import View


def why_empty(view: View, filter_text: str, *, failed: bool, loading: bool) -> str:
    """Why a table without rows has none, one sentence a line; empty when a failure says it.

    `loading` is whether everything that is missing is on its way.
    """
    if view.connectors and loading:
        return "No connector matches so far.\nThe rest is being loaded; Esc stops that."
    if view.connectors:
        more = "" if view.coverage.is_complete else "\nL loads the rest of the list."
        keys = "\nFields: billable webhooks id name desc" if ":" in filter_text else ""
        return f"No connector matches.\nEsc clears the filter.{more}{keys}"
    if failed:
        return ""
    return "The tenant lists no connectors." if view.coverage.is_complete else "Asking the tenant …"


def narrowing(view: View, filter_text: str, *, is_applied: bool) -> str:
    """The filter as it was typed and the ticked facets; empty when every row is shown."""
    chosen = sorted(f"{facet.value}:{STATE_WORDS[state]}" for facet, state in view.chosen)
    not_applied = [] if is_applied else ["(not applied)"]
    return " ".join([clean(filter_text), *not_applied, *chosen]).strip()


def order(view: View) -> str:
    """The order of the rows; empty when nobody asked for one."""
    if not view.sort:
        return ""
    first = view.sort[0]
    return f"{first.key.value} {'▼' if first.descending else '▲'}"
