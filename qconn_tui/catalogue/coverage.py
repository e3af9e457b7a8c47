"""How much of the tenant's list is loaded, in the same words for the status line, `ls` and the exports."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Reach(enum.Enum):
    """How far the loaded rows reach; the value is the word for it."""

    COMPLETE = "complete"
    PARTIAL = "partial, more on the server"
    STOPPED = "partial, stopped"
    LOOPED = "partial, the server's pages go in a circle"
    UNCLEAR = "partial, the server's page links are unclear"
    CAPPED = "partial, more than this program takes"
    REFUSED = "partial, the server stopped answering"
    NOTHING = "nothing loaded"
    READING = "offline copy, being read"
    OFFLINE = "offline copy"
    TORN = "offline copy, not all of which can be read"


class Coverage(NamedTuple):
    """How complete and how recent the loaded rows are."""

    reach: Reach = Reach.PARTIAL
    """How far they reach."""
    saved_at: float | None = None
    """When an offline copy was fetched, in seconds since the epoch."""
    skipped: int = 0
    """Records that could not be read and were left out."""
    duplicates: int = 0
    """Records that came more than once and were merged."""
    damaged: int = 0
    """Records with letters that could not be read, and are shown as U+FFFD."""

    @property
    def is_complete(self) -> bool:
        """Whether the walk came to the end of the list; some of its records may have been unreadable."""
        return self.reach is Reach.COMPLETE

    @property
    def is_partial(self) -> bool:
        """Whether rows are missing, so that counts are lower bounds; a saved copy of a whole list is not partial."""
        return self.reach not in (Reach.COMPLETE, Reach.OFFLINE)

    @property
    def is_stopped(self) -> bool:
        """Whether the person stopped the walk before its end."""
        return self.reach is Reach.STOPPED

    @property
    def is_copy(self) -> bool:
        """Whether the rows come from a saved list, so that the tenant's own list may differ by now."""
        return self.reach in (Reach.OFFLINE, Reach.READING, Reach.TORN)

    @property
    def is_whole(self) -> bool:
        """Whether every connector of the tenant is among the rows, and every letter of them could be read."""
        return self.is_complete and not self.skipped and not self.damaged

    @property
    def file_mark(self) -> str:
        """A suffix for the name of a file with the rows; empty for a whole list."""
        if self.is_whole:
            return ""
        return "-offline" if self.reach is Reach.OFFLINE and not self.skipped else "-partial"

    def describe(self, now: float) -> str:
        """The words for the status line; `now` is in seconds since the epoch."""
        words = self.reach.value
        if self.reach is Reach.OFFLINE and self.saved_at is not None:
            words += f", {describe_age(now - self.saved_at)} old"
        if self.skipped:
            words += f" · {self.skipped:,} unreadable"
        if self.damaged:
            words += f" · {self.damaged:,} damaged"
        return words


def describe_age(seconds: float) -> str:
    """A duration in its largest unit, e.g. `40 s`, `2 h`, `3 days`; a negative one becomes `0 s`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 48 * 3600:
        return f"{whole // 3600} h"
    return f"{whole // 86400} days"
