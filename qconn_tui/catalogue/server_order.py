"""The orders in which the tenant itself can list its connectors.

They are the values of `sort` in `GET /api/workflows/automation-connectors` of the Qlik Cloud API: `id` and `name`, with
`-` in front for descending. This module imports nothing, as the saved list is read before `sorting` is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qconn_tui.catalogue.sorting import Sort

LIST_ORDER = "name"
"""The order to ask for when no sort is chosen: the screen, `ls` and the saved list agree on A to Z."""

_SERVER_KEYS = ("id", "name")


def server_sort(sorts: Sequence[Sort]) -> str | None:
    """The tenant's `sort` parameter for the given sorts, or None when the tenant cannot sort like that."""
    if not sorts:
        return LIST_ORDER
    key, descending = sorts[0]
    if len(sorts) > 1 or key.value not in _SERVER_KEYS:
        return None
    return f"-{key.value}" if descending else key.value
