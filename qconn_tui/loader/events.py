"""The events of a walk over the list, and the demand that says how far it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qconn_tui.catalogue.coverage import Coverage
    from qconn_tui.connector import Connector
    from qconn_tui.errors import QconnError
    from qconn_tui.qlik.pager import Page


_RATE_FROM = 1.0
"""Seconds of measurement that a rate needs."""


class PageArrived(NamedTuple):
    """One or more pages were read; the rows are everything known so far, merged by id."""

    connectors: tuple[Connector, ...]
    """All loaded rows, in the order in which they first appeared."""
    unchanged: int
    """How many rows at the front are the same as in the event before."""
    coverage: Coverage
    """What the rows are worth now."""
    pages: int
    """Pages that this walk has read from the tenant; 0 for rows from the disk."""
    frontier: str | None = None
    """The id of the last record of the newest page. Up to it, the rows have no gap in the walk's order."""
    rate: float | None = None
    """Rows per second since the walk last paused; None while it is too early to say."""


class WalkEnded(NamedTuple):
    """The walk is over. No other event follows."""

    connectors: tuple[Connector, ...]
    """All rows; after a complete walk exactly those that the tenant listed."""
    coverage: Coverage
    """What the rows are worth."""
    notice: str | None = None
    """A sentence about the cache if it was damaged or cannot be used."""


class Bookmark(NamedTuple):
    """Where a walk broke off, so that another one can go on there."""

    page: Page
    """The last page that was read."""
    seen: tuple[str, ...]
    """The ids that the walk has read so far."""
    generation: int = 0
    """The number of the list that the walk saves; 0 if it saves none."""


class Refused(NamedTuple):
    """The walk broke off. The rows that were read before stay."""

    error: QconnError
    """Why, and what to do next."""
    connectors: tuple[Connector, ...]
    """All rows that are known."""
    coverage: Coverage
    """What they are worth."""
    bookmark: Bookmark | None = None
    """Where to go on; None if not even the first page was read."""


Event = PageArrived | WalkEnded | Refused


class Demand:
    """How many rows are wanted. The walk requests the next page only while it has fewer.

    Args:
        rows: How many rows are wanted to begin with.
        everything: Whether the whole list is wanted.
    """

    def __init__(self, rows: int = 1, *, everything: bool = False) -> None:
        self._rows = rows
        self._everything = everything
        # asyncio is slow to import, and the saved list is read before there is an event loop.
        import asyncio

        self._changed = asyncio.Event()

    @property
    def everything(self) -> bool:
        """Whether the whole list is wanted."""
        return self._everything

    def want(self, rows: int) -> None:
        """Ask for at least `rows` rows."""
        if rows > self._rows:
            self._rows = rows
            self._changed.set()

    def want_everything(self) -> None:
        """Ask for the whole list."""
        self._everything = True
        self._changed.set()

    def stop(self, loaded: int) -> None:
        """Want no more than the `loaded` rows, until `want` or `want_everything` is called."""
        self._everything = False
        self._rows = loaded

    def exceeds(self, loaded: int) -> bool:
        """Whether more than the `loaded` rows are wanted."""
        return self._everything or self._rows > loaded

    async def wait_beyond(self, loaded: int) -> None:
        """Wait until more than `loaded` rows are wanted."""
        while not self.exceeds(loaded):
            self._changed.clear()
            await self._changed.wait()


def rows_per_second(rows: int, seconds: float) -> float | None:
    """The rate of `rows` in so many seconds; None while the time is too short to measure one."""
    return rows / seconds if seconds >= _RATE_FROM else None


class Rows:
    """The rows of a walk, merged by id: a record keeps its first position and takes its newest content.

    Args:
        known: Rows of an earlier walk or of the saved list.
        seen: The ids of those that this walk has already read.
    """

    def __init__(self, known: Sequence[Connector] = (), seen: Sequence[str] = ()) -> None:
        self._rows: list[Connector] = list(known)
        self._positions = {connector.id: position for position, connector in enumerate(known)}
        self._seen = dict.fromkeys(seen)
        self.duplicates = 0
        """How many records this walk has read more than once."""

    def __len__(self) -> int:
        return len(self._rows)

    def merge(self, page: Sequence[Connector]) -> int:
        """Merge a page; return how many rows at the front stayed the same."""
        unchanged = len(self._rows)
        ids = [connector.id for connector in page]
        positions = dict(zip(ids, range(unchanged, unchanged + len(page)), strict=True))
        if len(positions) == len(page) and self._positions.keys().isdisjoint(positions):
            # The usual case, in which no record was read before, on this page or on another.
            self._positions |= positions
            self._seen.update(dict.fromkeys(ids))
            self._rows += page
            return unchanged
        for connector in page:
            self.duplicates += connector.id in self._seen
            self._seen[connector.id] = None
            position = self._positions.setdefault(connector.id, len(self._rows))
            if position == len(self._rows):
                self._rows.append(connector)
            elif self._rows[position] != connector:
                self._rows[position] = connector
                unchanged = min(unchanged, position)
        return unchanged

    def all(self) -> tuple[Connector, ...]:
        """All rows."""
        return tuple(self._rows)

    def begin_again(self) -> None:
        """Start over with the first page: the rows stay, but none of them counts as read."""
        self._seen.clear()
        self.duplicates = 0

    def seen_ids(self) -> tuple[str, ...]:
        """The ids that this walk has read, in order."""
        return tuple(self._seen)

    def seen(self) -> tuple[Connector, ...]:
        """The rows that this walk has read, in the tenant's order."""
        return tuple([self._rows[self._positions[identity]] for identity in self._seen])
