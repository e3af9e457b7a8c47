"""What a walk over the list tells, and how far whoever looks wants it to go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qconn_tui.catalogue.coverage import Coverage
    from qconn_tui.connector import Connector
    from qconn_tui.errors import QconnError
    from qconn_tui.qlik.pager import Page


_RATE_FROM = 1.0
"""Seconds after which one can say how fast rows come."""


class PageArrived(NamedTuple):
    """One or more pages are in; the rows are everything known so far, merged by id."""

    connectors: tuple[Connector, ...]
    """All loaded rows, in the order in which they first came."""
    unchanged: int
    """How many rows at the front are the same as in the event before."""
    coverage: Coverage
    """What the rows are worth now."""
    pages: int
    """Pages that came from the tenant in this walk; 0 for rows that came from the disk."""
    frontier: str | None = None
    """The id of the last record of the newest page: the place up to which the walk's order is gapless."""
    rate: float | None = None
    """Rows a second since the walk last rested; None while it is too early to say."""


class WalkEnded(NamedTuple):
    """The walk is over; nothing more comes."""

    connectors: tuple[Connector, ...]
    """All rows: after a complete walk exactly what the tenant listed."""
    coverage: Coverage
    """What the rows are worth."""
    notice: str | None = None
    """A sentence about the cache, when it was damaged or cannot be used."""


class Bookmark(NamedTuple):
    """Where a walk broke off, to go on from there."""

    page: Page
    """The last page that came."""
    seen: tuple[str, ...]
    """The ids that the walk has brought so far."""
    generation: int = 0
    """What is being written down; 0 when nothing is."""


class Refused(NamedTuple):
    """The walk broke off; the rows that came before stay."""

    error: QconnError
    """Why, and what to do next."""
    connectors: tuple[Connector, ...]
    """All rows that are known."""
    coverage: Coverage
    """What they are worth."""
    bookmark: Bookmark | None = None
    """Where to go on; None when not even the first page came."""


Event = PageArrived | WalkEnded | Refused


class Demand:
    """How many rows whoever looks wants. The walk asks for the next page only while it has fewer."""

    def __init__(self, rows: int = 1, *, everything: bool = False) -> None:
        self._rows = rows
        self._everything = everything
        # What reads the saved list imports this module, and does not wait for an event loop.
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
        """Be content with the `loaded` rows there are, until asked again."""
        self._everything = False
        self._rows = loaded

    def exceeds(self, loaded: int) -> bool:
        """Whether more than the `loaded` rows there are is wanted."""
        return self._everything or self._rows > loaded

    async def wait_beyond(self, loaded: int) -> None:
        """Return as soon as more than `loaded` rows are wanted."""
        while not self.exceeds(loaded):
            self._changed.clear()
            await self._changed.wait()


def rows_per_second(rows: int, seconds: float) -> float | None:
    """How fast `rows` came in so many seconds; None while that says little."""
    return rows / seconds if seconds >= _RATE_FROM else None


class Rows:
    """The rows of a walk, merged by id: the first place of a record stays, its newest content wins."""

    def __init__(self, known: Sequence[Connector] = (), seen: Sequence[str] = ()) -> None:
        self._rows: list[Connector] = list(known)
        self._places = {connector.id: place for place, connector in enumerate(known)}
        self._seen = dict.fromkeys(seen)
        self.duplicates = 0

    def __len__(self) -> int:
        return len(self._rows)

    def merge(self, page: Sequence[Connector]) -> int:
        """Take in a page; return how many rows at the front stayed the same."""
        unchanged = len(self._rows)
        ids = [connector.id for connector in page]
        places = dict(zip(ids, range(unchanged, unchanged + len(page)), strict=True))
        if len(places) == len(page) and self._places.keys().isdisjoint(places):
            # As good as always: nothing has come before, on this page or on another.
            self._places |= places
            self._seen.update(dict.fromkeys(ids))
            self._rows += page
            return unchanged
        for connector in page:
            self.duplicates += connector.id in self._seen
            self._seen[connector.id] = None
            place = self._places.setdefault(connector.id, len(self._rows))
            if place == len(self._rows):
                self._rows.append(connector)
            elif self._rows[place] != connector:
                self._rows[place] = connector
                unchanged = min(unchanged, place)
        return unchanged

    def all(self) -> tuple[Connector, ...]:
        """Every row there is."""
        return tuple(self._rows)

    def begin_again(self) -> None:
        """The walk is at its first page once more; the rows stay, but have to be seen anew."""
        self._seen.clear()
        self.duplicates = 0

    def seen_ids(self) -> tuple[str, ...]:
        """The ids that this walk itself brought, in the order in which they came."""
        return tuple(self._seen)

    def seen(self) -> tuple[Connector, ...]:
        """The rows that this walk itself brought: what the tenant lists today, and in its order."""
        return tuple([self._rows[self._places[identity]] for identity in self._seen])
