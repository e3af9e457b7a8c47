"""Every sentence that the browse screen says of its list, made from the state in one go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.catalogue.facets import STATE_WORDS
from qconn_tui.catalogue.query.parse import FIELDS
from qconn_tui.text import clean
from qconn_tui.ui.paging_policy import describe_rate

if TYPE_CHECKING:
    from qconn_tui.catalogue.view import View
    from qconn_tui.ui.controllers.list_controller import ListState

_STOPS = {"back('filter')": "Stop", "screen.back('elsewhere')": "Stop"}
_NOTHING_WITHOUT_ROWS = {"open": "", "copy('id')": "", "leave_filter": ""}


class FilterText(NamedTuple):
    """What became of the text in the filter box."""

    applied: str = ""
    """The text of the filter that is applied."""
    error: str = ""
    """What is wrong with the text that is typed, which is not applied; empty when it is."""
    doubt: str = ""
    """A warning about the applied text, e.g. a mistyped field; empty for none."""


class Captions(NamedTuple):
    """What stands around the rows."""

    status: str
    """The status line."""
    narrowed_by: str
    """What narrows the list, for the title; empty when every row is shown."""
    sorted_by: str
    """The order that the person asked for, for the title; empty for none."""
    order: str
    """The order, for the sidebar; never empty."""
    placeholder: str
    """Why the table is empty, one sentence a line; empty when a problem says it."""
    key_hints: dict[str, str]
    """Labels that replace a key's usual one, by action; an empty label hides the key."""
    below_filter: str
    """What is wrong with the text in the filter box, or may be; empty for nothing."""


def captions_of(state: ListState, filter_text: FilterText, *, now: float, monotonic: float) -> Captions:
    """The captions of a state.

    Args:
        state: What the list controller knows.
        filter_text: What became of the text in the filter box.
        now: Seconds since the epoch, for the age of a copy.
        monotonic: Seconds of the monotonic clock, for the rest of a pause.
    """
    view = state.view
    has_rows = len(view) > 0 or not (view.connectors or state.has_ended)
    sorted_by = order(view)
    return Captions(
        status=status(view, activity(state, monotonic), now),
        narrowed_by=narrowing(view, filter_text.applied, refused=bool(filter_text.error)),
        sorted_by=sorted_by,
        order=f"Sort  {sorted_by or ('best match' if view.query.words else 'as listed')}",
        placeholder=why_empty(
            view,
            filter_text.applied,
            failed=state.problem is not None,
            loading=state.is_stoppable,
            refused=bool(filter_text.error),
        ),
        key_hints=(_STOPS if state.is_stoppable else {}) | ({} if has_rows else _NOTHING_WITHOUT_ROWS),
        below_filter=filter_text.error or filter_text.doubt,
    )


def status(view: View, running: str, now: float) -> str:
    """The status line: `<shown> of <loaded> · <coverage> · <what is running>`; `now` in seconds since the epoch."""
    parts = [f"{len(view):,} of {len(view.connectors):,}", view.coverage.describe(now)]
    if running:
        parts.append(running)
    return " · ".join(parts)


def activity(state: ListState, monotonic: float) -> str:
    """What is running, and which key changes that; `monotonic` in seconds of the monotonic clock."""
    if not state.is_loading:
        return "L goes on" if state.view.coverage.is_stopped else ""
    if state.pause is not None:
        left = max(1, math.ceil(state.pause.until - monotonic))
        return f"waiting {left} s · r goes on · Esc stops · {state.pause.reason}"
    if state.is_offline:
        return "reading the saved list"
    doing = f"{'checking' if state.is_refreshing else 'loading'} page {state.page:,}"
    return f"{doing}{describe_rate(state.rate)} · Esc stops" if state.is_stoppable else doing


def why_empty(view: View, filter_text: str, *, failed: bool, loading: bool, refused: bool = False) -> str:
    """Why a table without rows has none, one sentence a line; empty when a problem says it.

    Args:
        view: The rows.
        filter_text: The text of the filter that is applied.
        failed: Whether there is a problem.
        loading: Whether everything that is missing is on its way.
        refused: Whether the text in the filter box cannot be applied.
    """
    if view.connectors and refused:
        return "What is still applied matches nothing.\nMend the filter, or clear it with Esc."
    if view.connectors and loading:
        return "No connector matches so far.\nThe rest is being loaded; Esc stops that."
    if view.connectors:
        more = "" if view.coverage.is_complete else "\nL loads the rest of the list."
        keys = f"\nFields: {' '.join(FIELDS)}" if ":" in filter_text else ""
        return f"No connector matches.\nEsc clears the filter.{more}{keys}"
    if failed:
        return ""
    return "The tenant lists no connectors." if view.coverage.is_complete else "Asking the tenant …"


def narrowing(view: View, filter_text: str, *, refused: bool = False) -> str:
    """The filter that is applied and the ticked facets; empty when every row is shown.

    `refused` is whether the text in the filter box cannot be applied.
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
    """The order that the person asked for; empty for none."""
    if not view.sort:
        return ""
    first = view.sort[0]
    return f"{first.key.value} {'▼' if first.descending else '▲'}"
